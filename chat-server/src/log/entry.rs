//! What a log is: entries in their order, and what appending them can come to.

use std::fmt;

use thiserror::Error;

use super::snapshot_time::SnapshotTime;
use crate::chat::Moment;
use crate::chat::snapshot::Snapshot;

/// The number of an entry; the first one is 1, and 0 is the place before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

impl Position {
    /// After every entry that there can be: SQLite counts in 63 bits.
    pub const LAST: Position = Position(i64::MAX.cast_unsigned());

    /// The position of the entry after this one.
    pub fn next(self) -> Position {
        Position(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A command on its way into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Moment,
    /// Its name in the log.
    pub kind: &'static str,
    /// Its fields as JSON.
    pub fields: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// There is no room. Nothing was kept; it may succeed once there is.
    #[error("the disk is full")]
    DiskFull,
    /// There is no room, and it is not known whether the entries were kept: a restart may find them, unless
    /// later ones took their place. It may succeed once there is room.
    #[error("the disk is full; it is not known whether this was kept")]
    Uncertain,
    /// Another program holds the database. Nothing was kept; it may succeed later.
    #[error("another program holds the database")]
    Busy,
    /// It is not known whether the entries were kept, and trying again could make it worse: after an fsync
    /// that failed, the next one may succeed without having written anything.
    #[error("the log cannot be written any more: {0}")]
    Broken(String),
    /// Nothing is tried any more after [`Self::Broken`]. Nothing was kept.
    #[error("the log cannot be written any more: an earlier write failed")]
    Stopped,
}

/// Keeps entries in their order.
pub trait Log: Send + 'static {
    /// Appends the entries, all of them or none. When it returns, they outlive the process and a loss of
    /// power.
    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError>;

    /// The position of the last entry, where entries are numbered.
    fn position(&self) -> Option<Position> {
        None
    }

    /// Whether so much was appended since the last snapshot that it is time for one.
    fn is_snapshot_due(&self) -> bool {
        false
    }

    /// Keeps the state as it is after all entries appended so far, in the background.
    fn snapshot(&mut self, _state: Snapshot) {}

    /// Says in `time` from now on when the newest snapshot was taken.
    fn mark_snapshots(&mut self, _time: SnapshotTime) {}
}
