//! Dialect *classic*: the chat server's port 9000. A user is a name, and is in one room at a time.

pub mod answers;
pub mod message;
pub mod procedures;
pub mod texts;

pub use message::Message;

/// The port on which clients expect this dialect.
pub const PORT: u16 = 9000;
