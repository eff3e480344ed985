//! Messages to the server and from it.

use std::time::Duration;

use dxr::Value;
use protocol::classic::answers::WaitAnswer;
use protocol::classic::procedures as classic_procedures;

use super::{ChatServer, Outgoing, accounts, classic, texts};
use crate::network::{Dialect, Failure, Message};

impl ChatServer {
    /// Sends a message. To be repeated only after a failure that says that nothing was done.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn send(&self, message: Outgoing<'_>) -> Result<(), Failure> {
        match self.dialect {
            Dialect::Classic => classic::send(self, message).await,
            Dialect::Accounts => accounts::send(self, message).await,
        }
    }

    /// Sends a message, or finds out that it was sent before with this `id`. Only for a server that
    /// offers it.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn send_once(&self, message: Outgoing<'_>, id: &str) -> Result<(), Failure> {
        match self.dialect {
            Dialect::Classic => classic::send_once(self, message, id).await,
            Dialect::Accounts => accounts::send_once(self, message, id).await,
        }
    }

    /// The messages of `room` that `user` may see and whose timestamp is after `last_timestamp`. Of
    /// dialect classic alone.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn messages_after(
        &self,
        user: &str,
        room: &str,
        last_timestamp: &str,
    ) -> Result<Vec<Message>, Failure> {
        let procedure = &classic_procedures::RECEIVE_NEW_MESSAGES;
        let answer = self.call(procedure, &[user, room, last_timestamp]).await?;
        self.read(procedure, answer, |answer| {
            Message::list_from_value(self.dialect, answer)
        })
    }

    /// The messages of `room` that `user` may see: all of them at an original server, the newest
    /// thousand at ours.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn messages(&self, user: &str, room: &str) -> Result<Vec<Message>, Failure> {
        let procedure = &classic_procedures::RECEIVE_MESSAGES;
        let answer = self.call(procedure, &[user, room]).await?;
        self.read(procedure, answer, |answer| {
            Message::list_from_value(self.dialect, answer)
        })
    }

    /// Waits for messages of `room` after `cursor`, for at most `patience`. Only for a server that
    /// offers it. Dropping the future ends the wait here and there.
    ///
    /// # Errors
    /// See [`ChatServer::sign_in`].
    pub async fn wait(
        &self,
        user: &str,
        room: &str,
        cursor: &str,
        patience: Duration,
    ) -> Result<WaitAnswer<Message>, Failure> {
        let procedure = &classic_procedures::WAIT_MESSAGES;
        let milliseconds = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
        let mut parameters = texts(&[user, room, cursor]);
        parameters.push(Value::Integer(milliseconds));
        let answer = self.call_by(&self.waiter, procedure, parameters).await?;
        self.read(procedure, answer, |answer| {
            WaitAnswer::from_value(answer, |messages| {
                Message::list_from_value(self.dialect, messages)
            })
        })
    }
}
