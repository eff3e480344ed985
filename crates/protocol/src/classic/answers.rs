//! Answers that are more than one value.

use dxr::Value;

use super::message::Message;
use crate::reading::{UnexpectedAnswer, member, members, string, strings};

/// The answer of `join_room`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinAnswer {
    /// The user is in the room now.
    Joined {
        /// In order of joining, the caller last.
        users: Vec<String>,
        /// The last messages that the caller may see, oldest first.
        messages: Vec<Message>,
    },
    /// The server's text with the reason.
    Refused(String),
}

impl JoinAnswer {
    /// Reads the answer from the wire.
    pub fn from_value(value: Value) -> Result<Self, UnexpectedAnswer> {
        match value {
            Value::String(text) => Ok(Self::Refused(text)),
            value => {
                let mut members = members(value)?;
                Ok(Self::Joined {
                    users: strings(member(&mut members, "users")?)?,
                    messages: Message::list_from_value(member(&mut members, "messages")?)?,
                })
            }
        }
    }
}

/// The answer of `wait_messages`, with the messages of either dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitAnswer<M> {
    /// The messages after the cursor asked with, oldest first.
    pub messages: Vec<M>,
    /// The cursor for the next call, opaque to clients.
    pub cursor: String,
}

impl<M> WaitAnswer<M> {
    /// Reads the answer from the wire, its messages with `list`.
    pub fn from_value(
        value: Value,
        list: impl FnOnce(Value) -> Result<Vec<M>, UnexpectedAnswer>,
    ) -> Result<Self, UnexpectedAnswer> {
        let mut members = members(value)?;
        Ok(Self {
            messages: list(member(&mut members, "messages")?)?,
            cursor: string(member(&mut members, "cursor")?)?,
        })
    }
}
