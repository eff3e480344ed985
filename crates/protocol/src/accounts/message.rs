//! A message as dialect *accounts* carries it.

use dxr::Value;

use crate::classic::message::Delivery;
use crate::reading::{
    UnexpectedAnswer, array, member, members, optional_string, string, string_or_nil, structure,
};

/// A message of dialect *accounts*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whether it went to the room or to one user.
    pub delivery: Delivery,
    /// Who sent it.
    pub from: String,
    /// The recipient, if it did not go to the room.
    pub to: Option<String>,
    /// What it says.
    pub message: String,
    /// The server's local time, `HH:MM`.
    pub timestamp: String,
}

impl Message {
    /// The members of the struct on the wire, in the original's order.
    pub fn members(&self) -> [(&'static str, Value); 5] {
        [
            ("type", string_or_nil(Some(self.delivery.name()))),
            ("from", string_or_nil(Some(&self.from))),
            ("to", string_or_nil(self.to.as_deref())),
            ("message", string_or_nil(Some(&self.message))),
            ("timestamp", string_or_nil(Some(&self.timestamp))),
        ]
    }

    /// The message as a struct, which does not keep the order.
    pub fn to_value(&self) -> Value {
        structure(self.members())
    }

    /// Reads the struct from the wire.
    pub fn from_value(value: Value) -> Result<Self, UnexpectedAnswer> {
        let mut members = members(value)?;
        Ok(Self {
            delivery: Delivery::from_value(member(&mut members, "type")?)?,
            from: string(member(&mut members, "from")?)?,
            to: optional_string(member(&mut members, "to")?)?,
            message: string(member(&mut members, "message")?)?,
            timestamp: string(member(&mut members, "timestamp")?)?,
        })
    }

    /// Reads a list of these structs.
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
