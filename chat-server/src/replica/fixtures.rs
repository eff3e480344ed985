//! Short ways for the tests to name users, a room and messages.

use crate::chat::commands::SendMessage;
use crate::chat::{Caller, Kind, MessageId, MessageText, Recipient, RoomName, Username};

pub(super) fn guest(name: &str) -> Caller {
    Caller {
        name: Username::parse(name).unwrap(),
        kind: Kind::Guest,
    }
}

pub(super) fn room() -> RoomName {
    RoomName::parse("geral").unwrap()
}

pub(super) fn send(number: usize, from: &str) -> SendMessage {
    SendMessage {
        caller: guest(from),
        room: room(),
        text: MessageText::parse(&number.to_string()).unwrap(),
        recipient: Recipient::Empty,
        once: Some(MessageId::parse(&number.to_string()).unwrap()),
    }
}
