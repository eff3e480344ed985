//! The chat as a deterministic state machine: users, rooms and messages, without sockets, clock,
//! randomness or locks.
//!
//! A [command](commands) is data. [`Chat::apply`] changes the state by it and returns a typed outcome,
//! never a text. Queries read the state. The time is handed in, so the same commands at the same
//! moments give the same state, always.

pub mod commands;
mod cursor;
#[cfg(test)]
mod fixtures;
mod history;
mod message;
mod moment;
mod names;
#[cfg(test)]
mod properties;
mod queries;
mod recent_sends;
mod room;
mod text;
mod timestamp;
mod user;

use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexMap;

use commands::Command;
pub use cursor::Cursor;
pub use message::{Form, Message, Recipient, Rendered};
pub use moment::Moment;
pub use names::{NAME_MAX_CHARACTERS, NameError, RoomName, Username};
pub use queries::{Page, RoomStatus};
pub use recent_sends::{MESSAGE_ID_MAX_CHARACTERS, MessageId, MessageIdError};
use room::Room;
pub use text::{MessageText, TEXT_MAX_BYTES, TextError};
pub use timestamp::Timestamp;
use user::User;
pub use user::{Caller, Kind, PersonId};

/// What a chat allows. All of it bounds memory: none of its contents ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a room without users is kept after the last interaction.
    pub room_ttl: Duration,
    /// How many messages a room keeps, the newest.
    pub history: usize,
    /// How many rooms there may be.
    pub rooms: usize,
    /// How many users may be registered.
    pub users: usize,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            room_ttl: Duration::from_secs(5 * 60),
            history: 10_000,
            rooms: 10_000,
            users: 100_000,
        }
    }
}

/// All users and rooms.
///
/// Each user knows its rooms and each room its members; commands change both or neither.
#[derive(Debug, PartialEq)]
pub struct Chat {
    policy: Policy,
    /// In order of creation.
    rooms: IndexMap<RoomName, Room>,
    /// Looked up only, never walked through: its order differs from run to run.
    users: HashMap<Username, User>,
    /// How many persons have ever been registered; the last one's identity.
    last_person: u64,
    /// How many messages have ever been stored; the last one's number.
    last_sequence: u64,
}

impl Chat {
    /// A chat without users and rooms.
    pub fn new(policy: Policy) -> Chat {
        Chat {
            policy,
            rooms: IndexMap::new(),
            users: HashMap::new(),
            last_person: 0,
            last_sequence: 0,
        }
    }

    /// Carries out a command at a moment and says what came of it.
    pub fn apply<C: Command>(&mut self, at: Moment, command: C) -> C::Outcome {
        command.apply(self, at)
    }

    // These three are the only way from a caller to a user: name and kind are always both looked at.

    fn user(&self, caller: &Caller) -> Option<&User> {
        self.users
            .get(&caller.name)
            .filter(|user| user.kind == caller.kind)
    }

    fn user_mut(&mut self, caller: &Caller) -> Option<&mut User> {
        self.users
            .get_mut(&caller.name)
            .filter(|user| user.kind == caller.kind)
    }

    fn remove_user(&mut self, caller: &Caller) -> Option<User> {
        self.user(caller)?;
        self.users.remove(&caller.name)
    }
}
