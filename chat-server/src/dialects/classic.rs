//! Dialect *classic*: a user is a name, in one room at a time; refusals are ordinary texts.

mod messages;
mod rooms;
mod users;

use std::sync::Arc;

use dxr::Fault;
use protocol::classic::procedures::{self, EXTENSIONS, ORIGINAL};
use rpc::{Answer, Arguments, Methods};

use super::refusal::{Refusal, as_fault, as_text};
use crate::chat::{Caller, Kind, Username};
use crate::service::ChatService;

/// The names under which the binder knows a server of this dialect: each procedure's own.
#[must_use]
pub fn names() -> Vec<&'static str> {
    ORIGINAL
        .iter()
        .chain(&EXTENSIONS)
        .map(|procedure| procedure.name)
        .collect()
}

/// A procedure of this dialect: reads and changes the chat, answers or refuses.
type Handler = fn(&ChatService, &Arguments) -> Result<Answer, Refusal>;

/// The procedures of this dialect on this chat.
#[must_use]
pub fn methods(service: &Arc<ChatService>) -> Methods {
    let with = |handler: Handler, answer: fn(Result<Answer, Refusal>) -> Result<Answer, Fault>| {
        let service = Arc::clone(service);
        move |arguments: &Arguments| answer(handler(&service, arguments))
    };
    Methods::new()
        // The one procedure whose refusal is a fault: by it clients know to ask for another name.
        .immediate(&procedures::REGISTER_USER, with(users::register, as_fault))
        .immediate(
            &procedures::UNREGISTER_USER,
            with(users::unregister, as_text),
        )
        .immediate(&procedures::CREATE_ROOM, with(rooms::create, as_text))
        .immediate(&procedures::JOIN_ROOM, with(rooms::join, as_text))
        .immediate(&procedures::LEAVE_ROOM, with(rooms::leave, as_text))
        .immediate(&procedures::LIST_ROOMS, with(rooms::list, as_text))
        .immediate(&procedures::LIST_USERS, with(rooms::list_users, as_text))
        .immediate(&procedures::SEND_MESSAGE, with(messages::send, as_text))
        .immediate(
            &procedures::SEND_MESSAGE_ONCE,
            with(messages::send_once, as_text),
        )
        .immediate(
            &procedures::RECEIVE_MESSAGES,
            with(messages::receive, as_text),
        )
        .immediate(
            &procedures::RECEIVE_NEW_MESSAGES,
            with(messages::receive_new, as_text),
        )
}

/// Who calls on this port. Nobody proves anything here, so it is always a guest.
const fn guest(name: Username) -> Caller {
    Caller {
        name,
        kind: Kind::Guest,
    }
}
