//! The names of the keys.

use crate::chat::WriterId;
use crate::log::Position;

/// The keys of a chat.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    prefix: String,
}

impl Layout {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.trim_end_matches('/').to_owned(),
        }
    }

    /// What the keys of all batches begin with.
    pub(super) fn log(&self) -> String {
        format!("{}/log/", self.prefix)
    }

    /// The key of a batch. Numbers have a fixed width, so that their order is that of the keys.
    pub(super) fn batch(&self, WriterId(writer): &WriterId, number: u64) -> String {
        format!("{}{writer}/{number:020}", self.log())
    }

    pub(super) fn read_batch(&self, key: &str) -> Option<(WriterId, u64)> {
        let (writer, number) = key.strip_prefix(&self.log())?.rsplit_once('/')?;
        Some((WriterId(writer.into()), number.parse().ok()?))
    }

    /// The key that every batch sets.
    pub(super) fn end(&self) -> String {
        format!("{}/end", self.prefix)
    }

    /// The key that names the newest whole snapshot.
    pub(super) fn newest_snapshot(&self) -> String {
        format!("{}/snapshot", self.prefix)
    }

    /// The key that a server holds while it writes a snapshot.
    pub(super) fn snapshot_claim(&self) -> String {
        format!("{}/snapshot-claim", self.prefix)
    }

    /// What the keys of all parts of all snapshots begin with.
    pub(super) fn snapshots(&self) -> String {
        format!("{}/snapshot/", self.prefix)
    }

    /// What the keys of the parts of a snapshot begin with.
    pub(super) fn parts(&self, Position(position): Position) -> String {
        format!("{}{position:020}/", self.snapshots())
    }

    pub(super) fn part(&self, position: Position, number: usize) -> String {
        format!("{}{number:08}", self.parts(position))
    }
}

/// The revision of etcd that is a position.
pub(super) fn revision(Position(position): Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// The position that is a revision of etcd.
pub(super) fn position(revision: i64) -> Position {
    Position(revision.unsigned_abs())
}

/// A name as a part of a key.
pub(super) fn safe(name: &str) -> String {
    name.replace(
        |character: char| !character.is_ascii_graphic() || character == '/',
        "-",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_batch_says_who_wrote_it() {
        let layout = Layout::new("chat/");
        let writer = WriterId(format!("{}/0af", safe("sala 1/a:9000")).into());
        let key = layout.batch(&writer, 7);
        assert_eq!(key, "chat/log/sala-1-a:9000/0af/00000000000000000007");
        assert_eq!(layout.read_batch(&key), Some((writer, 7)));
        assert_eq!(layout.read_batch("chat/end"), None);
    }
}
