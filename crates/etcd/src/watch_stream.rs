//! The request of a watch, and the lines of its answer, which arrive in pieces.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Refusal};
use crate::keys::{Bounds, Keys};
use crate::pair::{KeyValue, Pair};
use crate::watched::Event;
use crate::wire::Int;

#[derive(Serialize)]
pub(crate) struct WatchRequest {
    create_request: CreateRequest,
}

#[derive(Serialize)]
struct CreateRequest {
    #[serde(flatten)]
    keys: Bounds,
    start_revision: Int,
    filters: &'static [&'static str],
    /// Without it a long past would come in an answer that is larger than the gateway takes.
    fragment: bool,
}

impl WatchRequest {
    pub(crate) fn new(keys: &Keys, from: i64, puts_only: bool) -> Self {
        Self {
            create_request: CreateRequest {
                keys: Bounds::from(keys),
                start_revision: Int(from),
                filters: if puts_only { &["NODELETE"] } else { &[] },
                fragment: true,
            },
        }
    }
}

/// The longest line: etcd splits what is longer than its limit of 1.5 MB for a request, and base64 adds a third.
const LONGEST_LINE: usize = 16 << 20;

/// The lines of a stream that arrives in pieces.
#[derive(Default)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    /// Up to where there is certainly no end of a line.
    searched: usize,
}

impl Lines {
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.bytes.len() + piece.len() > LONGEST_LINE {
            return Err(Error::Unexpected(
                "a line of a watch is too long".to_owned(),
            ));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        let unsearched = self.bytes.get(self.searched..).unwrap_or_default();
        let Some(end) = unsearched.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let rest = self.bytes.split_off(self.searched + end + 1);
        self.searched = 0;
        Some(std::mem::replace(&mut self.bytes, rest))
    }
}

#[derive(Deserialize)]
pub(crate) struct Line {
    pub(crate) result: Option<WatchResponse>,
    pub(crate) error: Option<Refusal>,
}

#[derive(Deserialize)]
pub(crate) struct WatchResponse {
    #[serde(default)]
    pub(crate) canceled: bool,
    #[serde(default)]
    pub(crate) compact_revision: Int,
    #[serde(default)]
    pub(crate) cancel_reason: String,
    /// Whether the next response goes on with the same revisions.
    #[serde(default)]
    pub(crate) fragment: bool,
    #[serde(default)]
    pub(crate) events: Vec<WireEvent>,
}

#[derive(Deserialize)]
pub(crate) struct WireEvent {
    #[serde(rename = "type", default)]
    kind: Kind,
    kv: Pair,
}

#[derive(Default, Deserialize)]
enum Kind {
    #[default]
    #[serde(rename = "PUT")]
    Put,
    #[serde(rename = "DELETE")]
    Delete,
}

impl From<WireEvent> for Event {
    fn from(event: WireEvent) -> Self {
        let pair = KeyValue::from(event.kv);
        match event.kind {
            Kind::Put => Self::Put(pair),
            Kind::Delete => Self::Deleted {
                key: pair.key,
                revision: pair.mod_revision,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut lines = Lines::default();
        lines.push(b"one\ntw").unwrap();
        assert_eq!(lines.next().unwrap(), b"one\n");
        assert_eq!(lines.next(), None);
        lines.push(b"o\n").unwrap();
        assert_eq!(lines.next().unwrap(), b"two\n");
        assert_eq!(lines.next(), None);
    }
}
