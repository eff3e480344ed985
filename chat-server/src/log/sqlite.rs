//! The log in an SQLite database, which anyone can look into with `sqlite3 -readonly`.
//!
//! Commits go to SQLite's write-ahead log and are on the disk when they return (`synchronous=FULL`).
//! Snapshots bound the log; [`snapshots`](super::snapshots) writes them in the background.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;
use rusqlite::{OpenFlags, params};

use super::checkpoints::Checkpoints;
use super::database::{Database, connect, open_error, set_up};
use super::directory;
use super::entry::{AppendError, Entry, Log, Position};
use super::open_error::OpenError;
use super::reading::{self, ENTRY_BYTES, Restored};
use super::snapshot_time::SnapshotTime;
use super::snapshots::{Keep, Snapshots};
use crate::chat::snapshot::Snapshot;
use crate::chat::{Chat, Moment};

/// What a transaction adds to SQLite's write-ahead log at least.
const PAGE_BYTES: usize = 4 << 10;

/// A log that was opened, and the chat that it records.
#[derive(Debug)]
pub struct Opened {
    pub log: SqliteLog,
    /// The chat after the last entry.
    pub chat: Chat,
}

#[derive(Debug)]
pub struct SqliteLog {
    database: Arc<Database>,
    last: Position,
    snapshots: Snapshots,
    /// When the snapshot was taken that was restored.
    restored_snapshot: Option<Moment>,
    /// Bytes appended since the last snapshot was begun.
    since_snapshot: usize,
    _lock: File,
}

impl SqliteLog {
    /// Opens the log in `directory`, which is created if need be, and restores the chat.
    pub fn open(directory: &Path, keep: Keep) -> Result<Opened, OpenError> {
        let lock = directory::prepare(directory)?;
        let connection = connect(directory, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        set_up(&connection).map_err(|error| open_error(directory, &error))?;
        directory::mark_used(&lock).map_err(|reason| OpenError::Unusable {
            directory: directory.to_owned(),
            reason: reason.to_string(),
        })?;
        let Restored {
            chat,
            position: last,
            snapshot_taken,
            snapshot_bytes,
            log_bytes,
        } = reading::restore(&connection, directory)?;
        let database = Arc::new(Database {
            connection: Mutex::new(connection),
            is_stopped: AtomicBool::new(false),
        });
        let connection = connect(directory, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let checkpoints = Checkpoints::new(Arc::clone(&database), connection);
        let snapshots = Snapshots::start(Arc::clone(&database), checkpoints, keep, snapshot_bytes);
        Ok(Opened {
            log: Self {
                database,
                last,
                snapshots,
                restored_snapshot: snapshot_taken,
                since_snapshot: log_bytes,
                _lock: lock,
            },
            chat,
        })
    }
}

impl Log for SqliteLog {
    fn append(&mut self, entries: &[Entry]) -> Result<(), AppendError> {
        let mut last = self.last;
        let appended = self.database.write(|transaction| {
            let mut insert =
                transaction.prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3, ?4)")?;
            // The commands of a batch share a moment, and writing it down is slow.
            let (mut written, mut moment) = (None, String::new());
            for Entry { at, kind, fields } in entries {
                if written != Some(at) {
                    (written, moment) = (Some(at), at.to_string());
                }
                last = last.next();
                insert.execute(params![last.0, moment, kind, fields])?;
            }
            Ok(())
        });
        appended?;
        self.last = last;
        let bytes: usize = entries
            .iter()
            .map(|entry| entry.fields.len() + ENTRY_BYTES)
            .sum();
        self.since_snapshot += bytes;
        self.snapshots.appended(bytes + PAGE_BYTES);
        Ok(())
    }

    fn position(&self) -> Option<Position> {
        Some(self.last)
    }

    fn is_snapshot_due(&self) -> bool {
        self.snapshots.is_due(self.since_snapshot)
    }

    fn snapshot(&mut self, state: Snapshot) {
        self.since_snapshot = 0;
        self.snapshots.write(self.last, state);
    }

    fn mark_snapshots(&mut self, time: SnapshotTime) {
        if let Some(restored) = self.restored_snapshot {
            time.set(&restored.wall);
        }
        self.snapshots.time = time;
    }
}
