//! What a message says: once parsed, every reader's XML parser can take it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How many bytes of UTF-8 a message's text may have: several pages of writing.
pub const TEXT_MAX_BYTES: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    #[error("it is empty")]
    Empty,
    /// It has more bytes than a message may have.
    #[error("it has more than {max_bytes} bytes")]
    TooLong { max_bytes: usize },
    /// It has a character that XML 1.0 cannot carry, not even as a reference: once stored, it would
    /// make every poll of the room unreadable.
    #[error("it has the character U+{:04X}", u32::from(*.0))]
    ForbiddenCharacter(char),
}

/// The text of a message. Line breaks, tabs and bidi characters are allowed: showing them safely is
/// the reader's business.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageText(Arc<str>);

impl MessageText {
    /// Takes a text of 1 byte to 16 KiB, of characters that XML 1.0 can carry.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > TEXT_MAX_BYTES {
            return Err(TextError::TooLong {
                max_bytes: TEXT_MAX_BYTES,
            });
        }
        if let Some(character) = text.chars().find(|character| !is_xml(*character)) {
            return Err(TextError::ForbiddenCharacter(character));
        }
        Ok(Self(text.into()))
    }

    /// How many bytes it has at most when it is written as XML, where some of its characters become
    /// as much as `&amp;`.
    pub(super) fn written_length(&self) -> usize {
        let is_markup = |byte: &&u8| b"&<>\r".contains(*byte);
        self.0.len() + 4 * self.0.as_bytes().iter().filter(is_markup).count()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The production `Char` of XML 1.0, <https://www.w3.org/TR/xml/#charsets>; surrogates are no `char`.
fn is_xml(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        _ => character >= ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_can_carry_is_kept_as_given() {
        for text in [
            "oi",
            " ",
            "uma\nduas\r\n\ttrês",
            "]]>&amp;",
            "\u{7F}\u{85}\u{202E}\u{FFFD}\u{10FFFF}",
            &"a".repeat(TEXT_MAX_BYTES),
        ] {
            assert_eq!(MessageText::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_becomes_longer_in_xml_is_counted_as_that() {
        for (text, length) in [("olá", 4), ("\"\"", 2), ("a<b>&'\r", 23)] {
            let parsed = MessageText::parse(text).unwrap();
            assert_eq!(parsed.written_length(), length, "{text}");
        }
    }

    #[test]
    fn each_rule_refuses_with_its_reason() {
        assert_eq!(MessageText::parse(""), Err(TextError::Empty));
        let max_bytes = 16_384;
        assert_eq!(
            MessageText::parse(&"é".repeat(8_193)),
            Err(TextError::TooLong { max_bytes })
        );
        for character in ['\0', '\u{1}', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}'] {
            assert_eq!(
                MessageText::parse(&format!("a{character}")),
                Err(TextError::ForbiddenCharacter(character))
            );
        }
    }
}
