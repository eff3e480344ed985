//! What dialect *classic* answers in its own way: texts for success as well as for refusals.

use dxr::Value;
use protocol::classic::{procedures, texts};
use protocol::procedure::Procedure;
use protocol::reading::string;

use super::{ChatServer, Outgoing};
use crate::network::{Failure, Refused};

/// Whatever the server says is a welcome: a name that cannot be had is a fault.
pub(super) async fn register(server: &ChatServer, user: &str) -> Result<String, Failure> {
    let procedure = &procedures::REGISTER_USER;
    let answer = server.call(procedure, &[user]).await?;
    server.read(procedure, answer, string)
}

pub(super) async fn unregister(server: &ChatServer, user: &str) -> Result<(), Failure> {
    let procedure = &procedures::UNREGISTER_USER;
    let answer = server.call(procedure, &[user]).await?;
    expect(server, procedure, answer, texts::USER_UNREGISTERED)
}

pub(super) async fn create_room(server: &ChatServer, room: &str) -> Result<(), Failure> {
    let procedure = &procedures::CREATE_ROOM;
    let answer = server.call(procedure, &[room]).await?;
    expect(server, procedure, answer, &texts::room_created(room))
}

pub(super) async fn leave_room(server: &ChatServer, user: &str, room: &str) -> Result<(), Failure> {
    let procedure = &procedures::LEAVE_ROOM;
    if !server.offers.leaving {
        return Err(server.not_offered(procedure));
    }
    let answer = server.call(procedure, &[room, user]).await?;
    expect(server, procedure, answer, &texts::room_left(room))
}

pub(super) async fn send(server: &ChatServer, message: Outgoing<'_>) -> Result<(), Failure> {
    let procedure = &procedures::SEND_MESSAGE;
    let answer = server.call(procedure, &parameters(message)).await?;
    expect(server, procedure, answer, texts::MESSAGE_SENT)
}

pub(super) async fn send_once(
    server: &ChatServer,
    message: Outgoing<'_>,
    id: &str,
) -> Result<(), Failure> {
    let procedure = &procedures::SEND_MESSAGE_ONCE;
    let [user, room, text, recipient] = parameters(message);
    let parameters = [user, room, text, recipient, id];
    let answer = server.call(procedure, &parameters).await?;
    expect(server, procedure, answer, texts::MESSAGE_SENT)
}

/// The empty recipient is sent as it is: an original client cannot send nil.
fn parameters(message: Outgoing<'_>) -> [&str; 4] {
    let Outgoing {
        user,
        room,
        text,
        recipient,
    } = message;
    [user, room, text, recipient.unwrap_or_default()]
}

/// Takes any text but `success` for a refusal.
fn expect(
    server: &ChatServer,
    procedure: &Procedure,
    answer: Value,
    success: &str,
) -> Result<(), Failure> {
    let said = server.read(procedure, answer, string)?;
    if said == success {
        Ok(())
    } else {
        Err(Refused::in_words(said, server.meaning()).into())
    }
}
