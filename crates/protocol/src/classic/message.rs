//! A message as dialect *classic* carries it.

use dxr::Value;

use crate::reading::{
    UnexpectedAnswer, array, member, members, optional_string, string, string_or_nil, structure,
    unexpected,
};

/// The scope of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The room.
    Broadcast,
    /// One user of the room.
    Unicast,
}

impl Delivery {
    /// The struct's member `type`, in both dialects.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Unicast => "unicast",
        }
    }

    /// Reads the struct's member `type`.
    pub fn from_value(value: Value) -> Result<Self, UnexpectedAnswer> {
        match value {
            Value::String(name) if name == Self::Broadcast.name() => Ok(Self::Broadcast),
            Value::String(name) if name == Self::Unicast.name() => Ok(Self::Unicast),
            other => Err(unexpected("broadcast or unicast", &other)),
        }
    }
}

/// A message of dialect *classic*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whether it went to the room or to one user.
    pub delivery: Delivery,
    /// Who sent it.
    pub origin: String,
    /// The recipient as given by the sender: a name, `""`, or nothing.
    pub destination: Option<String>,
    /// What it says.
    pub content: String,
    /// The server's local time: `YYYY-MM-DD HH:MM:SS`, with a fraction when it was not the first
    /// message of its second, or a guest joined in that second.
    pub timestamp: String,
}

impl Message {
    /// The members of the struct on the wire, in the original's order.
    pub fn members(&self) -> [(&'static str, Value); 5] {
        [
            ("type", string_or_nil(Some(self.delivery.name()))),
            ("origin", string_or_nil(Some(&self.origin))),
            ("destination", string_or_nil(self.destination.as_deref())),
            ("content", string_or_nil(Some(&self.content))),
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
            origin: string(member(&mut members, "origin")?)?,
            destination: optional_string(member(&mut members, "destination")?)?,
            content: string(member(&mut members, "content")?)?,
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
    fn a_message_survives_the_wire_with_each_kind_of_destination() {
        for destination in [None, Some(String::new()), Some("bia".to_owned())] {
            let message = Message {
                delivery: Delivery::Unicast,
                origin: "ana".into(),
                destination,
                content: "olá <você> & cia.".into(),
                timestamp: "2024-05-01 10:00:00".into(),
            };
            assert_eq!(Message::from_value(message.to_value()), Ok(message));
        }
    }

    #[test]
    fn a_struct_without_content_is_no_message() {
        let value = structure([("type", Value::String("broadcast".into()))]);
        assert!(Message::from_value(value).is_err());
    }
}
