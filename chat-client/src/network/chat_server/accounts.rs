//! What dialect *accounts* answers in its own way: nothing worth reading on success, and a fault
//! otherwise.

use protocol::accounts::procedures;

use super::{ChatServer, Outgoing};
use crate::network::Failure;

pub(super) async fn log_in(server: &ChatServer, user: &str, password: &str) -> Result<(), Failure> {
    let parameters = [user, password];
    server.call(&procedures::LOGIN_USER, &parameters).await?;
    Ok(())
}

pub(super) async fn create_room(server: &ChatServer, room: &str) -> Result<(), Failure> {
    server.call(&procedures::CREATE_ROOM, &[room]).await?;
    Ok(())
}

pub(super) async fn leave_room(server: &ChatServer, user: &str, room: &str) -> Result<(), Failure> {
    server.call(&procedures::LEAVE_ROOM, &[room, user]).await?;
    Ok(())
}

pub(super) async fn send(server: &ChatServer, message: Outgoing<'_>) -> Result<(), Failure> {
    let mut parameters = vec![message.user, message.room, message.text];
    // To the room: no fourth parameter at all, as an original client has it, which cannot send nil.
    parameters.extend(message.recipient);
    server.call(&procedures::SEND_MESSAGE, &parameters).await?;
    Ok(())
}

pub(super) async fn send_once(
    server: &ChatServer,
    message: Outgoing<'_>,
    id: &str,
) -> Result<(), Failure> {
    let Outgoing {
        user,
        room,
        text,
        recipient,
    } = message;
    let parameters = [user, room, text, recipient.unwrap_or_default(), id];
    let procedure = &procedures::SEND_MESSAGE_ONCE;
    server.call(procedure, &parameters).await?;
    Ok(())
}
