//! What a log is that several servers share: each appends batches of commands, and all follow the same order.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;
use tokio::time::Instant;

use super::entry::{Entry, Position};
use super::snapshot_time::SnapshotTime;
use crate::chat::commands::{AnyCommand, DecodeError};
use crate::chat::snapshot::Snapshot;
use crate::chat::{Chat, Moment, RULES, WriterId};

/// The largest batch. etcd takes requests of 1.5 MiB by default.
pub const BATCH_BYTES: usize = 1 << 20;

/// Why an attempt to append a batch has failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AttemptError {
    /// The batch was certainly not appended, and is not going to be until something changes.
    #[error("{0}")]
    Refused(String),
    /// The batch was certainly not appended.
    #[error("{0}")]
    NotAppended(String),
    /// The batch may have been appended, or may still be.
    #[error("{0}")]
    Unknown(String),
}

/// What comes next in the log.
#[derive(Debug)]
pub enum Followed {
    Batch {
        position: Position,
        /// Which run of which server wrote it.
        writer: WriterId,
        /// Which batch of that run it is.
        number: u64,
        /// The batch as [`encode`] wrote it.
        batch: Vec<u8>,
    },
    /// The log up to `end` was there for all servers at a time after `asked_at`.
    InTouch {
        asked_at: Instant,
        /// The last place then.
        end: Position,
    },
    /// Following goes on elsewhere. Nothing is lost.
    Interrupted(String),
    /// The entries from here on are no longer kept; this is the chat at a later place.
    Skipped {
        position: Position,
        /// The chat after the batch at that place.
        chat: Box<Chat>,
    },
    /// The log cannot be followed any more.
    Unreadable(String),
}

pub trait SharedLog: Send + 'static {
    /// This run of this server.
    fn writer(&self) -> &WriterId;

    /// Makes one attempt to append a batch under a number. The same batch may be tried again under the same
    /// number, and is appended once.
    fn append(
        &self,
        number: u64,
        batch: Vec<u8>,
    ) -> impl Future<Output = Result<(), AttemptError>> + Send + 'static;

    /// What comes next. The future may be dropped without a loss.
    fn next(&mut self) -> impl Future<Output = Followed> + Send;

    /// Whether so much came since the last snapshot that it is time for one.
    fn is_snapshot_due(&self) -> bool {
        false
    }

    /// Keeps the chat as it is after the batch at a place, in the background.
    fn snapshot(&mut self, _position: Position, _chat: Snapshot) {}

    /// Says in `time` from now on when the newest snapshot was taken that this server read or wrote.
    fn mark_snapshots(&mut self, _time: SnapshotTime) {}
}

/// Writes a batch as JSON that a person can read: its moment, and each command with its name.
pub fn encode<'a>(at: Moment, entries: impl Iterator<Item = &'a Entry>) -> Vec<u8> {
    let mut text = format!(r#"{{"at":"{at}","commands":["#);
    for (index, Entry { kind, fields, .. }) in entries.enumerate() {
        let comma = if index == 0 { "" } else { "," };
        text.push_str(comma);
        // Names of commands are identifiers, and the fields are JSON already.
        text.push_str(&format!(r#"["{kind}",{fields}]"#));
    }
    text.push_str("]}");
    text.into_bytes()
}

/// About how many bytes an entry takes in a batch.
pub fn encoded_bytes(entry: &Entry) -> usize {
    entry.kind.len() + entry.fields.len() + r#"["",],"#.len()
}

#[derive(Debug)]
pub struct Batch<'a> {
    pub at: Moment,
    commands: Vec<(&'a str, &'a RawValue)>,
}

#[derive(Deserialize)]
struct Written<'a> {
    at: Moment,
    #[serde(borrow)]
    commands: Vec<(&'a str, &'a RawValue)>,
}

impl<'a> Batch<'a> {
    /// Reads a batch.
    pub fn read(text: &'a [u8]) -> Result<Self, DecodeError> {
        let Written { at, commands } = serde_json::from_slice(text)?;
        Ok(Self { at, commands })
    }

    /// Its commands.
    ///
    /// # Errors
    /// When this version does not know one of them, or the rules by which it is to be carried out.
    pub fn commands(&self) -> Result<Vec<AnyCommand>, DecodeError> {
        let decode = |(kind, fields): &(&str, &RawValue)| {
            let command = AnyCommand::decode(kind, fields.get())?;
            match &command {
                AnyCommand::StartServer(start) if start.rules > RULES => {
                    Err(DecodeError::NewerRules(start.rules))
                }
                _ => Ok(command),
            }
        };
        self.commands.iter().map(decode).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::RoomName;
    use crate::chat::commands::{Command as _, CreateRoom};

    fn entry(at: Moment, name: &str) -> Entry {
        let room = RoomName::parse(name).unwrap();
        Entry {
            at,
            kind: CreateRoom::KIND,
            fields: serde_json::to_string(&CreateRoom::new(room)).unwrap(),
        }
    }

    #[test]
    fn a_batch_is_read_as_it_was_written() {
        let at = Moment::parse("2025-03-09T12:00:01.000000+00:00 +1.000000").unwrap();
        let entries = [entry(at, "geral"), entry(at, "\u{e9} \"x\"")];
        let text = encode(at, entries.iter());
        let length: usize = entries.iter().map(encoded_bytes).sum();
        assert!(text.len() <= length + 80, "{} {length}", text.len());
        let batch = Batch::read(&text).unwrap();
        assert_eq!(batch.at, at);
        let names: Vec<_> = batch
            .commands()
            .unwrap()
            .into_iter()
            .map(|command| match command {
                AnyCommand::CreateRoom(CreateRoom { room, .. }) => room.to_string(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, ["geral", "\u{e9} \"x\""]);
    }

    #[test]
    fn what_a_later_version_wrote_is_named() {
        let text =
            br#"{"at":"2025-03-09T12:00:01.000000+00:00 +1.000000","commands":[["Dance",{}]]}"#;
        let error = Batch::read(text).unwrap().commands().unwrap_err();
        assert!(error.to_string().contains("Dance"), "{error}");
    }
}
