//! A chat server's procedures as typed calls, the same for both dialects.
//!
//! [`classic`] and [`accounts`] read what the two dialects answer differently; what they share is
//! here. Nothing is repeated and nobody is remembered: that is [`Chat`](super::Chat)'s.

mod accounts;
mod classic;
mod messages;
mod offers;

use std::time::Duration;

use dxr::Value;
use protocol::binder::Endpoint;
use protocol::classic::procedures as classic_procedures;
use protocol::fault;
use protocol::procedure::Procedure;
use protocol::reading::{UnexpectedAnswer, member, members, strings};
use protocol::refusal::Refusal;
use rpc::{CallError, Caller, Observers};

use super::{Dialect, Failure, Identity, Message, PATIENCE, Refused, agent};

pub use offers::Offers;

/// How long the server is asked to wait for a message. Connections that carry nothing for half a
/// minute are cut by some routers, and our server waits no longer than 30 s.
pub const LONGEST_WAIT: Duration = Duration::from_secs(25);

/// A chat server. Cloning it shares the connections; each call has one to itself, so that no call
/// waits for another.
#[derive(Clone, Debug)]
pub struct ChatServer {
    dialect: Dialect,
    endpoint: Endpoint,
    offers: Offers,
    caller: Caller,
    /// Has connections of its own, because a call that waits holds its connection all the time.
    waiter: Caller,
}

/// What joining a room brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Who is in the room.
    pub users: Vec<String>,
    /// The room's last messages, oldest first. An original server hands over those that are private
    /// between others too; they are not in here.
    pub history: Vec<Message>,
    /// Whether the server may have left older messages out.
    pub history_is_cut: bool,
}

/// The most messages in the history that a join brings.
const LONGEST_HISTORY: usize = 50;

/// A message as it is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Who sends.
    pub user: &'a str,
    /// To which room.
    pub room: &'a str,
    /// What.
    pub text: &'a str,
    /// To whom alone; to everybody in the room if nobody.
    pub recipient: Option<&'a str>,
}

impl ChatServer {
    /// The chat server at `endpoint`; nothing is called yet, and it is taken for an original one.
    ///
    /// # Errors
    /// When the system cannot give what an HTTP client needs.
    pub fn at(
        dialect: Dialect,
        endpoint: &Endpoint,
        observers: Observers,
    ) -> Result<Self, CallError> {
        Ok(Self {
            dialect,
            endpoint: endpoint.clone(),
            offers: Offers::default(),
            caller: agent::caller(endpoint, PATIENCE, observers.clone())?,
            waiter: agent::caller(endpoint, LONGEST_WAIT + PATIENCE, observers)?,
        })
    }

    /// The same server, which is known to offer more than an original one.
    #[must_use]
    pub const fn offering(mut self, offers: Offers) -> Self {
        self.offers = offers;
        self
    }

    /// Which dialect it speaks.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where it is.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What it offers beyond the originals.
    #[must_use]
    pub const fn offers(&self) -> Offers {
        self.offers
    }

    /// Takes the name, or in dialect accounts logs in. Gives what the server says to it, if it says
    /// anything.
    ///
    /// # Errors
    /// The server's refusal, or why there is no answer; as with all other calls.
    pub async fn sign_in(&self, identity: &Identity) -> Result<Option<String>, Failure> {
        match self.dialect {
            Dialect::Classic => classic::register(self, &identity.name).await.map(Some),
            Dialect::Accounts => {
                let password = identity.password.as_deref().unwrap_or_default();
                accounts::log_in(self, &identity.name, password).await?;
                Ok(None)
            }
        }
    }

    /// Gives the name back; dialect accounts has nothing like it, since a name is kept there.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn unregister(&self, user: &str) -> Result<(), Failure> {
        match self.dialect {
            Dialect::Classic => classic::unregister(self, user).await,
            Dialect::Accounts => Ok(()),
        }
    }

    /// Creates a room.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn create_room(&self, room: &str) -> Result<(), Failure> {
        match self.dialect {
            Dialect::Classic => classic::create_room(self, room).await,
            Dialect::Accounts => accounts::create_room(self, room).await,
        }
    }

    /// Puts `user` into `room`.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn join_room(&self, user: &str, room: &str) -> Result<Room, Failure> {
        let procedure = &classic_procedures::JOIN_ROOM;
        let answer = self.call(procedure, &[user, room]).await?;
        let answer = self.unless_refused(answer)?;
        let read = |answer| -> Result<_, UnexpectedAnswer> {
            let mut members = members(answer)?;
            let users = strings(member(&mut members, "users")?)?;
            let messages = member(&mut members, "messages")?;
            Ok((users, Message::list_from_value(self.dialect, messages)?))
        };
        let (users, mut history) = self.read(procedure, answer, read)?;
        let history_is_cut = history.len() >= LONGEST_HISTORY;
        history.retain(|message| message.is_for(user));
        Ok(Room {
            users,
            history,
            history_is_cut,
        })
    }

    /// Takes `user` out of `room`.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`]; and when the server does not offer it.
    pub async fn leave_room(&self, user: &str, room: &str) -> Result<(), Failure> {
        match self.dialect {
            Dialect::Classic => classic::leave_room(self, user, room).await,
            Dialect::Accounts => accounts::leave_room(self, user, room).await,
        }
    }

    /// The names of all rooms.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn rooms(&self) -> Result<Vec<String>, Failure> {
        let procedure = &classic_procedures::LIST_ROOMS;
        let answer = self.call(procedure, &[]).await?;
        self.read(procedure, answer, strings)
    }

    /// The names of the users in `room`.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn users(&self, room: &str) -> Result<Vec<String>, Failure> {
        let procedure = &classic_procedures::LIST_USERS;
        let answer = self.call(procedure, &[room]).await?;
        let answer = self.unless_refused(answer)?;
        self.read(procedure, answer, strings)
    }

    /// Calls a procedure with strings. A fault of the chat itself is a refusal.
    async fn call(&self, procedure: &Procedure, parameters: &[&str]) -> Result<Value, Failure> {
        self.call_by(&self.caller, procedure, texts(parameters))
            .await
    }

    async fn call_by(
        &self,
        caller: &Caller,
        procedure: &Procedure,
        parameters: Vec<Value>,
    ) -> Result<Value, Failure> {
        match caller.call(procedure, parameters).await {
            Ok(answer) => Ok(answer),
            Err(CallError::Fault(refusal)) if refusal.code() == fault::APPLICATION => {
                Err(Refused::by_fault(&refusal, self.meaning()).into())
            }
            Err(error) => Err(Failure::unanswered(procedure.name, error)),
        }
    }

    /// The answer, unless it is a text that says why not: one where dialect classic otherwise answers
    /// with data.
    fn unless_refused(&self, answer: Value) -> Result<Value, Failure> {
        match (self.dialect, answer) {
            (Dialect::Classic, Value::String(text)) => {
                Err(Refused::in_words(text, self.meaning()).into())
            }
            (_, answer) => Ok(answer),
        }
    }

    /// Reads the answer's shape.
    fn read<T>(
        &self,
        procedure: &Procedure,
        answer: Value,
        read: impl FnOnce(Value) -> Result<T, UnexpectedAnswer>,
    ) -> Result<T, Failure> {
        read(answer).map_err(|error| {
            let error = CallError::unexpected(self.caller.server(), &error);
            Failure::unanswered(procedure.name, error)
        })
    }

    /// How this dialect's refusals are read.
    const fn meaning(&self) -> fn(&str) -> Refusal {
        match self.dialect {
            Dialect::Classic => Refusal::of_classic,
            Dialect::Accounts => Refusal::of_accounts,
        }
    }

    /// For a procedure that this server does not have.
    fn not_offered(&self, procedure: &Procedure) -> Failure {
        Failure::NotOffered {
            server: self.endpoint.to_string(),
            method: procedure.name,
        }
    }
}

fn texts(parameters: &[&str]) -> Vec<Value> {
    parameters
        .iter()
        .map(|text| Value::String((*text).to_owned()))
        .collect()
}
