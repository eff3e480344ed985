//! Which of the messages that a server answers are new: none lost, none twice.
//!
//! Dialect classic is asked for what comes after a timestamp ([`by_timestamp`]). Dialect accounts
//! answers with everything each time, under timestamps of minutes, so that what is new is found by
//! comparing ([`by_comparing`]).

pub mod by_comparing;
pub mod by_timestamp;

use super::chat_server::Room;
use super::{Dialect, Message};

/// What a user in a room has seen of it.
#[derive(Debug)]
pub enum Seen {
    /// By the last timestamp.
    ByTimestamp(by_timestamp::Seen),
    /// By the messages themselves.
    ByComparing(by_comparing::Seen),
}

impl Seen {
    /// Begins with what joining the room brought.
    #[must_use]
    pub fn after(dialect: Dialect, room: &Room) -> Self {
        let history = room.history.clone();
        match dialect {
            Dialect::Classic => Self::ByTimestamp(by_timestamp::Seen::after(history)),
            Dialect::Accounts => {
                Self::ByComparing(by_comparing::Seen::after(history, room.history_is_cut))
            }
        }
    }

    /// Notes messages as seen that came in another way than by asking for all that is new.
    pub fn note(&mut self, messages: &[Message]) {
        match self {
            Self::ByTimestamp(seen) => seen.note(messages),
            Self::ByComparing(seen) => seen.note(messages),
        }
    }
}
