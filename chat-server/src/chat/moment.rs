//! The time a command is given: handed in, because the chat itself has no clock.

use std::time::Duration;

use chrono::NaiveDateTime;

/// When a command happens, by the two clocks the chat needs.
///
/// They are apart because the clock on the wall can be set, and steps back an hour every autumn: how
/// long a room has been idle must not follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Time since the chat began, by a clock that never steps back.
    pub elapsed: Duration,
    /// The time on the wall where the server runs: what a message shows.
    pub local: NaiveDateTime,
}
