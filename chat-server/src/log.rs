//! The log: every command that changed the chat, in order, kept before it takes effect.
//!
//! [`sqlite`] keeps it in a file. Without a log the chat is in memory alone.

mod database;
mod directory;
mod entry;
mod open_error;
pub mod reading;
mod snapshots;
pub mod sqlite;
#[cfg(test)]
mod tests;

pub use directory::default_directory;
pub use entry::{AppendError, Entry, Log, Position};
pub use open_error::OpenError;
pub use snapshots::Keep;
