//! How far a reader has read, as a text to hand back later.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Which chat this is: drawn once, when its log began, and the same after each restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChatId(pub Arc<str>);

/// A place between two messages, opaque to the reader.
///
/// It counts the messages of the whole chat, so it stays meaningful when its room is removed and
/// created again meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cursor(
    /// The sequence of the last message before the place; 0 before the first message.
    pub(super) u64,
);

impl Cursor {
    /// The place before the first message.
    pub const START: Cursor = Cursor(0);

    /// Reads what [`Display`](fmt::Display) wrote, `None` for anything else.
    pub fn parse(text: &str) -> Option<Cursor> {
        let cursor = Cursor(text.parse().ok()?);
        // The parser of std also takes a plus sign and leading zeros.
        (cursor.to_string() == text).then_some(cursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        for cursor in [Cursor(0), Cursor(7), Cursor(u64::MAX)] {
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        for text in ["", "+7", "07", "-1", " 7", "7a", "18446744073709551616"] {
            assert_eq!(Cursor::parse(text), None, "{text:?}");
        }
    }
}
