//! The SQLite database: its tables, its connections, its transactions, and what its errors mean.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, ffi};
use tracing::warn;

use super::directory::{is_emptied, is_used};
use super::entry::AppendError;
use super::open_error::{DATABASE, OpenError};

/// Marks the file as a chat's log: "dcha" in ASCII.
const APPLICATION_ID: i32 = 0x6463_6861;

/// The version of the tables below.
const FORMAT: i32 = 1;

const TABLES: &str = "
    CREATE TABLE log (
        position INTEGER PRIMARY KEY,
        moment   TEXT NOT NULL, -- wall clock, and seconds since the chat began
        kind     TEXT NOT NULL, -- the command's name
        command  TEXT NOT NULL  -- its fields as JSON
    ) STRICT;
    CREATE TABLE snapshot (
        position INTEGER NOT NULL, -- of the last entry it contains
        part     INTEGER NOT NULL,
        records  TEXT NOT NULL,    -- a JSON value in each line
        PRIMARY KEY (position, part)
    ) STRICT;
    CREATE TABLE whole_snapshot ( -- those of which all parts are there
        position INTEGER PRIMARY KEY,
        moment   TEXT NOT NULL
    ) STRICT;";

/// How long a command waits while another program holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How large SQLite's write-ahead log stays on the disk once it was checkpointed.
const JOURNAL_BYTES: i64 = 8 << 20;

/// What the writer of entries and the writer of snapshots share.
#[derive(Debug)]
pub(super) struct Database {
    /// Held for one short transaction at a time.
    pub(super) connection: Mutex<Connection>,
    /// Set by the first error after which it is not known what is on the disk, such as a failed fsync: nothing is
    /// written from then on.
    pub(super) is_stopped: AtomicBool,
}

impl Database {
    /// Writes in one transaction, which is on the disk when this returns.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), AppendError> {
        let mut stage = Stage::Preparing;
        let mut connection = self.connection.lock();
        // Looked at and set under the lock: what waited for the write that failed is not tried, either.
        if self.is_stopped() {
            return Err(AppendError::Stopped);
        }
        let written = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| {
                write(&transaction)?;
                stage = Stage::Committing;
                // What fails here is rolled back when the transaction is dropped.
                transaction.commit()
            });
        written.map_err(|error| {
            let error = classify(&error, stage);
            if matches!(error, AppendError::Broken(_)) {
                self.stop_writing();
            }
            error
        })
    }

    /// Whether writing has stopped until a restart.
    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// From now on nothing is written or synced: after a failed fsync the next one may succeed without having
    /// written anything.
    pub(super) fn stop_writing(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

/// Where in a transaction an error occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Before its commit, or outside a transaction.
    Preparing,
    Committing,
}

/// What an error means. Only where SQLite says that writing itself was refused is it certain that nothing was
/// kept: then nothing was synced.
pub(super) fn classify(error: &rusqlite::Error, stage: Stage) -> AppendError {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return AppendError::Broken(error.to_string());
    };
    match (failure.code, failure.extended_code) {
        // No room for the index of the write-ahead log. Its beginning is made before anything is written; it becomes
        // longer after a commit was written and synced.
        (_, ffi::SQLITE_IOERR_SHMSIZE) if stage == Stage::Committing => AppendError::Uncertain,
        // A failed write is a quota, for example.
        (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE) => {
            AppendError::DiskFull
        }
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => AppendError::Busy,
        _ => AppendError::Broken(error.to_string()),
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if *self.is_stopped.get_mut() {
            leave_as_it_is(self.connection.get_mut());
        }
    }
}

/// Opens the database, and looks whether it is one of ours.
pub(super) fn connect(directory: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    let emptied = || {
        let what = format!("{DATABASE} is empty or missing, although a chat was kept there");
        OpenError::damaged(directory, what)
    };
    // SQLite would take it for a new one, and delete the write-ahead log.
    if is_emptied(directory) {
        return Err(emptied());
    }
    let unusable = |error: &rusqlite::Error| open_error(directory, error);
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory.join(DATABASE), flags)
        .map_err(|error| unusable(&error))?;
    connection
        .busy_timeout(BUSY_TIMEOUT)
        .map_err(|error| unusable(&error))?;
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get(0));
    let (id, version): (i32, i32) = number("application_id")
        .and_then(|id| Ok((id, number("user_version")?)))
        .map_err(|error| unusable(&error))?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| unusable(&error))?;
    match (id, version) {
        // The tables were in a write-ahead log that was lost: they are written before a chat is noted.
        (0, 0) if tables == 0 && is_used(directory) => {
            leave_as_it_is(&connection);
            Err(emptied())
        }
        (0, 0) if tables == 0 => Ok(connection),
        (APPLICATION_ID, FORMAT) => Ok(connection),
        (APPLICATION_ID, newer) => Err(OpenError::Newer {
            directory: directory.to_owned(),
            what: format!("its format is {newer}, and {FORMAT} is the latest known here"),
        }),
        _ => Err(OpenError::Foreign {
            directory: directory.to_owned(),
        }),
    }
}

pub(super) fn open_error(directory: &Path, error: &rusqlite::Error) -> OpenError {
    let directory = directory.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign { directory },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::damaged(&directory, error),
        _ => {
            let reason = match classify(error, Stage::Preparing) {
                AppendError::DiskFull => AppendError::DiskFull.to_string(),
                _ => error.to_string(),
            };
            OpenError::Unusable { directory, reason }
        }
    }
}

/// Keeps SQLite from syncing and deleting its write-ahead log when the last connection is closed. After an
/// fsync that failed, another one may succeed without having written anything.
pub(super) fn leave_as_it_is(connection: &Connection) {
    let no_checkpoint = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    if let Err(cause) = connection.set_db_config(no_checkpoint, true) {
        warn!(%cause, "the database may be synced again when it is closed");
    }
}

/// Makes the tables of a new database, and sets how commits are written.
pub(super) fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Without FULL the last commits are lost with the power.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
    // Checkpoints are made in the background: within a commit one would make all writers wait for it.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        // In one transaction: a half-made database would be a foreign one.
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION_ID}; \
             PRAGMA user_version = {FORMAT}; COMMIT;"
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_waits_for_a_write_that_fails_is_not_tried() {
        let database = Database {
            connection: Mutex::new(Connection::open_in_memory().unwrap()),
            is_stopped: AtomicBool::new(false),
        };
        let (begins, begun) = mpsc::channel();
        let waited = std::thread::scope(|scope| {
            let mut waiting = None;
            let failed = database.write(|_| {
                let database = &database;
                waiting = Some(scope.spawn(move || {
                    begins.send(()).unwrap();
                    database.write(|_| Ok(()))
                }));
                begun.recv().unwrap();
                // Time for the other one to come to the lock, which the outcome does not depend on.
                std::thread::sleep(Duration::from_millis(50));
                Err(rusqlite::Error::InvalidQuery)
            });
            assert!(matches!(failed, Err(AppendError::Broken(_))), "{failed:?}");
            waiting.unwrap().join().unwrap()
        });
        assert_eq!(waited, Err(AppendError::Stopped));
    }
}
