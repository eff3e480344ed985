//! Documents that differ in everything around the values: encodings, declarations, structure.

mod encodings;
mod malformed;
mod prologues;
mod structure;

use super::{Row, Verdict};

fn row(name: &'static str, document: impl Into<Vec<u8>>, verdict: Verdict) -> Row {
    Row {
        name,
        document: document.into(),
        verdict,
    }
}

/// A call of `m` with `á` in the only parameter.
const CALL: &str = "<methodCall><methodName>m</methodName><params><param><value><string>olá</string></value></param></params></methodCall>";

pub(super) fn rows() -> Vec<Row> {
    [
        encodings::rows(),
        prologues::rows(),
        structure::rows(),
        malformed::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Changes to bytes that are no text any more.
trait Bytes {
    /// With this in place of `olá`.
    fn with(self, bytes: &[u8]) -> Vec<u8>;
    /// With this in place of the question mark of a text.
    fn replace_question(self, bytes: &[u8]) -> Vec<u8>;
    /// Cut after these bytes.
    fn cut_after(self, bytes: &[u8]) -> Vec<u8>;
}

impl Bytes for Vec<u8> {
    fn with(self, bytes: &[u8]) -> Vec<u8> {
        replace(&self, "olá".as_bytes(), bytes)
    }

    fn replace_question(self, bytes: &[u8]) -> Vec<u8> {
        replace(&self, b">?<", &[b">", bytes, b"<"].concat())
    }

    fn cut_after(mut self, bytes: &[u8]) -> Vec<u8> {
        let at = position(&self, bytes);
        self.truncate(at + bytes.len());
        self
    }
}

fn replace(document: &[u8], wanted: &[u8], bytes: &[u8]) -> Vec<u8> {
    let at = position(document, wanted);
    [&document[..at], bytes, &document[at + wanted.len()..]].concat()
}

fn position(document: &[u8], wanted: &[u8]) -> usize {
    document
        .windows(wanted.len())
        .position(|window| window == wanted)
        .unwrap()
}
