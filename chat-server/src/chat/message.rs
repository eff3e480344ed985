//! A message as it is kept and shared.

use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::identity::{Kind, PersonId};
use super::names::{Username, normalized};
use super::text::MessageText;
use super::timestamp::Timestamp;

/// What a message takes besides its text: its struct, its places in the lists, the tags and names of
/// its forms, and what the allocator makes of so many small pieces.
const BESIDES_TEXT: usize = 2 << 10;

/// Each message is kept encoded in as many forms as there are kinds of users.
const FORMS: usize = 2;

/// A message of a room. It never changes once sent, so readers share it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its number among all messages of the chat, increasing from 1.
    pub sequence: u64,
    /// When it was sent, strictly later than the message before it in its room.
    pub timestamp: Timestamp,
    pub origin: Username,
    /// The address that its memory is charged to, if addresses count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
    /// The recipient, as the sender gave it.
    pub recipient: Recipient,
    /// The person who may read it, `None` for all.
    pub to: Option<PersonId>,
    pub text: MessageText,
    /// The message encoded for its readers; not part of the message.
    #[serde(skip)]
    pub rendered: Rendered,
}

impl Message {
    /// About how many bytes of memory it takes once it was read in every form. It follows from the
    /// message alone, so that it is the same wherever the same was sent.
    pub(super) fn approximate_bytes(&self) -> usize {
        BESIDES_TEXT + self.text.as_str().len() + FORMS * self.text.written_length()
    }
}

/// What is remembered of a stored message once the message itself may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its number among all messages of the chat.
    pub sequence: u64,
    pub timestamp: Timestamp,
    /// The person who may read it, `None` for all.
    pub to: Option<PersonId>,
}

/// What came of [`SendMessage`](super::commands::SendMessage); the refusals are in the order in which they are
/// looked for, and with each of them nothing is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SendMessageOutcome {
    /// The message is stored.
    Sent(Receipt),
    NoSuchRoom,
    /// No user of this name and kind is registered.
    NotRegistered,
    NotInRoom,
    /// The caller is a guest and alone in the room. An account's message is stored even then.
    AloneInRoom,
    /// No member of the room has the recipient's name.
    RecipientNotInRoom {
        name: String,
    },
}

/// The recipient of a message, as the sender gave it. Readers are shown the same, so the two ways of naming
/// none are kept apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Recipient {
    /// Not given: for all in the room.
    Absent,
    /// Given as an empty text: for all in the room.
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

/// The message encoded for each kind of user, once: encoding is most of the cost of a poll, and a message
/// is read far more often than it is sent. The chat does not know what the bytes are.
///
/// It is derived from the message and not part of the chat's state, so any two are equal.
#[derive(Default)]
pub struct Rendered {
    guest: OnceLock<Box<[u8]>>,
    account: OnceLock<Box<[u8]>>,
}

impl Rendered {
    /// The bytes kept for readers of this kind, made by `make` if there are none yet.
    pub fn get_or_make(&self, kind: Kind, make: impl FnOnce() -> Box<[u8]>) -> &[u8] {
        match kind {
            Kind::Guest => self.guest.get_or_init(make),
            Kind::Account => self.account.get_or_init(make),
        }
    }

    /// Whether there are bytes for readers of this kind.
    pub fn is_made(&self, kind: Kind) -> bool {
        match kind {
            Kind::Guest => self.guest.get().is_some(),
            Kind::Account => self.account.get().is_some(),
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
    fn each_kind_is_encoded_once() {
        let rendered = Rendered::default();
        let bytes = |text: &str| text.as_bytes().into();
        assert_eq!(rendered.get_or_make(Kind::Guest, || bytes("a")), b"a");
        assert_eq!(rendered.get_or_make(Kind::Account, || bytes("b")), b"b");
        let again = rendered.get_or_make(Kind::Guest, || unreachable!("it is there already"));
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
