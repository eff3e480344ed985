//! The names of users and rooms: once parsed, they can be typed, listed and distinguished.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::characters;

/// How many characters a name may have; enough for a full name, and it still fits a terminal's line.
pub const NAME_MAX_CHARACTERS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("it is empty")]
    Empty,
    /// It has more characters than a name may have.
    #[error("it has more than {max} characters")]
    TooLong { max: usize },
    /// It has a character that is invisible, moves the text around it, or that XML cannot carry.
    #[error("it has the character U+{:04X}", u32::from(*.0))]
    ForbiddenCharacter(char),
    #[error("it begins or ends with a space")]
    SurroundingSpace,
}

// Both are read back from the log without being checked again: a name was valid when its command was
// accepted, and a later, stricter rule must not make an old log unreadable.

/// The name of a user. It belongs to one person at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(Arc<str>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomName(Arc<str>);

/// What both names have in common. They stay two types, so that one is never taken for the other.
macro_rules! name {
    ($name:ident) => {
        impl $name {
            /// Takes a text as a name, in the form of [`normalized`]: 1 to 64 characters, none of
            /// them invisible or a control or bidi character, no white space at either end.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                check(text).map(Self)
            }

            /// The name, normalized.
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

/// A text in the form in which names are kept and compared (NFC of Unicode), so that an `é` is one letter
/// whether it was typed as one character or as two.
pub fn normalized(text: &str) -> Cow<'_, str> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The text as a name.
fn check(text: &str) -> Result<Arc<str>, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    // One character more than allowed says that it is too long, however much follows. ASCII is normalized, and most
    // names are of it: to normalize them was a tenth of the cost of sending a message, by a profile.
    let text = if text.is_ascii() {
        Cow::Borrowed(text.get(..=NAME_MAX_CHARACTERS).unwrap_or(text))
    } else {
        Cow::Owned(text.nfc().take(NAME_MAX_CHARACTERS + 1).collect::<String>())
    };
    if text.chars().nth(NAME_MAX_CHARACTERS).is_some() {
        return Err(NameError::TooLong {
            max: NAME_MAX_CHARACTERS,
        });
    }
    if let Some(character) = characters::forbidden_in(&text) {
        return Err(NameError::ForbiddenCharacter(character));
    }
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(NameError::SurroundingSpace);
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

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
    fn a_letter_is_one_however_it_was_typed() {
        let typed = ["Jos\u{E9}", "Jose\u{301}"].map(|text| Username::parse(text).unwrap());
        assert_eq!(typed[0], typed[1]);
        assert_eq!(typed[1].as_str(), "Jos\u{E9}");
        // Sixty-four letters, each of two characters.
        let longest = "e\u{301}".repeat(64);
        assert_eq!(
            RoomName::parse(&longest).unwrap().as_str(),
            "\u{E9}".repeat(64)
        );
        assert!(RoomName::parse(&"e\u{301}".repeat(65)).is_err());
        assert_eq!(normalized("Jose\u{301} "), "Jos\u{E9} ");
    }

    /// Texts of letters, marks, joiners and what shows nothing.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec!['a', 'e', 'o', '1', ' ', 'é', 'ñ', '李', '한', '❤', '👩']),
            2 => prop::sample::select(vec!['\u{301}', '\u{327}', '\u{303}', '\u{1161}', '\u{11A8}']),
            1 => prop::sample::select(vec!['\u{200B}', '\u{200D}', '\u{FE0F}', '\u{AD}', '\u{3164}']),
            1 => any::<char>(),
        ];
        prop::collection::vec(piece, 0..12).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn every_form_of_a_text_is_the_same_name(text in text()) {
            let forms = [text.clone(), text.nfc().collect(), text.nfd().collect()];
            let names = forms.map(|form| Username::parse(&form));
            prop_assert_eq!(&names[0], &names[1]);
            prop_assert_eq!(&names[0], &names[2]);
            if let Ok(name) = &names[0] {
                prop_assert_eq!(Username::parse(name.as_str()), Ok(name.clone()));
                let map = HashMap::from([(name.clone(), ())]);
                prop_assert!(map.contains_key(&*normalized(&text)));
            }
        }

        #[test]
        fn no_name_becomes_another_by_what_shows_nothing(
            name in "[a-zé]{1,9}",
            place in 0_usize..9,
            hidden in prop::sample::select(
                "\u{200B}\u{200C}\u{200D}\u{AD}\u{2060}\u{FEFF}\u{34F}\u{180E}\u{206A}\u{3164}\u{115F}\
                 \u{1160}\u{FFA0}\u{E0041}\u{FE0E}\u{FE0F}\u{E0101}".chars().collect::<Vec<_>>(),
            ),
        ) {
            let mut characters: Vec<char> = name.chars().collect();
            characters.insert(place.min(characters.len()), hidden);
            let text = String::from_iter(characters);
            prop_assert_eq!(Username::parse(&text), Err(NameError::ForbiddenCharacter(hidden)));
            prop_assert!(RoomName::parse(&text).is_err());
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
