//! Messages, users and dialects: what both dialects have in common.

use std::fmt;
use std::time::Duration;

use dxr::Value;
use protocol::classic::message::Delivery;
use protocol::classic::procedures::{LEAVE_ROOM, SEND_MESSAGE_ONCE, WAIT_MESSAGES};
use protocol::procedure::Procedure;
use protocol::reading::{UnexpectedAnswer, array};
use protocol::{accounts, classic};
use unicode_normalization::UnicodeNormalization as _;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    pub origin: String,
    /// `None` for a message to the room.
    pub recipient: Option<String>,
    pub text: String,
    /// When the server took it, as the server writes it: `YYYY-MM-DD HH:MM:SS`, perhaps with a fraction,
    /// in dialect classic, `HH:MM` in dialect accounts.
    pub timestamp: String,
}

impl Message {
    pub const fn is_private(&self) -> bool {
        self.recipient.is_some()
    }

    /// Whether `user` may see it. A server says so too, except that an original sends all private
    /// messages to a user who joins.
    pub fn is_for(&self, user: &str) -> bool {
        self.recipient.as_deref().is_none_or(|name| name == user)
    }

    /// Reads the messages of an answer, as far as they can be read.
    ///
    /// An original server stores whatever it is sent, a number as a text among it. One such message
    /// must not keep all later ones from being received.
    pub(super) fn list_from_value(
        dialect: Dialect,
        answer: Value,
    ) -> Result<Vec<Self>, UnexpectedAnswer> {
        let read = |value| match dialect {
            Dialect::Classic => classic::Message::from_value(value).map(Self::from),
            Dialect::Accounts => accounts::Message::from_value(value).map(Self::from),
        };
        let messages = array(answer)?.into_iter().filter_map(|value| {
            read(value)
                .inspect_err(
                    |error| tracing::warn!(%error, "a message that cannot be read is left out"),
                )
                .ok()
        });
        Ok(messages.collect())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub users: Vec<String>,
    /// The last messages, oldest first. An original server includes private messages between others;
    /// they are removed.
    pub history: Vec<Message>,
    /// Whether the server may have omitted older messages.
    pub history_is_cut: bool,
}

/// A message to send; without a recipient it is for everybody in the room.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub user: &'a str,
    pub room: &'a str,
    pub text: &'a str,
    pub recipient: Option<&'a str>,
}

/// The extensions that a server has announced. Others are never called: an original server answers
/// one call at a time, and a call that waits would block all its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// `leave_room` in dialect classic; dialect accounts always has it.
    pub leaving: bool,
    pub sending_once: bool,
    pub waiting: bool,
}

impl Offers {
    pub const PROCEDURES: [&'static str; 3] =
        [LEAVE_ROOM.name, SEND_MESSAGE_ONCE.name, WAIT_MESSAGES.name];

    /// The offers of a server that has the procedures with these names.
    pub fn of_named(names: &[String]) -> Self {
        let has = |procedure: &Procedure| names.iter().any(|name| name == procedure.name);
        Self {
            leaving: has(&LEAVE_ROOM),
            sending_once: has(&SEND_MESSAGE_ONCE),
            waiting: has(&WAIT_MESSAGES),
        }
    }
}

/// Removes one item that equals this one, if there is one. Messages may be identical, so each message
/// received accounts for one of them.
pub(crate) fn take_one<T: PartialEq>(items: &mut Vec<T>, item: &T) -> bool {
    let index = items.iter().position(|other| other == item);
    if let Some(index) = index {
        items.remove(index);
    }
    index.is_some()
}

/// How many bytes of a text are shown: four times what our server takes. An original server takes any.
const SHOWN_AT_MOST: usize = 64 << 10;

fn beginning(mut text: String) -> String {
    if text.len() > SHOWN_AT_MOST {
        let mut ends = (0..=SHOWN_AT_MOST).rev();
        let end = ends.find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let left_out = text.len() - end;
        text.truncate(end);
        text.push_str(&format!(" … (+{left_out} bytes)"));
    }
    text
}

impl From<classic::Message> for Message {
    fn from(message: classic::Message) -> Self {
        Self {
            recipient: match message.delivery {
                Delivery::Broadcast => None,
                Delivery::Unicast => Some(message.destination.unwrap_or_default()),
            },
            origin: message.origin,
            text: beginning(message.content),
            timestamp: message.timestamp,
        }
    }
}

impl From<accounts::Message> for Message {
    fn from(message: accounts::Message) -> Self {
        Self {
            recipient: match message.delivery {
                Delivery::Broadcast => None,
                Delivery::Unicast => Some(message.to.unwrap_or_default()),
            },
            origin: message.from,
            text: beginning(message.message),
            timestamp: message.timestamp,
        }
    }
}

/// A user's name, with the password that proves it in dialect accounts.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name, in NFC: our server keeps names in that form, and the client compares it with the senders of
    /// messages and the users of a room.
    pub name: String,
    /// The password; none in dialect classic. It is kept as long as the user is signed in, because a
    /// server that was restarted asks for it again.
    pub password: Option<String>,
}

impl Identity {
    pub fn guest(name: &str) -> Self {
        Self {
            name: name.nfc().collect(),
            password: None,
        }
    }

    pub fn account(name: &str, password: &str) -> Self {
        Self {
            name: name.nfc().collect(),
            password: Some(password.to_owned()),
        }
    }
}

impl fmt::Debug for Identity {
    /// Without the password, which must not reach a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A user is a name, and is in one room at a time.
    Classic,
    /// Users have passwords, and may be in several rooms.
    Accounts,
}

impl Dialect {
    /// The name under which the binder knows where a server of this dialect is.
    pub const fn service(self) -> &'static str {
        match self {
            Self::Classic => classic::procedures::CREATE_ROOM.name,
            Self::Accounts => accounts::SERVICE,
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Classic => Self::Accounts,
            Self::Accounts => Self::Classic,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiving {
    /// As soon as they are there, where the server offers it; else by polling as often as the original
    /// client of the dialect does.
    AtOnce,
    Every(Duration),
}

impl Dialect {
    pub const fn polls_every(self) -> Duration {
        match self {
            Self::Classic => Duration::from_secs(2),
            Self::Accounts => Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_cannot_be_read_does_not_hide_the_others() {
        let message = accounts::Message {
            delivery: Delivery::Unicast,
            from: "bia".into(),
            to: Some("ana".into()),
            message: "oi".into(),
            timestamp: "07:05".into(),
        };
        let answer = Value::Array(vec![
            message.to_value(),
            Value::Integer(42),
            message.to_value(),
        ]);
        let message = Message {
            origin: "bia".into(),
            recipient: Some("ana".into()),
            text: "oi".into(),
            timestamp: "07:05".into(),
        };
        assert_eq!(
            Message::list_from_value(Dialect::Accounts, answer),
            Ok(vec![message.clone(), message])
        );
        let text = Value::String("Formato inválido.".into());
        assert!(Message::list_from_value(Dialect::Classic, text).is_err());
    }

    #[test]
    fn what_is_for_one_user_is_not_for_others() {
        let mut message = Message::from(classic::Message {
            delivery: Delivery::Broadcast,
            origin: "bia".into(),
            destination: Some(String::new()),
            content: "oi".into(),
            timestamp: "2025-03-09 07:05:01".into(),
        });
        assert!(!message.is_private() && message.is_for("ana"));
        message.recipient = Some("ana".into());
        assert!(message.is_private() && message.is_for("ana") && !message.is_for("rui"));
    }

    #[test]
    fn a_name_is_the_same_however_its_accents_were_typed() {
        assert_eq!(Identity::guest("Jose\u{301}").name, "Jos\u{e9}");
        let account = Identity::account("Jose\u{301}", "e\u{301}");
        assert_eq!(account.name, "Jos\u{e9}");
        // A password is compared byte for byte.
        assert_eq!(account.password.as_deref(), Some("e\u{301}"));
    }

    #[test]
    fn of_an_endless_text_the_beginning_is_shown() {
        let longest = "é".repeat(SHOWN_AT_MOST / 2);
        assert_eq!(beginning(longest.clone()), longest);
        let cut = beginning(format!("x{longest}"));
        assert!(cut.ends_with("é … (+2 bytes)"));
        assert!(cut.len() < SHOWN_AT_MOST + 32);
    }
}
