//! Short ways for the tests to name users, a room and messages.

use crate::chat::commands::{CreateRoom, RegisterUser, SendMessage, StartServer};
use crate::chat::{
    Caller, ChatId, Kind, MessageId, MessageText, Policy, Recipient, RoomName, Username,
};

pub(super) fn guest(name: &str) -> Caller {
    Caller {
        name: Username::parse(name).unwrap(),
        kind: Kind::Guest,
    }
}

pub(super) fn room() -> RoomName {
    RoomName::parse("geral").unwrap()
}

pub(super) fn start() -> StartServer {
    StartServer {
        rules: 1,
        id: ChatId("a".into()),
        policy: Policy::default(),
    }
}

pub(super) fn create_room() -> CreateRoom {
    CreateRoom::new(room())
}

pub(super) fn register(name: &str) -> RegisterUser {
    RegisterUser::guest(Username::parse(name).unwrap())
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
