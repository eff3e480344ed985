//! Which users are still there. A client that died says nothing: silence is all there is to go by.
//!
//! A server records every few seconds which users called ([`RecordActivity`](super::commands)), so that
//! silence is counted in the state, and what follows from it is decided in the same way wherever the log
//! is applied. Users are found by person and not by name.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::LogTime;
use super::identity::{Kind, PersonId};
use super::user::User;

/// Inactivity timeouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// After this long without a call, a user who has polled counts as gone: a guest loses its name, an account leaves
    /// its rooms.
    pub polling: Duration,
    /// The same for a user who has never polled: some clients only send, and some are in no room.
    pub never_polled: Duration,
    /// After this long without a call and without an open connection, a guest's name goes to the next
    /// client that asks for it. The Python client does not poll while its user types, so silence alone
    /// takes no name.
    pub takeover: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            polling: Duration::from_secs(15 * 60),
            never_polled: Duration::from_secs(24 * 60 * 60),
            takeover: Duration::from_secs(60),
        }
    }
}

impl Timeouts {
    /// The shortest silence after which a user who polls may lose its name.
    pub fn shortest(&self) -> Duration {
        self.polling.min(self.takeover)
    }

    fn of(&self, user: &User) -> Duration {
        if user.has_polled {
            self.polling
        } else {
            self.never_polled
        }
    }

    /// Whether the user has been silent for so long that it counts as gone.
    pub(super) fn is_silent(&self, user: &User, now: LogTime) -> bool {
        now.since(user.last_call) >= self.of(user)
    }

    /// Whether the name goes to the next client that asks for it. An account's never does: the password
    /// proves the holder.
    ///
    /// While a server runs, a guest loses its name after the takeover timeout. Downtime does not count
    /// towards it, or a restart would take the names of clients that are about to come back; only a guest who has
    /// been silent for as long as a client that polls may be does not stand in the way after a start.
    pub(super) fn can_take_over(&self, user: &User, now: LogTime) -> bool {
        let restarted_since = now.downtime > user.last_seen.downtime;
        user.kind() == Kind::Guest
            && (now.running_since(user.last_seen) >= self.takeover
                || restarted_since && now.since(user.last_seen) >= self.polling)
    }
}

/// The users in the order in which they called last, the longest silent first; of those who called at the same
/// time, the one first who registered first. The two timeouts have a queue each, so that the users to be
/// removed are always in front.
///
/// Everything follows from the users, so a snapshot need not have it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Silence {
    polling: Queue,
    never_polled: Queue,
    /// The guests who never asked for messages, by when they were last seen.
    unseen: BTreeSet<(LogTime, PersonId)>,
}

/// By the time of the last call.
type Queue = BTreeSet<(Duration, PersonId)>;

impl Silence {
    /// The user waits for its timeout, if it has one.
    pub(super) fn insert(&mut self, user: &User) {
        if user.has_timeout {
            self.queue(user).insert(place(user));
        }
        self.unseen.extend(place_among_unseen(user));
    }

    /// Takes out a user who has not changed since it was inserted.
    pub(super) fn remove(&mut self, user: &User) {
        self.queue(user).remove(&place(user));
        if let Some(place) = place_among_unseen(user) {
            self.unseen.remove(&place);
        }
    }

    fn queue(&mut self, user: &User) -> &mut Queue {
        if user.has_polled {
            &mut self.polling
        } else {
            &mut self.never_polled
        }
    }

    /// The guests who never asked for messages, the longest unseen first.
    pub(super) fn unseen(&self) -> impl Iterator<Item = PersonId> {
        self.unseen.iter().map(|(_, person)| *person)
    }

    /// The longest silent user of each queue.
    pub(super) fn fronts(&self) -> impl Iterator<Item = PersonId> {
        let queues = [&self.polling, &self.never_polled];
        queues
            .into_iter()
            .filter_map(|queue| queue.first())
            .map(|(_, person)| *person)
    }
}

/// A guest who never polled may have to give its name up when all places are taken.
fn place_among_unseen(user: &User) -> Option<(LogTime, PersonId)> {
    let is_one = user.kind() == Kind::Guest && !user.has_polled;
    is_one.then_some((user.last_seen, user.person))
}

fn place(user: &User) -> (Duration, PersonId) {
    (user.last_call.elapsed, user.person)
}
