//! Dialect *accounts*: the chat server's port 8000. Users have passwords and may be in several rooms.

pub mod message;
pub mod procedures;
pub mod texts;

pub use message::Message;

/// The port on which clients expect this dialect.
pub const PORT: u16 = 8000;

/// The one name under which the binder knows a server of this dialect.
pub const SERVICE: &str = "chat_server";
