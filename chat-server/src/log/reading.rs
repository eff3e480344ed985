//! Reading a log: to restore the chat, and to look at the past.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::Position;
use super::sqlite::{ENTRY_BYTES, OpenError, connect};
use crate::chat::commands::{AnyCommand, AnyOutcome, DecodeError, RULES};
use crate::chat::snapshot::Restoring;
use crate::chat::{Chat, Moment, Policy};

/// An entry that was read, and its outcome.
#[derive(Debug)]
pub struct Applied {
    /// Its place in the log.
    pub position: Position,
    /// When it happened.
    pub at: Moment,
    /// The command.
    pub command: AnyCommand,
    /// What came of it.
    pub outcome: AnyOutcome,
}

/// A log that is only read, beside a server that writes it or without one.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    directory: PathBuf,
    chat: Chat,
    position: Position,
}

/// A chat that was restored.
#[derive(Debug)]
pub(super) struct Restored {
    pub(super) chat: Chat,
    pub(super) position: Position,
    /// What the entries after the snapshot take.
    pub(super) log_bytes: usize,
}

impl Reader {
    /// Opens the log in a directory, at the oldest place from which the chat is known: before the first
    /// entry that is still there.
    ///
    /// # Errors
    /// When there is no log, or it cannot be read.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        if !directory.join(super::directory::DATABASE).exists() {
            return Err(OpenError::Missing {
                directory: directory.to_owned(),
            });
        }
        let connection = connect(directory, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let restored = restore_snapshot(
            &connection,
            directory,
            before_first(&connection, directory)?,
        )?;
        Ok(Self {
            connection,
            directory: directory.to_owned(),
            chat: restored.chat,
            position: restored.position,
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
    ///
    /// # Errors
    /// When an entry cannot be read.
    pub fn read(
        &mut self,
        last: Position,
        mut applied: impl FnMut(Applied),
    ) -> Result<(), OpenError> {
        let (chat, position) = (&mut self.chat, &mut self.position);
        let from = *position;
        entries(
            &self.connection,
            &self.directory,
            from,
            last,
            |next, at, command, _| {
                *position = next;
                let outcome = command.clone().apply(chat, at);
                chat.take_notices();
                applied(Applied {
                    position: next,
                    at,
                    command,
                    outcome,
                });
            },
        )
    }
}

/// Restores the chat as it was after the entry at `to`, or after the last one.
pub(super) fn restore(
    connection: &Connection,
    directory: &Path,
    to: Option<Position>,
) -> Result<Restored, OpenError> {
    let mut restored = restore_snapshot(connection, directory, to)?;
    let last = to.unwrap_or(Position::LAST);
    let from = restored.position;
    entries(
        connection,
        directory,
        from,
        last,
        |position, at, command, bytes| {
            restored.position = position;
            restored.log_bytes += bytes;
            command.apply(&mut restored.chat, at);
            restored.chat.take_notices();
        },
    )?;
    Ok(restored)
}

/// Restores the chat from the newest whole snapshot that is not after `to`; without one it is empty.
fn restore_snapshot(
    connection: &Connection,
    directory: &Path,
    to: Option<Position>,
) -> Result<Restored, OpenError> {
    let damaged = |error: rusqlite::Error| OpenError::damaged(directory, error);
    let nothing = Restored {
        chat: Chat::new(Policy::default()),
        position: Position(0),
        log_bytes: 0,
    };
    if !has_tables(connection).map_err(damaged)? {
        return Ok(nothing);
    }
    let newest = connection
        .query_row(
            "SELECT max(position) FROM whole_snapshot WHERE position <= ?1",
            [to.unwrap_or(Position::LAST).0],
            |row| row.get::<_, Option<u64>>(0),
        )
        .map_err(damaged)?;
    let Some(position) = newest else {
        return Ok(nothing);
    };
    let wrong = |what: &dyn std::fmt::Display| {
        OpenError::damaged(
            directory,
            format!("the snapshot at position {position}: {what}"),
        )
    };
    let mut parts = connection
        .prepare("SELECT records FROM snapshot WHERE position = ?1 ORDER BY part")
        .map_err(damaged)?;
    let mut rows = parts.query([position]).map_err(damaged)?;
    let mut restoring = Restoring::default();
    while let Some(row) = rows.next().map_err(damaged)? {
        let records = row.get_ref(0).map_err(damaged)?;
        for line in records.as_str().map_err(|error| wrong(&error))?.lines() {
            let record = serde_json::from_str(line).map_err(|error| wrong(&error))?;
            restoring.push(record).map_err(|error| wrong(&error))?;
        }
    }
    Ok(Restored {
        chat: restoring.finish().map_err(|error| wrong(&error))?,
        position: Position(position),
        log_bytes: 0,
    })
}

/// A database that a server is about to set up has none yet.
fn has_tables(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        Ok(row.get::<_, i64>(0)? > 0)
    })
}

/// The place before the first entry that is still there, if there is any.
fn before_first(connection: &Connection, directory: &Path) -> Result<Option<Position>, OpenError> {
    let first = || {
        if !has_tables(connection)? {
            return Ok(None);
        }
        connection.query_row("SELECT min(position) FROM log", [], |row| row.get(0))
    };
    let first: Option<u64> = first().map_err(|error| OpenError::damaged(directory, error))?;
    Ok(first.map(|first| Position(first.saturating_sub(1))))
}

/// Reads the entries after `from`, up to `last`, and hands over each with about the bytes it takes.
fn entries(
    connection: &Connection,
    directory: &Path,
    from: Position,
    last: Position,
    mut each: impl FnMut(Position, Moment, AnyCommand, usize),
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
            DecodeError::UnknownCommand(_) => newer(error.to_string()),
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
        each(position, at, command, bytes);
    }
    Ok(())
}
