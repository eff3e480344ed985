//! Reading a log: to restore the chat, and to look at the past.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::database::connect;
use super::entry::Position;
use super::open_error::OpenError;
use crate::chat::RULES;
use crate::chat::commands::{AnyCommand, AnyOutcome, DecodeError};
use crate::chat::snapshot::Restoring;
use crate::chat::{Chat, Moment, Policy};

/// About what an entry takes besides its fields.
pub(super) const ENTRY_BYTES: usize = 80;

/// An entry that was read, and its outcome.
#[derive(Debug)]
pub struct Applied {
    pub position: Position,
    pub at: Moment,
    pub command: AnyCommand,
    pub outcome: AnyOutcome,
}

/// What reading a log finds next.
#[derive(Debug)]
pub enum Step {
    Applied(Box<Applied>),
    /// These entries are no longer kept. What follows goes on from a snapshot after them.
    Dropped {
        first: Position,
        last: Position,
    },
}

/// A log that is only read, beside a server that writes it or without one.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    directory: PathBuf,
    chat: Chat,
    position: Position,
}

#[derive(Debug)]
pub(super) struct Restored {
    pub(super) chat: Chat,
    pub(super) position: Position,
    /// When the snapshot was taken, where there is one.
    pub(super) snapshot_taken: Option<Moment>,
    pub(super) snapshot_bytes: usize,
    /// What the entries after it take.
    pub(super) log_bytes: usize,
}

impl Reader {
    /// Opens the log in a directory, at the oldest place from which the chat is known: before the first
    /// entry that is still there.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        if !directory.join(super::open_error::DATABASE).exists() {
            return Err(OpenError::Missing {
                directory: directory.to_owned(),
            });
        }
        let connection = connect(directory, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        // Ends with the first reading: a server may drop entries at any time.
        begin(&connection, directory)?;
        let oldest = oldest(&connection, directory)?;
        let Restored { chat, position, .. } = restore_snapshot(&connection, directory, oldest)?;
        Ok(Self {
            connection,
            directory: directory.to_owned(),
            chat,
            position,
        })
    }

    /// The chat after the last entry that was read.
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The position of the last entry that was read.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Applies the entries from here on that are there by now, up to `last`, and hands over each.
    pub fn read(&mut self, last: Position, mut each: impl FnMut(Step)) -> Result<(), OpenError> {
        if self.connection.is_autocommit() {
            begin(&self.connection, &self.directory)?;
        }
        let oldest = oldest(&self.connection, &self.directory)?;
        let first = position(&self.connection, &self.directory, FIRST_ENTRY)?;
        let goes_on = first.map_or(oldest <= self.position, |first| {
            first <= self.position.next()
        });
        if !goes_on {
            each(Step::Dropped {
                first: self.position.next(),
                last: oldest,
            });
            let restored = restore_snapshot(&self.connection, &self.directory, oldest)?;
            (self.chat, self.position) = (restored.chat, restored.position);
        }
        let (chat, position) = (&mut self.chat, &mut self.position);
        let from = *position;
        entries(
            &self.connection,
            &self.directory,
            from,
            last,
            |next, at, command, _| {
                *position = next;
                let outcome = apply(chat, at, command.clone())?;
                each(Step::Applied(Box::new(Applied {
                    position: next,
                    at,
                    command,
                    outcome,
                })));
                Ok(())
            },
        )?;
        self.connection
            .execute_batch("COMMIT")
            .map_err(|error| OpenError::damaged(&self.directory, error))
    }
}

/// A command panicked, and has said why on standard error.
struct Panicked;

/// Applies a command again. That it is in the log does not mean that it was ever applied: it may have ended the
/// server that wrote it, and would end each one that is started.
fn apply(chat: &mut Chat, at: Moment, command: AnyCommand) -> Result<AnyOutcome, Panicked> {
    // A chat that is half changed is not used any more.
    let applied = catch_unwind(AssertUnwindSafe(|| command.apply(chat, at)));
    chat.take_notices();
    applied.map_err(|_| Panicked)
}

/// Begins to read the database as it is at one moment.
fn begin(connection: &Connection, directory: &Path) -> Result<(), OpenError> {
    connection
        .execute_batch("BEGIN")
        .map_err(|error| OpenError::damaged(directory, error))
}

/// Restores the chat as it was after the last entry.
pub(super) fn restore(connection: &Connection, directory: &Path) -> Result<Restored, OpenError> {
    let newest = "SELECT max(position) FROM whole_snapshot";
    let newest = position(connection, directory, newest)?.unwrap_or_default();
    let mut restored = restore_snapshot(connection, directory, newest)?;
    let from = restored.position;
    entries(
        connection,
        directory,
        from,
        Position::LAST,
        |position, at, command, bytes| {
            restored.position = position;
            restored.log_bytes += bytes;
            apply(&mut restored.chat, at, command)?;
            Ok(())
        },
    )?;
    Ok(restored)
}

const FIRST_ENTRY: &str = "SELECT min(position) FROM log";

/// The oldest place from which on all entries are there: the beginning, or a snapshot. Older snapshots are
/// dropped first and the entries up to the newest in slices, so there may be entries from before it.
fn oldest(connection: &Connection, directory: &Path) -> Result<Position, OpenError> {
    let first = position(connection, directory, FIRST_ENTRY)?;
    if first == Some(Position(1)) {
        return Ok(Position(0));
    }
    let oldest = "SELECT min(position) FROM whole_snapshot WHERE position + 1 >= \
                  coalesce((SELECT min(position) FROM log), 0)";
    let oldest = position(connection, directory, oldest)?;
    match (oldest, first) {
        (Some(oldest), _) => Ok(oldest),
        (None, None) => Ok(Position(0)),
        (None, Some(first)) => Err(OpenError::damaged(
            directory,
            format!("the entries before {first} are missing, and there is no snapshot"),
        )),
    }
}

/// The position that a query finds, if any.
fn position(
    connection: &Connection,
    directory: &Path,
    query: &str,
) -> Result<Option<Position>, OpenError> {
    let found = || {
        if !has_tables(connection)? {
            return Ok(None);
        }
        connection.query_row(query, [], |row| row.get::<_, Option<u64>>(0))
    };
    let found = found().map_err(|error| OpenError::damaged(directory, error))?;
    Ok(found.map(Position))
}

/// Restores the chat from the snapshot at this position; at the beginning it is empty.
fn restore_snapshot(
    connection: &Connection,
    directory: &Path,
    position: Position,
) -> Result<Restored, OpenError> {
    let damaged = |error: rusqlite::Error| OpenError::damaged(directory, error);
    let mut restored = Restored {
        chat: Chat::new(Policy::default()),
        position,
        snapshot_taken: None,
        snapshot_bytes: 0,
        log_bytes: 0,
    };
    if position == Position(0) {
        return Ok(restored);
    }
    let wrong = |what: &dyn std::fmt::Display| {
        OpenError::damaged(
            directory,
            format!("the snapshot at position {position}: {what}"),
        )
    };
    let mut parts = connection
        .prepare("SELECT records FROM snapshot WHERE position = ?1 ORDER BY part")
        .map_err(damaged)?;
    let mut rows = parts.query([position.0]).map_err(damaged)?;
    let mut restoring = Restoring::default();
    while let Some(row) = rows.next().map_err(damaged)? {
        let records = row.get_ref(0).map_err(damaged)?;
        let records = records.as_str().map_err(|error| wrong(&error))?;
        restored.snapshot_bytes += records.len();
        for line in records.lines() {
            let record = serde_json::from_str(line).map_err(|error| wrong(&error))?;
            restoring.push(record).map_err(|error| wrong(&error))?;
        }
    }
    restored.chat = restoring.finish().map_err(|error| wrong(&error))?;
    restored.snapshot_taken = restored.chat.last_moment();
    Ok(restored)
}

/// A database that a server is about to set up has none yet.
fn has_tables(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        Ok(row.get::<_, i64>(0)? > 0)
    })
}

/// Reads the entries after `from`, up to `last`, and hands over each with about the bytes it takes.
fn entries(
    connection: &Connection,
    directory: &Path,
    from: Position,
    last: Position,
    mut each: impl FnMut(Position, Moment, AnyCommand, usize) -> Result<(), Panicked>,
) -> Result<(), OpenError> {
    let damaged = |error: rusqlite::Error| OpenError::damaged(directory, error);
    if !has_tables(connection).map_err(damaged)? {
        return Ok(());
    }
    let mut entries = connection
        .prepare(
            "SELECT position, moment, kind, command FROM log \
             WHERE position > ?1 AND position <= ?2 ORDER BY position",
        )
        .map_err(damaged)?;
    let mut rows = entries.query([from.0, last.0]).map_err(damaged)?;
    let mut before = from;
    while let Some(row) = rows.next().map_err(damaged)? {
        let position = Position(row.get(0).map_err(damaged)?);
        let wrong = |what: &dyn std::fmt::Display| {
            OpenError::damaged(
                directory,
                format!("the entry at position {position}: {what}"),
            )
        };
        if position != before.next() {
            return Err(wrong(&format!(
                "the entries between {before} and it are missing"
            )));
        }
        let text = |column| {
            row.get_ref(column)
                .map_err(damaged)?
                .as_str()
                .map_err(|error| wrong(&error))
        };
        let (moment, kind, fields) = (text(1)?, text(2)?, text(3)?);
        let at = Moment::parse(moment).ok_or_else(|| wrong(&"its moment cannot be read"))?;
        let newer = |what: String| OpenError::Newer {
            directory: directory.to_owned(),
            what: format!("the entry at position {position}: {what}"),
        };
        let command = AnyCommand::decode(kind, fields).map_err(|error| match error {
            DecodeError::UnknownCommand(_) | DecodeError::NewerRules(_) => newer(error.to_string()),
            DecodeError::Damaged(_) => wrong(&error),
        })?;
        if let AnyCommand::StartServer(start) = &command
            && start.rules > RULES
        {
            return Err(newer(format!(
                "its rules are version {}, and {RULES} is the latest known here",
                start.rules
            )));
        }
        let bytes = fields.len() + ENTRY_BYTES;
        before = position;
        each(position, at, command, bytes).map_err(|Panicked| OpenError::Unappliable {
            directory: directory.to_owned(),
            position,
            kind: kind.to_owned(),
        })?;
    }
    Ok(())
}
