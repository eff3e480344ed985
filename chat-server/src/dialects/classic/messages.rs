//! Sending and receiving messages.

use std::sync::Arc;

use protocol::classic::message::Delivery;
use protocol::classic::{self, texts};
use rpc::{Answer, Arguments};
use tracing::debug;

use crate::chat::commands::{Send, SendOutcome};
use crate::chat::{Chat, Form, Kind, Message, PersonId, Recipient, Timestamp};
use crate::dialects::commands::looked_up;
use crate::dialects::refusal::Refusal;
use crate::dialects::waiting::Wording;
use crate::dialects::{MESSAGES_AT_MOST, commands};
use crate::service::{ChatService, WaitRefusal};

pub(super) fn send(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    Ok(carry_out(service, commands::send(Kind::Guest, arguments)?))
}

pub(super) fn send_once(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    Ok(carry_out(
        service,
        commands::send_once(Kind::Guest, arguments)?,
    ))
}

fn carry_out(service: &ChatService, command: Send) -> Answer {
    let (user, room) = (command.caller.name.clone(), command.room.clone());
    match service.send(command) {
        SendOutcome::Sent(receipt) => {
            debug!(%room, %user, private = receipt.to.is_some(), "sent");
            Answer::text(texts::MESSAGE_SENT)
        }
        SendOutcome::NoSuchRoom => Answer::text(texts::NO_SUCH_ROOM),
        // Nobody of that name is anywhere, so it is not in the room either.
        SendOutcome::NotRegistered | SendOutcome::NotInRoom => {
            Answer::text(texts::USER_NOT_IN_ROOM)
        }
        SendOutcome::AloneInRoom => Answer::text(texts::ALONE_IN_ROOM),
        SendOutcome::RecipientNotInRoom { name } => Answer::text(texts::recipient_not_found(&name)),
    }
}

pub(super) fn receive(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let (user, room) = (looked_up(arguments, 0)?, looked_up(arguments, 1)?);
    let messages =
        service.query(|chat| chat.newest_messages(&room, reader(chat, &user), MESSAGES_AT_MOST));
    Ok(encoded(&messages.unwrap_or_default()))
}

pub(super) fn receive_new(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let (user, room) = (looked_up(arguments, 0)?, looked_up(arguments, 1)?);
    let last = arguments.text(2)?;
    let Some(last) = Timestamp::parse(last) else {
        let came: String = last.chars().take(40).collect();
        return Err(arguments
            .refuse(
                2,
                "'YYYY-MM-DD HH:MM:SS', with or without a fraction",
                &format!("'{came}'"),
            )
            .into());
    };
    let messages = service.query(|chat| {
        chat.messages_after(&room, reader(chat, &user), &user, last, MESSAGES_AT_MOST)
    });
    Ok(encoded(&messages.unwrap_or_default()))
}

/// How `wait_messages` speaks this dialect.
pub(super) const WORDING: Wording = Wording {
    kind: Kind::Guest,
    encoded,
    refused: |refusal, _, _| {
        let text = match refusal {
            WaitRefusal::NoSuchRoom => texts::NO_SUCH_ROOM,
            WaitRefusal::NotRegistered => texts::USER_NOT_REGISTERED,
            WaitRefusal::NotInRoom => texts::USER_NOT_IN_ROOM,
        };
        Refusal::Text(text.to_owned())
    },
};

/// Whose private messages a call may read: those of the guest of that name. A name that nobody has,
/// or that no user can have, reads what everybody may read.
fn reader(chat: &Chat, name: &str) -> Option<PersonId> {
    chat.person_named(name, Kind::Guest)
}

/// The messages as an array, each encoded when it is first read and never again.
pub(super) fn encoded(messages: &[Arc<Message>]) -> Answer {
    Answer::array_of_encoded(messages.iter().map(|message| {
        message
            .rendered
            .get_or_make(Form::First, || encode(message))
    }))
}

fn encode(message: &Message) -> Box<[u8]> {
    let wire = classic::Message {
        delivery: match message.to {
            Some(_) => Delivery::Unicast,
            None => Delivery::Broadcast,
        },
        origin: message.origin.to_string(),
        destination: match &message.recipient {
            Recipient::Absent => None,
            Recipient::Empty => Some(String::new()),
            Recipient::Named(name) => Some(name.clone()),
        },
        content: message.text.as_str().to_owned(),
        timestamp: message.timestamp.to_string(),
    };
    rpc::xml::write::members(wire.members())
        .map(|xml| xml.into_bytes().into_boxed_slice())
        .unwrap_or_default()
}
