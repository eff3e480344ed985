//! The chat as a deterministic state machine: users, rooms and messages, without sockets, clock,
//! randomness or locks.
//!
//! A [command](commands) is data. [`Chat::apply`] executes it and returns a typed outcome,
//! never a text. Queries read the state. The time is handed in, so the same commands at the same
//! moments give the same state, always: a log of the commands is a record of the chat.

mod address;
mod admission;
mod characters;
mod clock;
pub mod commands;
mod cursor;
#[cfg(test)]
mod fixtures;
mod history;
mod identity;
mod memory;
mod message;
mod moment;
mod names;
mod presence;
#[cfg(test)]
mod properties;
mod queries;
mod queue;
mod recent_sends;
mod room;
mod rules;
pub mod snapshot;
mod state;
mod text;
mod timestamp;
mod usage;
mod user;
mod writers;

pub use address::Address;
pub use admission::{Admission, LATE_AFTER};
pub use cursor::{ChatId, Cursor};
pub use identity::{Caller, Credential, Kind, PasswordHash, PersonId};
pub use message::{Message, Receipt, Recipient, Rendered};
pub use moment::Moment;
pub use names::{NAME_MAX_CHARACTERS, NameError, RoomName, Username, normalized};
pub use presence::Timeouts;
pub use queries::{Page, RoomStatus};
pub use recent_sends::{MESSAGE_ID_MAX_CHARACTERS, MessageId, MessageIdError};
pub use rules::RULES;
pub use state::{Chat, Notice, Policy};
pub use text::{MessageText, TEXT_MAX_BYTES, TextError};
pub use timestamp::Timestamp;
pub use writers::WriterId;
