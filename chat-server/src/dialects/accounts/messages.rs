//! Sending and receiving messages.

use std::sync::Arc;

use dxr::Value;
use protocol::accounts::{self, texts};
use protocol::classic::message::Delivery;
use rpc::{Answer, Arguments};
use tracing::debug;

use super::refused;
use crate::chat::commands::{Send, SendOutcome};
use crate::chat::{Chat, Form, Kind, Message, PersonId, Recipient};
use crate::dialects::commands::looked_up;
use crate::dialects::refusal::Refusal;
use crate::dialects::waiting::Wording;
use crate::dialects::{MESSAGES_AT_MOST, commands};
use crate::service::{ChatService, WaitRefusal};

pub(super) fn send(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    carry_out(service, commands::send(Kind::Account, arguments)?)
}

pub(super) fn send_once(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    carry_out(service, commands::send_once(Kind::Account, arguments)?)
}

fn carry_out(service: &ChatService, command: Send) -> Result<Answer, Refusal> {
    let (user, room) = (command.caller.name.clone(), command.room.clone());
    match service.send(command) {
        SendOutcome::Sent(receipt) => {
            debug!(%room, %user, private = receipt.to.is_some(), "sent");
            Ok(Answer::Value(Value::Nil))
        }
        SendOutcome::NoSuchRoom => Err(refused(texts::no_such_room(room.as_str()))),
        SendOutcome::NotRegistered => Err(refused(texts::user_not_registered(user.as_str()))),
        // Accounts may speak to an empty room; the chat never says that they are alone.
        SendOutcome::NotInRoom | SendOutcome::AloneInRoom => Err(refused(texts::user_not_in_room(
            user.as_str(),
            room.as_str(),
        ))),
        SendOutcome::RecipientNotInRoom { name } => {
            Err(refused(texts::recipient_not_in_room(&name)))
        }
    }
}

pub(super) fn receive(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let (user, room) = (looked_up(arguments, 0)?, looked_up(arguments, 1)?);
    let messages = service.query(|chat| {
        if chat.users(&room).is_none() {
            return Err(refused(texts::no_such_room(&room)));
        }
        let reader =
            reader(chat, &user).ok_or_else(|| refused(texts::user_not_registered(&user)))?;
        Ok(chat
            .newest_messages(&room, Some(reader), MESSAGES_AT_MOST)
            .unwrap_or_default())
    })?;
    Ok(encoded(&messages))
}

/// How `wait_messages` speaks this dialect.
pub(super) const WORDING: Wording = Wording {
    kind: Kind::Account,
    encoded,
    refused: |refusal, user, room| {
        refused(match refusal {
            WaitRefusal::NoSuchRoom => texts::no_such_room(room),
            WaitRefusal::NotRegistered => texts::user_not_registered(user.as_str()),
            WaitRefusal::NotInRoom => texts::user_not_in_room(user.as_str(), room),
        })
    },
};

/// The account of that name, if there is one.
fn reader(chat: &Chat, name: &str) -> Option<PersonId> {
    chat.person_named(name, Kind::Account)
}

/// The messages as an array, each encoded when it is first read and never again.
pub(super) fn encoded(messages: &[Arc<Message>]) -> Answer {
    Answer::array_of_encoded(messages.iter().map(|message| {
        message
            .rendered
            .get_or_make(Form::Second, || encode(message))
    }))
}

fn encode(message: &Message) -> Box<[u8]> {
    let wire = accounts::Message {
        delivery: match message.to {
            Some(_) => Delivery::Unicast,
            None => Delivery::Broadcast,
        },
        from: message.origin.to_string(),
        to: match &message.recipient {
            Recipient::Absent | Recipient::Empty => None,
            Recipient::Named(name) => Some(name.clone()),
        },
        message: message.text.as_str().to_owned(),
        timestamp: message.timestamp.hour_minute(),
    };
    rpc::xml::write::members(wire.members())
        .map(|xml| xml.into_bytes().into_boxed_slice())
        .unwrap_or_default()
}
