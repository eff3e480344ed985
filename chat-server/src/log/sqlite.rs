//! The log in an SQLite database, which anyone can look into with `sqlite3 -readonly`.
//!
//! Commits go to SQLite's write-ahead log and are on the disk when they return (`synchronous=FULL`).
//! Snapshots bound the log; [`snapshots`](super::snapshots) writes them in the background.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, ffi, params};
use tracing::warn;

use super::directory::{self, DATABASE};
use super::reading::{self, Restored};
use super::snapshots::{Keep, Snapshots};
use super::{AppendError, Entry, Log, Position};
use crate::chat::Chat;

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

/// Why a log cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The directory cannot be used.
    Unusable {
        /// The directory.
        directory: PathBuf,
        /// What the system or SQLite says.
        reason: String,
    },
    /// Another server writes there.
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory has a database of another program.
    Foreign {
        /// The directory.
        directory: PathBuf,
    },
    /// A newer version wrote it.
    Newer {
        /// The directory.
        directory: PathBuf,
        /// What this version does not know.
        what: String,
    },
    /// It cannot be read.
    Damaged {
        /// The directory.
        directory: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// There is none.
    Missing {
        /// The directory.
        directory: PathBuf,
    },
}

impl std::error::Error for OpenError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.advising("--data"))
    }
}

impl OpenError {
    /// Says in a line what is wrong and what to do, where the directory is chosen with this flag.
    #[must_use]
    pub fn advising(&self, flag: &str) -> String {
        let choose = format!("choose another directory with {flag} DIR");
        match self {
            Self::Unusable { directory, reason } => format!(
                "cannot keep the chat in {}: {reason}; {choose}, or {flag} off to keep it in memory alone",
                directory.display()
            ),
            Self::InUse { directory } => format!(
                "{} is in use by another chat server; stop that one, or {choose}",
                directory.display()
            ),
            Self::Foreign { directory } => format!(
                "{} is not a chat's log; {choose}",
                directory.join(DATABASE).display()
            ),
            Self::Newer { directory, what } => format!(
                "{} was written by a newer version of this program ({what}); start that version, or {choose}",
                directory.display()
            ),
            Self::Damaged { directory, what } => format!(
                "the log in {} is damaged: {what}; restore a backup of the directory, or move it away to begin \
                 with an empty chat",
                directory.display()
            ),
            Self::Missing { directory } => format!("there is no chat in {}", directory.display()),
        }
    }

    pub(super) fn damaged(directory: &Path, what: impl fmt::Display) -> Self {
        Self::Damaged {
            directory: directory.to_owned(),
            what: what.to_string(),
        }
    }
}

/// A log that was opened, and the chat that it records.
#[derive(Debug)]
pub struct Opened {
    /// The log.
    pub log: SqliteLog,
    /// The chat after the last entry.
    pub chat: Chat,
}

/// The log of a chat server.
#[derive(Debug)]
pub struct SqliteLog {
    database: Arc<Database>,
    last: Position,
    snapshots: Snapshots,
    /// Bytes appended since the last snapshot was begun.
    since_snapshot: usize,
    _lock: File,
}

/// What the writer of entries and the writer of snapshots share.
#[derive(Debug)]
pub(super) struct Database {
    /// Held for one short transaction at a time.
    pub(super) connection: Mutex<Connection>,
    /// Set when an fsync failed: nothing is written from then on.
    pub(super) broken: AtomicBool,
}

impl SqliteLog {
    /// Opens the log in `directory`, which is created if need be, and restores the chat.
    ///
    /// # Errors
    /// When the log cannot be used.
    pub fn open(directory: &Path, keep: Keep) -> Result<Opened, OpenError> {
        let lock = directory::prepare(directory)?;
        let connection = connect(directory, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        set_up(&connection).map_err(|error| open_error(directory, &error))?;
        let Restored {
            chat,
            position: last,
            snapshot_bytes,
            log_bytes,
        } = reading::restore(&connection, directory)?;
        let database = Arc::new(Database {
            connection: Mutex::new(connection),
            broken: AtomicBool::new(false),
        });
        let checkpoints = connect(directory, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let snapshots = Snapshots::start(Arc::clone(&database), checkpoints, keep, snapshot_bytes);
        Ok(Opened {
            log: Self {
                database,
                last,
                snapshots,
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
            for Entry { at, kind, fields } in entries {
                last = last.next();
                insert.execute(params![last.0, at.to_string(), kind, fields])?;
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

    fn is_snapshot_due(&self) -> bool {
        self.snapshots.is_due(self.since_snapshot)
    }

    fn snapshot(&mut self, chat: Chat) {
        self.since_snapshot = 0;
        self.snapshots.write(self.last, chat);
    }
}

/// What a transaction adds to SQLite's write-ahead log at least.
const PAGE_BYTES: usize = 4 << 10;

/// About what an entry takes besides its fields.
pub(super) const ENTRY_BYTES: usize = 80;

impl Database {
    /// Writes in one transaction, which is on the disk when this returns.
    ///
    /// # Errors
    /// When nothing was written, or it is not known.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), AppendError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(AppendError::Broken("an earlier write failed".to_owned()));
        }
        let mut is_committing = false;
        let mut connection = self.connection.lock();
        let written = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| {
                write(&transaction)?;
                is_committing = true;
                // What fails here is rolled back when the transaction is dropped.
                transaction.commit()
            });
        drop(connection);
        written.map_err(|error| match error.sqlite_error() {
            // The index of the write-ahead log becomes longer after the commit was written and synced.
            Some(failure)
                if is_committing && failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE =>
            {
                AppendError::Uncertain
            }
            _ => self.failure(&error),
        })
    }

    /// What an error means. Only where SQLite says that writing itself was refused is it certain that
    /// nothing was kept: then nothing was synced.
    pub(super) fn failure(&self, error: &rusqlite::Error) -> AppendError {
        match error {
            rusqlite::Error::SqliteFailure(failure, _)
                if failure.code == ErrorCode::DiskFull
                    // A quota, for one; and no room for the beginning of the write-ahead log's index, which
                    // comes before anything is written.
                    || matches!(
                        failure.extended_code,
                        ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE
                    ) =>
            {
                AppendError::DiskFull
            }
            rusqlite::Error::SqliteFailure(failure, _)
                if matches!(
                    failure.code,
                    ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked
                ) =>
            {
                AppendError::Busy
            }
            error => {
                self.broken.store(true, Ordering::Relaxed);
                AppendError::Broken(error.to_string())
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if *self.broken.get_mut() {
            leave_as_it_is(self.connection.get_mut());
        }
    }
}

/// Opens the database, and looks whether it is one of ours.
pub(super) fn connect(directory: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
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

fn open_error(directory: &Path, error: &rusqlite::Error) -> OpenError {
    let directory = directory.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign { directory },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::damaged(&directory, error),
        _ => OpenError::Unusable {
            directory,
            reason: error.to_string(),
        },
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
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
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
