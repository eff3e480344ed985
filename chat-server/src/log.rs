//! The log: every command that changed the chat, in order, kept before it takes effect.
//!
//! [`sqlite`] keeps it in a file, for one server; [`etcd`] keeps one for several servers. Without a log the chat is in memory alone.

mod checkpoints;
mod database;
mod directory;
mod entry;
pub mod etcd;
mod open_error;
mod parts;
pub mod reading;
pub mod shared;
mod snapshot_time;
mod snapshots;
pub mod sqlite;
#[cfg(test)]
mod tests;

pub use directory::default_directory;
pub use entry::{AppendError, Entry, Log, Position};
pub use open_error::OpenError;
pub use snapshot_time::SnapshotTime;
pub use snapshots::Keep;
