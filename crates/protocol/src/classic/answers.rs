//! Answers of dialect *classic* that are either data or a text that says why not.

use dxr::Value;

use super::message::Message;
use crate::reading::{UnexpectedAnswer, member, members, string, strings};

/// What `join_room` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinAnswer {
    /// The user is in the room now.
    Joined {
        /// Everybody in the room in order of joining, the caller last.
        users: Vec<String>,
        /// The last messages that the caller may see, oldest first.
        messages: Vec<Message>,
    },
    /// The server's text that says why not.
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

/// What `wait_messages` answers, with the messages of either dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitAnswer<M> {
    /// The messages after the cursor asked with, oldest first.
    pub messages: Vec<M>,
    /// What to ask with next. Only its server knows what it means.
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
