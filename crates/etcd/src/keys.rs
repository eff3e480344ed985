//! Which keys a request is about.

use serde::Serialize;

use crate::wire::Bytes;

/// Which keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// One key.
    One(String),
    /// From the first on, and before the second.
    Between(String, String),
}

impl Keys {
    /// All keys that begin with this text.
    pub fn prefix(text: &str) -> Self {
        Self::Between(text.to_owned(), after_prefix(text))
    }
}

/// The keys as a request names them.
#[derive(Serialize)]
pub(crate) struct Bounds {
    key: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    range_end: Option<Bytes>,
}

impl From<&Keys> for Bounds {
    fn from(keys: &Keys) -> Self {
        let (key, end) = match keys {
            Keys::One(key) => (key, None),
            Keys::Between(first, end) => (first, Some(end)),
        };
        Self {
            key: Bytes::from(key.as_str()),
            range_end: end.map(|end| Bytes::from(end.as_str())),
        }
    }
}

/// The first key after all keys that begin with this text. Only the last character of an ASCII text can be
/// followed within UTF-8, and `\0` means "to the end" in etcd.
fn after_prefix(text: &str) -> String {
    let mut end = text.to_owned();
    match end.pop() {
        Some(last) if last < '\u{7f}' => {
            let next = char::from_u32(u32::from(last) + 1).unwrap_or('\u{7f}');
            end.push(next);
            end
        }
        // Every key of this crate is UTF-8, in which U+10FFFF comes last.
        Some(last) => format!("{end}{last}\u{10ffff}"),
        None => "\0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_one() {
        assert_eq!(after_prefix("log/"), "log0");
        assert_eq!(after_prefix(""), "\0");
        assert!(after_prefix("é").as_str() > "é/x");
    }
}
