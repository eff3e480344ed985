//! The chat server in dialect *classic*, as typed calls.

use dxr::Value;
use protocol::binder::Endpoint;
use protocol::classic::Message;
use protocol::classic::answers::{JoinAnswer, UsersAnswer};
use protocol::classic::procedures;
use protocol::procedure::Procedure;
use protocol::reading::{UnexpectedAnswer, array, string, strings};
use rpc::{CallError, Caller, Observers};

use super::PATIENCE;

/// A chat server. Cloning it shares the connections; each call has one to itself, so that no call
/// waits for another.
#[derive(Clone, Debug)]
pub struct ChatServer {
    caller: Caller,
}

impl ChatServer {
    /// The chat server at `endpoint`; nothing is called yet.
    ///
    /// # Errors
    /// When the system cannot give what an HTTP client needs.
    pub fn at(endpoint: &Endpoint, observers: Observers) -> Result<Self, CallError> {
        Ok(Self {
            caller: Caller::new(endpoint, PATIENCE, observers)?,
        })
    }

    /// Takes the name `user`, and gives what the server says to it.
    ///
    /// # Errors
    /// A fault when the name cannot be had, as every other call's errors: why there is no answer.
    pub async fn register_user(&self, user: &str) -> Result<String, CallError> {
        self.call(&procedures::REGISTER_USER, &[user], string).await
    }

    /// Gives the name back, and gives what the server says to it.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn unregister_user(&self, user: &str) -> Result<String, CallError> {
        self.call(&procedures::UNREGISTER_USER, &[user], string)
            .await
    }

    /// Creates a room, and gives what the server says to it.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn create_room(&self, room: &str) -> Result<String, CallError> {
        self.call(&procedures::CREATE_ROOM, &[room], string).await
    }

    /// Puts `user` into `room`.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn join_room(&self, user: &str, room: &str) -> Result<JoinAnswer, CallError> {
        self.call(
            &procedures::JOIN_ROOM,
            &[user, room],
            JoinAnswer::from_value,
        )
        .await
    }

    /// Sends `text` to the room, or to `recipient` alone when that is not empty, and gives what the
    /// server says to it.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send_message(
        &self,
        user: &str,
        room: &str,
        text: &str,
        recipient: &str,
    ) -> Result<String, CallError> {
        // The empty recipient is sent as it is: an original client cannot send nil.
        let parameters = [user, room, text, recipient];
        self.call(&procedures::SEND_MESSAGE, &parameters, string)
            .await
    }

    /// The messages of `room` that `user` may see and whose timestamp is after `last_timestamp`.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn receive_new_messages(
        &self,
        user: &str,
        room: &str,
        last_timestamp: &str,
    ) -> Result<Vec<Message>, CallError> {
        let parameters = [user, room, last_timestamp];
        self.call(&procedures::RECEIVE_NEW_MESSAGES, &parameters, readable)
            .await
    }

    /// The names of all rooms.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn list_rooms(&self) -> Result<Vec<String>, CallError> {
        self.call(&procedures::LIST_ROOMS, &[], strings).await
    }

    /// The names of the users in `room`.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn list_users(&self, room: &str) -> Result<UsersAnswer, CallError> {
        self.call(&procedures::LIST_USERS, &[room], UsersAnswer::from_value)
            .await
    }

    async fn call<T>(
        &self,
        procedure: &Procedure,
        parameters: &[&str],
        read: impl FnOnce(Value) -> Result<T, UnexpectedAnswer>,
    ) -> Result<T, CallError> {
        let parameters = parameters
            .iter()
            .map(|text| Value::String((*text).to_owned()))
            .collect();
        let answer = self.caller.call(procedure.name, parameters).await?;
        read(answer).map_err(|error| CallError::unexpected(self.caller.server(), &error))
    }
}

/// The messages of an answer that can be read as such.
///
/// An original server stores whatever it is sent, a number as a text among it. One such message must
/// not keep all later ones from being received.
fn readable(answer: Value) -> Result<Vec<Message>, UnexpectedAnswer> {
    let messages = array(answer)?.into_iter().filter_map(|value| {
        Message::from_value(value)
            .inspect_err(
                |error| tracing::warn!(%error, "a message that cannot be read is left out"),
            )
            .ok()
    });
    Ok(messages.collect())
}

#[cfg(test)]
mod tests {
    use protocol::classic::message::Delivery;

    use super::*;

    #[test]
    fn a_message_that_cannot_be_read_does_not_hide_the_others() {
        let message = Message {
            delivery: Delivery::Broadcast,
            origin: "bia".into(),
            destination: None,
            content: "oi".into(),
            timestamp: "2025-03-09 07:05:01".into(),
        };
        let answer = Value::Array(vec![
            message.to_value(),
            Value::Integer(42),
            message.to_value(),
        ]);
        assert_eq!(readable(answer), Ok(vec![message.clone(), message]));
        assert!(readable(Value::String("Formato inválido.".into())).is_err());
    }
}
