//! A message, whichever dialect brought it.

use dxr::Value;
use protocol::classic::message::Delivery;
use protocol::reading::{UnexpectedAnswer, array};
use protocol::{accounts, classic};

use super::Dialect;

/// A message of a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Who sent it.
    pub origin: String,
    /// The one user it is for; nobody when it is for the room.
    pub recipient: Option<String>,
    /// What it says.
    pub text: String,
    /// When the server took it, as the server writes it: `YYYY-MM-DD HH:MM:SS`, perhaps with a fraction,
    /// in dialect classic, `HH:MM` in dialect accounts.
    pub timestamp: String,
}

impl Message {
    /// Whether it is for one user alone.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.recipient.is_some()
    }

    /// Whether `user` may see it. A server says so too, except that an original hands everybody's
    /// private messages to whoever joins.
    #[must_use]
    pub fn is_for(&self, user: &str) -> bool {
        self.recipient.as_deref().is_none_or(|name| name == user)
    }

    /// Reads the messages of an answer, as far as they can be read.
    ///
    /// An original server stores whatever it is sent, a number as a text among it. One such message
    /// must not keep all later ones from being received.
    ///
    /// # Errors
    /// When the answer is no list.
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

impl From<classic::Message> for Message {
    fn from(message: classic::Message) -> Self {
        Self {
            recipient: match message.delivery {
                Delivery::Broadcast => None,
                Delivery::Unicast => Some(message.destination.unwrap_or_default()),
            },
            origin: message.origin,
            text: message.content,
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
            text: message.message,
            timestamp: message.timestamp,
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
    fn what_is_for_one_user_is_for_nobody_else() {
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
}
