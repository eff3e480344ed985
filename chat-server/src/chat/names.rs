//! The names of users and rooms: once parsed, they can be typed, listed and told apart.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How many characters a name may have; enough for a full name, and it still fits a terminal's line.
pub const NAME_MAX_CHARACTERS: usize = 64;

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// It has more characters than a name may have.
    #[error("it has more than {max} characters")]
    TooLong {
        /// How many characters are allowed.
        max: usize,
    },
    /// It has a character that is invisible, moves the text around it, or that XML cannot carry.
    #[error("it has the character U+{:04X}", u32::from(*.0))]
    ForbiddenCharacter(char),
    /// It begins or ends with white space.
    #[error("it begins or ends with a space")]
    SurroundingSpace,
}

// Both are read back from the log without being checked again: a name was valid when its command was
// accepted, and a later, stricter rule must not make an old log unreadable.

/// The name of a user. It belongs to one person at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(Arc<str>);

/// The name of a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomName(Arc<str>);

/// What both names have in common. They stay two types, so that one is never taken for the other.
macro_rules! name {
    ($name:ident) => {
        impl $name {
            /// Takes a text as a name: 1 to 64 characters, none of them a control or bidi
            /// character, no white space at either end.
            ///
            /// # Errors
            ///
            /// The first thing that is wrong with it.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The name as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(Username);
name!(RoomName);

fn check(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().nth(NAME_MAX_CHARACTERS).is_some() {
        return Err(NameError::TooLong {
            max: NAME_MAX_CHARACTERS,
        });
    }
    if let Some(character) = text.chars().find(|character| is_forbidden(*character)) {
        return Err(NameError::ForbiddenCharacter(character));
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(NameError::SurroundingSpace);
    }
    Ok(())
}

/// Zero-width joiners are not among them: emoji and several scripts need them.
fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // These make a name read as another one: marks, embeddings and overrides, isolates.
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            // A name is one line.
            | '\u{2028}' | '\u{2029}'
            // XML 1.0 has no way to write these.
            | '\u{FFFE}' | '\u{FFFF}'
        )
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn ordinary_names_are_kept_as_given() {
        for text in [
            "a",
            "João da Silva",
            "李雷",
            "👩‍💻",
            "<b>&",
            "a  b",
            &"é".repeat(64),
        ] {
            assert_eq!(Username::parse(text).unwrap().as_str(), text);
            assert_eq!(RoomName::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn each_rule_refuses_with_its_reason() {
        assert_eq!(Username::parse(""), Err(NameError::Empty));
        assert_eq!(
            Username::parse(&"é".repeat(65)),
            Err(NameError::TooLong { max: 64 })
        );
        for text in [" ", " a", "a ", "\u{A0}a", "a\u{3000}", "a\u{2003}"] {
            assert_eq!(
                Username::parse(text),
                Err(NameError::SurroundingSpace),
                "{text:?}"
            );
        }
    }

    #[test]
    fn characters_that_hide_or_mislead_are_refused_wherever_they_stand() {
        let forbidden = ('\0'..'\u{20}')
            .chain('\u{7F}'..='\u{9F}')
            .chain(['\u{61C}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}'])
            .chain('\u{202A}'..='\u{202E}')
            .chain('\u{2066}'..='\u{2069}')
            .chain(['\u{FFFE}', '\u{FFFF}']);
        for character in forbidden {
            for text in [
                format!("{character}a"),
                format!("a{character}b"),
                format!("a{character}"),
            ] {
                assert_eq!(
                    Username::parse(&text),
                    Err(NameError::ForbiddenCharacter(character)),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn a_map_of_names_is_looked_up_by_text() {
        let ages = HashMap::from([(Username::parse("ana").unwrap(), 20)]);
        assert_eq!(ages.get("ana"), Some(&20));
    }

    #[test]
    fn an_error_names_the_character_without_printing_it() {
        assert_eq!(
            Username::parse("a\u{202E}").unwrap_err().to_string(),
            "it has the character U+202E"
        );
    }
}
