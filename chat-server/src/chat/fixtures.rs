//! Short ways for the tests to name users, rooms and moments.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use super::commands::{CreateRoom, Join, RegisterUser, SendMessage, SendMessageOutcome};
use super::{
    Caller, Chat, Credential, Kind, Message, MessageText, Moment, PasswordHash, Policy, Receipt,
    Recipient, RoomName, Username,
};

pub(super) fn user(name: &str) -> Username {
    Username::parse(name).unwrap()
}

pub(super) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

pub(super) fn guest(name: &str) -> Caller {
    Caller {
        name: user(name),
        kind: Kind::Guest,
    }
}

pub(super) fn account(name: &str) -> Caller {
    Caller {
        name: user(name),
        kind: Kind::Account,
    }
}

/// Noon of some day.
pub(super) fn noon() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2025-03-09T12:00:00+00:00").unwrap()
}

/// So many seconds after the chat began, which was at noon.
pub(super) fn at(seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment {
        elapsed,
        wall: noon() + elapsed,
    }
}

/// A chat of these rooms and callers, with all callers in the first room, and the rest of the policy
/// as it is by default.
pub(super) fn chat(rooms: &[&str], callers: &[&Caller]) -> Chat {
    let mut chat = Chat::new(Policy::default());
    for name in rooms {
        chat.apply(at(0), CreateRoom::new(room(name)));
    }
    for caller in callers {
        chat.apply(at(0), register(caller));
        if let Some(first) = rooms.first() {
            chat.apply(at(0), join(caller, first));
        }
    }
    chat
}

pub(super) fn register(caller: &Caller) -> RegisterUser {
    RegisterUser {
        name: caller.name.clone(),
        credential: match caller.kind {
            Kind::Guest => Credential::Nothing,
            Kind::Account => Credential::Password(PasswordHash("hash".into())),
        },
        from: None,
    }
}

pub(super) fn join(caller: &Caller, name: &str) -> Join {
    Join {
        caller: caller.clone(),
        room: room(name),
    }
}

/// Sends a text to a room, or to a recipient that is not `""`.
pub(super) fn send(caller: &Caller, name: &str, text: &str, recipient: &str) -> SendMessage {
    SendMessage {
        caller: caller.clone(),
        room: room(name),
        text: MessageText::parse(text).unwrap(),
        recipient: Recipient::from(Some(recipient.to_owned())),
        once: None,
    }
}

/// The receipt of the message stored, if one was.
pub(super) fn sent(outcome: SendMessageOutcome) -> Receipt {
    match outcome {
        SendMessageOutcome::Sent(receipt) => receipt,
        other => panic!("not sent: {other:?}"),
    }
}

pub(super) fn texts(messages: &[Arc<Message>]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.text.as_str())
        .collect()
}
