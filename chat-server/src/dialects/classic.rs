//! Dialect *classic*: a user is a name, in one room at a time; refusals are ordinary texts.

mod messages;
mod rooms;
mod users;

use std::sync::Arc;

use protocol::classic::procedures::{self, EXTENSIONS, ORIGINAL};
use rpc::Methods;

use super::Table;
use super::refusal::{as_fault, as_text};
use super::waiting::wait;
use crate::chat::Kind;
use crate::presence::Sign;
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

/// The procedures of this dialect on this chat.
#[must_use]
pub fn methods(service: &Arc<ChatService>) -> Methods {
    use Sign::{Call, Nothing, Poll};
    use procedures as p;
    let waiting = Arc::clone(service);
    Table::new(service, Kind::Guest)
        // The one procedure whose refusal is a fault: by it clients know to ask for another name.
        .add(&p::REGISTER_USER, Nothing, as_fault, users::register)
        .add(&p::UNREGISTER_USER, Call, as_text, users::unregister)
        .add(&p::CREATE_ROOM, Call, as_text, rooms::create)
        .add(&p::JOIN_ROOM, Call, as_text, rooms::join)
        .add(&p::LEAVE_ROOM, Call, as_text, rooms::leave)
        .add(&p::LIST_ROOMS, Call, as_text, rooms::list)
        .add(&p::LIST_USERS, Call, as_text, rooms::list_users)
        .add(&p::SEND_MESSAGE, Call, as_text, messages::send)
        .add(&p::SEND_MESSAGE_ONCE, Call, as_text, messages::send_once)
        .add(&p::RECEIVE_MESSAGES, Poll, as_text, messages::receive)
        .add(
            &p::RECEIVE_NEW_MESSAGES,
            Poll,
            as_text,
            messages::receive_new,
        )
        // Refused with a fault: a program waits here, and a text would look like an answer to it.
        .add_waiting(&p::WAIT_MESSAGES, Poll, as_fault, move |arguments| {
            let service = Arc::clone(&waiting);
            async move { wait(&service, &arguments, &messages::WORDING).await }
        })
        .finish()
}
