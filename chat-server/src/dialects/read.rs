//! Commands read from parameters, which are the same in both dialects.
//!
//! A call proves nothing: it is by the port that a caller is a guest or an account, and never by what the
//! call says.

use std::borrow::Cow;

use dxr::Fault;
use rpc::Arguments;

use super::refusal::{Refusal, message_id, message_text, room_name, username};
use crate::chat::commands::{CreateRoom, Join, Leave, RegisterUser, SendMessage, UnregisterUser};
use crate::chat::{Address, Caller, Credential, Kind, Recipient, normalized};

/// `register_user(username)`
pub(super) fn register_guest(_: Kind, arguments: &Arguments) -> Result<RegisterUser, Refusal> {
    Ok(RegisterUser {
        name: username(arguments.text(0)?)?,
        credential: Credential::Nothing,
        from: Some(address(arguments)),
    })
}

/// `unregister_user(username)`
pub(super) fn unregister(kind: Kind, arguments: &Arguments) -> Result<UnregisterUser, Refusal> {
    Ok(UnregisterUser {
        caller: caller(kind, arguments.text(0)?)?,
    })
}

/// `create_room(room_name)`
pub(super) fn create_room(_: Kind, arguments: &Arguments) -> Result<CreateRoom, Refusal> {
    Ok(CreateRoom {
        room: room_name(arguments.text(0)?)?,
        from: Some(address(arguments)),
    })
}

/// `join_room(username, room_name)`
pub(super) fn join(kind: Kind, arguments: &Arguments) -> Result<Join, Refusal> {
    Ok(Join {
        caller: caller(kind, arguments.text(0)?)?,
        room: room_name(arguments.text(1)?)?,
    })
}

/// `leave_room(room_name, username)`: the room comes first.
pub(super) fn leave(kind: Kind, arguments: &Arguments) -> Result<Leave, Refusal> {
    let room = room_name(arguments.text(0)?)?;
    Ok(Leave {
        caller: caller(kind, arguments.text(1)?)?,
        room,
    })
}

/// `send_message(username, room_name, message, recipient?)`
pub(super) fn send(kind: Kind, arguments: &Arguments) -> Result<SendMessage, Refusal> {
    Ok(SendMessage {
        caller: caller(kind, arguments.text(0)?)?,
        room: room_name(arguments.text(1)?)?,
        text: message_text(arguments.text(2)?)?,
        recipient: Recipient::from(arguments.optional_text(3)?.map(str::to_owned)),
        once: None,
    })
}

/// `send_message_once(username, room_name, message, recipient, message_id)`
pub(super) fn send_once(kind: Kind, arguments: &Arguments) -> Result<SendMessage, Refusal> {
    Ok(SendMessage {
        once: Some(message_id(arguments.text(4)?)?),
        ..send(kind, arguments)?
    })
}

/// A name to be looked up, which need not be one that anything can have: then nothing is found.
pub(super) fn looked_up(arguments: &Arguments, position: usize) -> Result<Cow<'_, str>, Fault> {
    arguments.text(position).map(normalized)
}

pub(super) fn address(arguments: &Arguments) -> Address {
    arguments.connection().network().into()
}

/// The user that a call names.
pub(super) fn caller(kind: Kind, name: &str) -> Result<Caller, Refusal> {
    Ok(Caller {
        name: username(name)?,
        kind,
    })
}
