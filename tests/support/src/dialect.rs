//! The two dialects, as far as a client of either does the same things in other words.

use dxr::{Fault, Value};
use protocol::classic::texts;
use protocol::reading::{member, members, string};
use protocol::{accounts, classic, fault};

/// The dialect of a client and of the server's port that it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A user is a name.
    Classic,
    /// Users log in with a password.
    Accounts,
}

/// A message as a reader is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub text: String,
    /// In dialect classic.
    pub timestamp: Option<String>,
}

impl Dialect {
    /// The name under which the binder knows a server of this dialect.
    pub const fn name_in_binder(self) -> &'static str {
        match self {
            Self::Classic => "create_room",
            Self::Accounts => accounts::SERVICE,
        }
    }

    /// The parameters that register a user, with its [`password`] where it needs one.
    pub fn registration(self, name: &str) -> Vec<String> {
        match self {
            Self::Classic => vec![name.to_owned()],
            Self::Accounts => vec![name.to_owned(), password(name)],
        }
    }

    /// Reads the answer to a send: whether the message was stored, or refused for a reason that a client can have.
    pub fn sent(self, answer: &Result<Value, Fault>) -> Result<bool, String> {
        match (self, answer) {
            (Self::Accounts, Ok(Value::Nil)) => Ok(true),
            (Self::Accounts, Err(fault)) if fault.code() == fault::APPLICATION => Ok(false),
            (Self::Classic, Ok(Value::String(text))) => match text.as_str() {
                texts::MESSAGE_SENT => Ok(true),
                texts::USER_NOT_IN_ROOM | texts::ALONE_IN_ROOM => Ok(false),
                text if text.starts_with("Usuario ") => Ok(false),
                text => Err(format!("a send is answered with '{text}'")),
            },
            (_, answer) => Err(format!("a send is answered with {answer:?}")),
        }
    }

    pub fn messages(self, list: Value) -> Result<Vec<Shown>, String> {
        let refused = |error| format!("not a list of messages: {error}");
        let shown = |text, timestamp| Shown { text, timestamp };
        Ok(match self {
            Self::Classic => classic::message::Message::list_from_value(list)
                .map_err(refused)?
                .into_iter()
                .map(|message| shown(message.content, Some(message.timestamp)))
                .collect(),
            Self::Accounts => accounts::message::Message::list_from_value(list)
                .map_err(refused)?
                .into_iter()
                .map(|message| shown(message.message, None))
                .collect(),
        })
    }

    /// Reads the answer of `wait_messages`: the messages, and the cursor.
    pub fn page(self, answer: Value) -> Result<(Vec<Shown>, String), String> {
        let mut parts = members(answer).map_err(|error| error.to_string())?;
        let mut part = |name| member(&mut parts, name).map_err(|error| error.to_string());
        let messages = self.messages(part("messages")?)?;
        let cursor = string(part("cursor")?).map_err(|error| error.to_string())?;
        Ok((messages, cursor))
    }
}

pub fn password(name: &str) -> String {
    format!("senha de {name}")
}
