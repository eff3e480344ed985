//! The two dialects, as far as a client of either does the same things in other words.

use dxr::{Fault, Value};
use protocol::classic::texts;
use protocol::reading::{member, members, string};
use protocol::{accounts, classic, fault};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Classic,
    Accounts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Stored,
    /// Nothing was stored, for a reason that a client can have.
    Refused,
}

/// An answer as it came: a value or the server's fault.
pub(crate) type Answer = Result<Value, Fault>;

impl Dialect {
    /// The name under which the binder knows a server of this dialect.
    pub(crate) const fn name_in_binder(self) -> &'static str {
        match self {
            Self::Classic => "create_room",
            Self::Accounts => accounts::SERVICE,
        }
    }

    pub(crate) fn registration(self, name: &str) -> Vec<Value> {
        match self {
            Self::Classic => texts_of(&[name]),
            Self::Accounts => texts_of(&[name, "senha"]),
        }
    }

    /// Reads the answer to `send_message_once`.
    pub(crate) fn sent(self, answer: Answer) -> Result<Sent, String> {
        match (self, answer) {
            (Self::Accounts, Ok(Value::Nil)) => Ok(Sent::Stored),
            (Self::Accounts, Err(fault)) if fault.code() == fault::APPLICATION => Ok(Sent::Refused),
            (Self::Classic, Ok(Value::String(text))) => match text.as_str() {
                texts::MESSAGE_SENT => Ok(Sent::Stored),
                texts::USER_NOT_IN_ROOM | texts::ALONE_IN_ROOM => Ok(Sent::Refused),
                text if text.starts_with("Usuario ") => Ok(Sent::Refused),
                text => Err(format!("a send is answered with '{text}'")),
            },
            (_, answer) => Err(format!("a send is answered with {answer:?}")),
        }
    }

    /// Reads a list of messages: what each says, and the timestamp of the last.
    pub(crate) fn messages(self, list: Value) -> Result<(Vec<String>, Option<String>), String> {
        let refused = |error| format!("not a list of messages: {error}");
        match self {
            Self::Classic => {
                let list = classic::message::Message::list_from_value(list).map_err(refused)?;
                let last = list.last().map(|message| message.timestamp.clone());
                Ok((
                    list.into_iter().map(|message| message.content).collect(),
                    last,
                ))
            }
            Self::Accounts => {
                let list = accounts::message::Message::list_from_value(list).map_err(refused)?;
                Ok((
                    list.into_iter().map(|message| message.message).collect(),
                    None,
                ))
            }
        }
    }

    /// Reads the answer of `wait_messages`: what each message says, and the cursor.
    pub(crate) fn page(self, answer: Value) -> Result<(Vec<String>, String), String> {
        let mut parts = members(answer).map_err(|error| error.to_string())?;
        let mut part = |name| member(&mut parts, name).map_err(|error| error.to_string());
        let (texts, _) = self.messages(part("messages")?)?;
        let cursor = string(part("cursor")?).map_err(|error| error.to_string())?;
        Ok((texts, cursor))
    }
}

pub(crate) fn texts_of(texts: &[&str]) -> Vec<Value> {
    texts
        .iter()
        .map(|text| Value::String((*text).to_owned()))
        .collect()
}
