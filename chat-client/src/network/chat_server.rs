//! A chat server's procedures as typed calls, the same for both dialects.
//!
//! Nothing is repeated and no state is kept here: that is done by [`Chat`](super::Chat).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dxr::Value;
use protocol::accounts::procedures::LOGIN_USER;
use protocol::agent;
use protocol::binder::Endpoint;
use protocol::classic::answers::WaitAnswer;
use protocol::classic::procedures::{
    CREATE_ROOM, JOIN_ROOM, LEAVE_ROOM, LIST_ROOMS, LIST_USERS, RECEIVE_MESSAGES,
    RECEIVE_NEW_MESSAGES, REGISTER_USER, SEND_MESSAGE, SEND_MESSAGE_ONCE, UNREGISTER_USER,
    WAIT_MESSAGES,
};
use protocol::classic::texts;
use protocol::fault;
use protocol::procedure::Procedure;
use protocol::reading::{UnexpectedAnswer, member, members, string, strings};
use protocol::refusal::Refusal;
use rpc::{CallError, Caller, Observers};

use super::failure::{Failure, Refused};
use super::model::{Dialect, Identity, Message, Offers, Outgoing, Room};

/// An original server answers one call at a time, so in a full class room an answer may take seconds.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a call may wait at the server for a message. Some routers cut connections that are idle
/// for half a minute, and our server waits at most 30 s.
pub const LONGEST_WAIT: Duration = Duration::from_secs(25);

/// How long one of several servers of a chat may take to answer a call that only reads. It has the answer in
/// its memory; and when it hangs, the user must be at another server within 8 s.
const SHARED_READ_TIMEOUT: Duration = Duration::from_secs(2);

/// How long it may take for a call that writes. A server that is cut off from etcd refuses after 5 s.
const SHARED_WRITE_TIMEOUT: Duration = Duration::from_secs(6);

/// How long a call waits for a message at one of several servers. A hanging server is noticed by the call that
/// is not answered.
const SHARED_WAIT: Duration = Duration::from_secs(2);

/// The most messages in an answer of our server.
pub(super) const LONGEST_ANSWER: usize = 1_000;

/// The most messages in the history that a join brings.
const LONGEST_HISTORY: usize = 50;

/// A chat server. Clones share the connections; concurrent calls use separate ones.
#[derive(Clone, Debug)]
pub struct ChatServer {
    dialect: Dialect,
    endpoint: Endpoint,
    offers: Offers,
    /// The chat that it shares with other servers, if there may be any.
    group: Option<Arc<str>>,
    caller: Caller,
    /// For calls that only read.
    reader: Caller,
    /// For calls that wait, each of which occupies a connection for its whole duration.
    waiter: Caller,
}

impl ChatServer {
    /// The chat server at `endpoint`, without extensions; nothing is called yet.
    pub fn at(
        dialect: Dialect,
        endpoint: &Endpoint,
        observers: Observers,
    ) -> Result<Self, CallError> {
        let caller_of_all = caller(endpoint, CALL_TIMEOUT, observers.clone())?;
        Ok(Self {
            dialect,
            endpoint: endpoint.clone(),
            offers: Offers::default(),
            group: None,
            reader: caller_of_all.clone(),
            caller: caller_of_all,
            waiter: caller(endpoint, LONGEST_WAIT + CALL_TIMEOUT, observers)?,
        })
    }

    pub const fn offering(mut self, offers: Offers) -> Self {
        self.offers = offers;
        self
    }

    /// The same server as one of those that share the chat of this group: it is waited for less long, because
    /// there are others.
    pub fn sharing(mut self, group: Option<String>) -> Self {
        let Some(group) = group else {
            return self;
        };
        self.group = Some(group.into());
        self.caller = self.caller.with_timeout(SHARED_WRITE_TIMEOUT);
        self.reader = self.reader.with_timeout(SHARED_READ_TIMEOUT);
        self.waiter = self.waiter.with_timeout(SHARED_WAIT + SHARED_READ_TIMEOUT);
        self
    }

    /// Whether the binder says that the chat has several servers.
    pub const fn is_shared(&self) -> bool {
        self.group.is_some()
    }

    /// Whether both are servers of one chat, so that cursors and message identifiers of one are good at the
    /// other.
    pub fn has_chat_of(&self, other: &Self) -> bool {
        self.is_shared() && self.group == other.group
    }

    /// How long a call may wait for a message.
    pub const fn longest_wait(&self) -> Duration {
        match self.group {
            Some(_) => SHARED_WAIT,
            None => LONGEST_WAIT,
        }
    }

    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub const fn offers(&self) -> Offers {
        self.offers
    }

    /// Takes the name, or in dialect accounts logs in. Returns the server's welcome, if it sends one.
    pub async fn sign_in(&self, identity: &Identity) -> Result<Option<String>, Failure> {
        let user = &identity.name;
        match self.dialect {
            // Any answer is a welcome: a name that is not available is a fault.
            Dialect::Classic => {
                let welcome = self.call(&REGISTER_USER, &[user]).await?;
                self.read(&REGISTER_USER, welcome, string).map(Some)
            }
            Dialect::Accounts => {
                let password = identity.password.as_deref().unwrap_or_default();
                self.call(&LOGIN_USER, &[user, password]).await?;
                Ok(None)
            }
        }
    }

    /// Gives the name back. Dialect accounts keeps names, so nothing is called there.
    pub async fn unregister(&self, user: &str) -> Result<(), Failure> {
        match self.dialect {
            Dialect::Classic => {
                let success = texts::USER_UNREGISTERED;
                self.perform(&UNREGISTER_USER, &[user], success).await
            }
            Dialect::Accounts => Ok(()),
        }
    }

    pub async fn create_room(&self, room: &str) -> Result<(), Failure> {
        let success = &texts::room_created(room);
        self.perform(&CREATE_ROOM, &[room], success).await
    }

    pub async fn join_room(&self, user: &str, room: &str) -> Result<Room, Failure> {
        let answer = self.call(&JOIN_ROOM, &[user, room]).await?;
        let answer = self.unless_refused(answer)?;
        let read = |answer| -> Result<_, UnexpectedAnswer> {
            let mut members = members(answer)?;
            let users = strings(member(&mut members, "users")?)?;
            let messages = member(&mut members, "messages")?;
            Ok((users, Message::list_from_value(self.dialect, messages)?))
        };
        let (users, mut history) = self.read(&JOIN_ROOM, answer, read)?;
        let history_is_cut = history.len() >= LONGEST_HISTORY;
        history.retain(|message| message.is_for(user));
        Ok(Room {
            users,
            history,
            history_is_cut,
        })
    }

    /// Fails with [`Failure::NotOffered`] if the server has no such procedure.
    pub async fn leave_room(&self, user: &str, room: &str) -> Result<(), Failure> {
        if self.dialect == Dialect::Classic && !self.offers.leaving {
            return Err(Failure::NotOffered {
                server: self.endpoint.to_string(),
                method: LEAVE_ROOM.name,
            });
        }
        let success = &texts::room_left(room);
        self.perform(&LEAVE_ROOM, &[room, user], success).await
    }

    pub async fn rooms(&self) -> Result<Vec<String>, Failure> {
        let answer = self.call(&LIST_ROOMS, &[]).await?;
        self.read(&LIST_ROOMS, answer, strings)
    }

    pub async fn users(&self, room: &str) -> Result<Vec<String>, Failure> {
        let answer = self.call(&LIST_USERS, &[room]).await?;
        let answer = self.unless_refused(answer)?;
        self.read(&LIST_USERS, answer, strings)
    }

    /// Sends a message. To be repeated only after a failure that certainly had no effect.
    pub async fn send(&self, message: Outgoing<'_>) -> Result<(), Failure> {
        let mut parameters = vec![message.user, message.room, message.text];
        match self.dialect {
            // An original client cannot send nil: the recipient is empty here, and omitted there.
            Dialect::Classic => parameters.push(message.recipient.unwrap_or_default()),
            Dialect::Accounts => parameters.extend(message.recipient),
        }
        self.perform(&SEND_MESSAGE, &parameters, texts::MESSAGE_SENT)
            .await
    }

    /// Sends a message unless it was sent before with this `id`. Only for a server that offers it.
    pub async fn send_once(&self, message: Outgoing<'_>, id: &str) -> Result<(), Failure> {
        let recipient = message.recipient.unwrap_or_default();
        let parameters = [message.user, message.room, message.text, recipient, id];
        self.perform(&SEND_MESSAGE_ONCE, &parameters, texts::MESSAGE_SENT)
            .await
    }

    /// The messages that `user` may see after a timestamp. Dialect classic only.
    pub async fn messages_after(
        &self,
        user: &str,
        room: &str,
        last_timestamp: &str,
    ) -> Result<Vec<Message>, Failure> {
        self.list_messages(&RECEIVE_NEW_MESSAGES, &[user, room, last_timestamp])
            .await
    }

    /// The messages that `user` may see: all of them at an original server, the newest thousand at
    /// ours.
    pub async fn messages(&self, user: &str, room: &str) -> Result<Vec<Message>, Failure> {
        self.list_messages(&RECEIVE_MESSAGES, &[user, room]).await
    }

    async fn list_messages(
        &self,
        procedure: &'static Procedure,
        parameters: &[&str],
    ) -> Result<Vec<Message>, Failure> {
        let answer = self.call(procedure, parameters).await?;
        self.read(procedure, answer, |answer| {
            Message::list_from_value(self.dialect, answer)
        })
    }

    /// Waits at the server for messages after `cursor`. Only for a server that offers it. Dropping
    /// the future ends the wait on both sides.
    pub async fn wait(
        &self,
        user: &str,
        room: &str,
        cursor: &str,
        timeout: Duration,
    ) -> Result<WaitAnswer<Message>, Failure> {
        let milliseconds = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        let mut parameters = values(&[user, room, cursor]);
        parameters.push(Value::Integer(milliseconds));
        let answer = self
            .call_by(&self.waiter, &WAIT_MESSAGES, parameters)
            .await?;
        self.read(&WAIT_MESSAGES, answer, |answer| {
            WaitAnswer::from_value(answer, |messages| {
                Message::list_from_value(self.dialect, messages)
            })
        })
    }

    /// Calls a procedure that returns no data. Dialect classic answers with the text `success` or with
    /// a refusal; in dialect accounts a refusal is a fault, and any answer means success.
    async fn perform(
        &self,
        procedure: &'static Procedure,
        parameters: &[&str],
        success: &str,
    ) -> Result<(), Failure> {
        let answer = self.call(procedure, parameters).await?;
        if self.dialect == Dialect::Accounts {
            return Ok(());
        }
        let text = self.read(procedure, answer, string)?;
        if text == success {
            Ok(())
        } else {
            Err(Refused::in_words(text, self.meaning()).into())
        }
    }

    /// Calls a procedure with strings. An application fault is a refusal.
    async fn call(
        &self,
        procedure: &'static Procedure,
        parameters: &[&str],
    ) -> Result<Value, Failure> {
        let caller = if procedure.changes_nothing {
            &self.reader
        } else {
            &self.caller
        };
        self.call_by(caller, procedure, values(parameters)).await
    }

    async fn call_by(
        &self,
        caller: &Caller,
        procedure: &'static Procedure,
        parameters: Vec<Value>,
    ) -> Result<Value, Failure> {
        match caller.call(procedure, parameters).await {
            Ok(answer) => Ok(answer),
            Err(CallError::Fault(refusal)) if refusal.code() == fault::APPLICATION => {
                Err(Refused::by_fault(&refusal, self.meaning()).into())
            }
            Err(error) => Err(Failure::unanswered(procedure, error)),
        }
    }

    /// Dialect classic refuses with a text where it otherwise answers with data.
    fn unless_refused(&self, answer: Value) -> Result<Value, Failure> {
        match (self.dialect, answer) {
            (Dialect::Classic, Value::String(text)) => {
                Err(Refused::in_words(text, self.meaning()).into())
            }
            (_, answer) => Ok(answer),
        }
    }

    fn read<T>(
        &self,
        procedure: &'static Procedure,
        answer: Value,
        read: impl FnOnce(Value) -> Result<T, UnexpectedAnswer>,
    ) -> Result<T, Failure> {
        read(answer).map_err(|error| {
            let error = CallError::unexpected(self.caller.server(), &error);
            Failure::unanswered(procedure, error)
        })
    }

    /// How this dialect's refusals are read.
    const fn meaning(&self) -> fn(&str) -> Refusal {
        match self.dialect {
            Dialect::Classic => Refusal::of_classic,
            Dialect::Accounts => Refusal::of_accounts,
        }
    }
}

fn values(parameters: &[&str]) -> Vec<Value> {
    let value = |text: &&str| Value::String((*text).to_owned());
    parameters.iter().map(value).collect()
}

/// This process's `User-Agent`, the same on all its connections, so that an observer of the calls can group
/// them by client. Process numbers repeat, so a random part is added.
pub fn user_agent() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let (process, random) = (std::process::id(), fastrand::u16(..));
        agent::of_client(&format!("{process}-{random:04x}"))
    })
}

/// A caller of the server at `endpoint` with that `User-Agent`.
pub(super) fn caller(
    endpoint: &Endpoint,
    timeout: Duration,
    observers: Observers,
) -> Result<Caller, CallError> {
    Ok(Caller::new(endpoint, timeout, observers)?.named(user_agent()))
}
