//! The commands that both dialects read from the same parameters; what comes of them, each dialect
//! words for itself.

use std::borrow::Cow;

use dxr::Fault;
use rpc::Arguments;

use super::refusal::{Refusal, message_id, message_text, room_name, username};
use crate::chat::commands::{Join, Leave, Send};
use crate::chat::{Caller, Kind, Recipient, normalized};

/// `join_room(username, room_name)`
///
/// # Errors
/// Why it cannot be a command, as for the others.
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
pub(super) fn send(kind: Kind, arguments: &Arguments) -> Result<Send, Refusal> {
    Ok(Send {
        caller: caller(kind, arguments.text(0)?)?,
        room: room_name(arguments.text(1)?)?,
        text: message_text(arguments.text(2)?)?,
        recipient: Recipient::from(arguments.optional_text(3)?.map(str::to_owned)),
        once: None,
    })
}

/// `send_message_once(username, room_name, message, recipient, message_id)`
pub(super) fn send_once(kind: Kind, arguments: &Arguments) -> Result<Send, Refusal> {
    Ok(Send {
        once: Some(message_id(arguments.text(4)?)?),
        ..send(kind, arguments)?
    })
}

/// A name to be looked up, which need not be one that anything can have: then nothing is found.
pub(super) fn looked_up(arguments: &Arguments, position: usize) -> Result<Cow<'_, str>, Fault> {
    arguments.text(position).map(normalized)
}

/// Who calls. Nobody proves anything with a call, so it is by the port that a caller is a guest or an
/// account, and never by what the call says.
pub(super) fn caller(kind: Kind, name: &str) -> Result<Caller, Refusal> {
    Ok(Caller {
        name: username(name)?,
        kind,
    })
}
