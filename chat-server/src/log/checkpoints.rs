//! Checkpoints of SQLite's write-ahead log, which copy its pages to the database and sync it.
//!
//! They use a connection of their own and hold up commands only for the last few pages.

use std::sync::Arc;

use rusqlite::Connection;
use tracing::warn;

use super::database::{Database, Stage, classify, leave_as_it_is};
use super::entry::AppendError;

/// How much is added to SQLite's write-ahead log between two checkpoints. After each the write-ahead log begins
/// again at its first page; syncing a page that is written again takes about half as long as syncing one by
/// which the file grows.
const CHECKPOINT_EVERY: usize = 4 << 20;

/// How often a checkpoint is repeated for what was committed during the one before.
const CATCH_UP_AT_MOST: usize = 4;

/// For copying so many pages commits may wait: it takes a few milliseconds.
const SHORT_PART: i64 = 64;

/// How much one of its writers has added to the write-ahead log since it was last time for a checkpoint.
#[derive(Debug, Default)]
pub(super) struct Growth {
    bytes: usize,
}

impl Growth {
    /// Adds so many bytes. Returns whether it is time for a checkpoint, and begins again from zero then.
    pub(super) fn add(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        let is_due = self.bytes >= CHECKPOINT_EVERY;
        if is_due {
            self.bytes = 0;
        }
        is_due
    }
}

/// The connection that makes checkpoints.
pub(super) struct Checkpoints {
    database: Arc<Database>,
    connection: Connection,
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if self.database.is_stopped() {
            leave_as_it_is(&self.connection);
        }
    }
}

impl Checkpoints {
    pub(super) fn new(database: Arc<Database>, connection: Connection) -> Self {
        Self {
            database,
            connection,
        }
    }

    /// Copies what was committed from the write-ahead log into the database, so that the next commit can begin
    /// the write-ahead log again. Most is copied while commits go on; but as long as they do, there are always
    /// some that are not copied yet, and the write-ahead log would only grow. So commits wait for the last part,
    /// which is short.
    pub(super) fn checkpoint(&self) {
        let mut before = 0;
        for _ in 0..CATCH_UP_AT_MOST {
            let Some(Copied { pages, is_all }) = self.copy_committed() else {
                return;
            };
            // A reader keeps the rest from being copied. It will be copied next time.
            if !is_all {
                return;
            }
            if pages.saturating_sub(before) <= SHORT_PART {
                break;
            }
            before = pages;
        }
        let commits_wait = self.database.connection.lock();
        self.copy_committed();
        drop(commits_wait);
    }

    /// Copies what is committed by now, and waits for no other connection.
    fn copy_committed(&self) -> Option<Copied> {
        if self.database.is_stopped() {
            return None;
        }
        let copied = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                let (pages, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
                Ok(Copied {
                    pages,
                    is_all: copied == pages,
                })
            });
        copied
            .inspect_err(|cause| {
                let failure = classify(cause, Stage::Preparing);
                // A sync that failed here must not be followed by others, either.
                if matches!(failure, AppendError::Broken(_)) {
                    self.database.stop_writing();
                }
                warn!(%cause, %failure, "the database could not be brought up to date");
            })
            .ok()
    }
}

/// What a checkpoint did.
struct Copied {
    /// How many pages the write-ahead log had when it began.
    pages: i64,
    /// Whether all of them are in the database.
    is_all: bool,
}
