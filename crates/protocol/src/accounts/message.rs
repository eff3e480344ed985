//! A message as dialect *accounts* carries it.

use std::collections::BTreeMap;

use dxr::Value;

use crate::classic::message::Delivery;
use crate::reading::{UnexpectedAnswer, array, member, members, string};

/// A message of dialect *accounts*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whether it went to the room or to one user.
    pub delivery: Delivery,
    /// Who sent it.
    pub from: String,
    /// Whom it went to; nobody when it went to the room.
    pub to: Option<String>,
    /// What it says.
    pub message: String,
    /// The server's local time, `HH:MM`.
    pub timestamp: String,
}

impl Message {
    /// The members of the struct that goes over the wire, in the order in which the original sends them.
    #[must_use]
    pub fn members(&self) -> [(&'static str, Value); 5] {
        let text = |text: &str| Value::String(text.to_owned());
        [
            ("type", text(self.delivery.name())),
            ("from", text(&self.from)),
            ("to", self.to.as_deref().map_or(Value::Nil, text)),
            ("message", text(&self.message)),
            ("timestamp", text(&self.timestamp)),
        ]
    }

    /// The message as a struct, whose members have no order.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let members = self.members();
        Value::Struct(BTreeMap::from(
            members.map(|(name, value)| (name.to_owned(), value)),
        ))
    }

    /// Reads a message from the wire.
    ///
    /// # Errors
    /// When a member is missing or of the wrong type.
    pub fn from_value(value: Value) -> Result<Self, UnexpectedAnswer> {
        let mut members = members(value)?;
        Ok(Self {
            delivery: Delivery::from_value(member(&mut members, "type")?)?,
            from: string(member(&mut members, "from")?)?,
            to: match member(&mut members, "to")? {
                Value::Nil => None,
                other => Some(string(other)?),
            },
            message: string(member(&mut members, "message")?)?,
            timestamp: string(member(&mut members, "timestamp")?)?,
        })
    }

    /// Reads a list of messages from the wire.
    ///
    /// # Errors
    /// When it is no list, or something in it is no message.
    pub fn list_from_value(value: Value) -> Result<Vec<Self>, UnexpectedAnswer> {
        array(value)?.into_iter().map(Self::from_value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_wire() {
        for to in [None, Some("bia".to_owned())] {
            let message = Message {
                delivery: Delivery::Broadcast,
                from: "ana".into(),
                to,
                message: "oi".into(),
                timestamp: "10:00".into(),
            };
            assert_eq!(Message::from_value(message.to_value()), Ok(message));
        }
    }
}
