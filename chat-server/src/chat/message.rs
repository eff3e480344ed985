//! A message as it is kept and shared.

use std::fmt;
use std::sync::OnceLock;

use super::names::{Username, normalized};
use super::text::MessageText;
use super::timestamp::Timestamp;
use super::user::PersonId;

/// What a message takes besides its text: its struct, its places in the lists, the tags and names of
/// its forms, and what the allocator makes of so many small pieces.
const BESIDES_TEXT: usize = 2 << 10;

/// How many [`Form`]s there are.
const FORMS: usize = 2;

/// A message of a room. It never changes once sent, so readers share it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number among all messages of the chat, increasing from 1.
    pub sequence: u64,
    /// When it was sent, strictly later than the message before it in its room.
    pub timestamp: Timestamp,
    /// Who sent it.
    pub origin: Username,
    /// For whom, as the sender gave it.
    pub recipient: Recipient,
    /// The person who may read it, `None` for everybody.
    pub to: Option<PersonId>,
    /// What it says.
    pub text: MessageText,
    /// What readers have made of it; no part of the message.
    pub rendered: Rendered,
}

impl Message {
    /// About how many bytes of memory it takes once it was read in every form. It follows from the
    /// message alone, so that it is the same wherever the same was sent.
    pub(super) fn weight(&self) -> usize {
        BESIDES_TEXT + self.text.as_str().len() + FORMS * self.text.written_length()
    }
}

/// What became of a message: all that is worth knowing about it once it may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its number among all messages of the chat.
    pub sequence: u64,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// The person who may read it, `None` for everybody.
    pub to: Option<PersonId>,
}

/// For whom a message is, as the sender gave it. Readers are shown the same, so the two ways of naming
/// nobody are kept apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// Not given: for everybody in the room.
    Absent,
    /// Given as an empty text: for everybody in the room.
    Empty,
    /// For the user who has this name in the room. It is normalized.
    Named(String),
}

impl From<Option<String>> for Recipient {
    fn from(given: Option<String>) -> Recipient {
        match given {
            None => Recipient::Absent,
            Some(name) if name.is_empty() => Recipient::Empty,
            Some(name) => Recipient::Named(normalized(&name).into_owned()),
        }
    }
}

/// The forms in which a message can be kept rendered. The chat does not know what they are for, only
/// how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One of them.
    First,
    /// The other.
    Second,
}

/// What readers made of a message, each form made once and shared by all who read it afterwards:
/// encoding is most of what a poll costs, and a message is read far more often than it is sent.
///
/// It is derived from the message and no part of the chat's state, so any two are equal.
#[derive(Default)]
pub struct Rendered {
    first: OnceLock<Box<[u8]>>,
    second: OnceLock<Box<[u8]>>,
}

impl Rendered {
    /// The bytes kept for `form`, made by `make` if there are none yet.
    ///
    /// Whoever calls uses a form always for the same thing: what was made first stays.
    pub fn get_or_make(&self, form: Form, make: impl FnOnce() -> Box<[u8]>) -> &[u8] {
        match form {
            Form::First => self.first.get_or_init(make),
            Form::Second => self.second.get_or_init(make),
        }
    }
}

impl PartialEq for Rendered {
    fn eq(&self, _: &Rendered) -> bool {
        true
    }
}

impl Eq for Rendered {}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rendered")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_made_once() {
        let rendered = Rendered::default();
        let bytes = |text: &str| text.as_bytes().into();
        assert_eq!(rendered.get_or_make(Form::First, || bytes("a")), b"a");
        assert_eq!(rendered.get_or_make(Form::Second, || bytes("b")), b"b");
        let again = rendered.get_or_make(Form::First, || unreachable!("it is there already"));
        assert_eq!(again, b"a");
    }

    #[test]
    fn a_recipient_is_absent_empty_or_named() {
        assert_eq!(Recipient::from(None), Recipient::Absent);
        assert_eq!(Recipient::from(Some(String::new())), Recipient::Empty);
        assert_eq!(
            Recipient::from(Some("bia".to_owned())),
            Recipient::Named("bia".to_owned())
        );
        assert_eq!(
            Recipient::from(Some("Jose\u{301}".to_owned())),
            Recipient::Named("Jos\u{E9}".to_owned())
        );
    }
}
