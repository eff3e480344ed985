//! Which keys a request is about.

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
    #[must_use]
    pub fn prefix(text: &str) -> Self {
        Self::Between(text.to_owned(), after_prefix(text))
    }

    fn first(&self) -> Bytes {
        let (Self::One(first) | Self::Between(first, _)) = self;
        Bytes::from(first.as_str())
    }

    fn end(&self) -> Option<Bytes> {
        match self {
            Self::One(_) => None,
            Self::Between(_, end) => Some(Bytes::from(end.as_str())),
        }
    }

    pub(crate) fn bounds(&self) -> (Bytes, Option<Bytes>) {
        (self.first(), self.end())
    }
}

/// The first key after all keys that begin with this text. Only the last character of an ASCII text can be
/// followed within UTF-8, and `\0` stands for "to the end" in etcd.
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
