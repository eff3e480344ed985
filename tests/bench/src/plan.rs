//! How much is measured, and for how long.

use std::path::PathBuf;
use std::time::Duration;

/// Descriptors that a process needs besides those of its connections.
const OTHER_FILES: u64 = 100;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How often each thing is measured; the median of the rounds is the figure. An odd number has a
    /// middle.
    pub(crate) rounds: usize,
    /// How long one round of one server lasts.
    pub(crate) round: Duration,
    /// The same where what is compared differs by a hundredth or two, if at all: many more rounds, so
    /// that the median settles, and shorter ones, so that those that are compared lie close together.
    pub(crate) fine_rounds: usize,
    pub(crate) fine_round: Duration,
    /// Rounds of the ordinary length at half of saturation.
    pub(crate) half_load_rounds: usize,
    /// How long each server is called before anything counts.
    pub(crate) warm_up: Duration,
    /// How long a call that waits has to arrive before there is something for it.
    pub(crate) settle: Duration,
    pub(crate) broadcasts: usize,
    /// Clients in the room of the timed broadcasts.
    pub(crate) listeners: usize,
    pub(crate) crowd: usize,
    /// Users who are removed together because they are silent.
    pub(crate) silent_users: usize,
    /// After which silence, and how often it is looked for: long enough for all that comes before, so that they
    /// go together.
    pub(crate) silent_after: &'static str,
    /// Rooms with as many messages as a room keeps; of thirteen the history is full.
    pub(crate) full_rooms: usize,
    /// How often others' calls are timed alone and beside a hostile peer, and for how long: a second has some
    /// eight hundred calls, of which one in a hundred is a figure.
    pub(crate) fairness_rounds: usize,
    pub(crate) fairness_round: Duration,
    /// Where chats are kept, if not beside the programs.
    pub(crate) data_in: Option<PathBuf>,
}

impl Plan {
    /// What the tables in docs/ are made with.
    pub(crate) const fn full() -> Self {
        Self {
            rounds: 31,
            round: Duration::from_millis(300),
            fine_rounds: 61,
            fine_round: Duration::from_millis(200),
            half_load_rounds: 21,
            warm_up: Duration::from_millis(400),
            settle: Duration::from_millis(2),
            broadcasts: 31,
            listeners: 1_000,
            crowd: 10_000,
            silent_users: 50_000,
            silent_after: "40s",
            full_rooms: 13,
            fairness_rounds: 7,
            fairness_round: Duration::from_secs(1),
            data_in: None,
        }
    }

    /// A first look.
    pub(crate) fn quick() -> Self {
        Self {
            rounds: 3,
            round: Duration::from_millis(250),
            fine_rounds: 9,
            fine_round: Duration::from_millis(100),
            half_load_rounds: 1,
            warm_up: Duration::from_millis(100),
            broadcasts: 9,
            silent_users: 5_000,
            silent_after: "10s",
            full_rooms: 2,
            fairness_rounds: 3,
            ..Self::full()
        }
    }

    /// How many files a process has open at most.
    pub(crate) const fn open_files(&self) -> u64 {
        self.crowd as u64 + OTHER_FILES
    }
}
