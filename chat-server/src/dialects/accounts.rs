//! Dialect *accounts*: users have passwords and may be in several rooms; refusals are faults.

mod messages;
mod rooms;
mod users;

use std::sync::Arc;

use dxr::Fault;
use protocol::accounts::procedures;
use rpc::{Answer, Methods};

use super::Table;
use super::refusal::{Refusal, as_fault};
use super::waiting::wait;
use crate::accounts::Accounts;
use crate::chat::Kind;
use crate::presence::Sign;
use crate::service::ChatService;

/// The procedures of this dialect on this chat with these accounts.
#[must_use]
pub fn methods(service: &Arc<ChatService>, accounts: &Arc<Accounts>) -> Methods {
    use Sign::{Call, Nothing, Poll};
    use procedures as p;
    let waiting = Arc::clone(service);
    let registering = Arc::clone(accounts);
    let logging_in = Arc::clone(accounts);
    Table::new(service, Kind::Account)
        .add_waiting(&p::REGISTER_USER, Nothing, as_fault, move |arguments| {
            let accounts = Arc::clone(&registering);
            async move { users::register(&accounts, &arguments).await }
        })
        .add_waiting(&p::LOGIN_USER, Nothing, as_fault, move |arguments| {
            let accounts = Arc::clone(&logging_in);
            async move { users::login(&accounts, &arguments).await }
        })
        .add(&p::CREATE_ROOM, Call, as_fault, rooms::create)
        .add(&p::JOIN_ROOM, Call, as_fault, rooms::join)
        .add(&p::LEAVE_ROOM, Call, as_fault, rooms::leave)
        .add(&p::LIST_ROOMS, Call, as_fault, rooms::list)
        .add(&p::LIST_USERS, Call, as_fault, rooms::list_users)
        .add(&p::IS_USER_IN_ROOM, Call, as_fault, rooms::is_user_in_room)
        .add(&p::SEND_MESSAGE, Call, as_fault, messages::send)
        .add(&p::SEND_MESSAGE_ONCE, Call, as_fault, messages::send_once)
        .add(&p::RECEIVE_MESSAGES, Poll, as_fault, messages::receive)
        .add_waiting(&p::WAIT_MESSAGES, Poll, as_fault, move |arguments| {
            let service = Arc::clone(&waiting);
            async move { wait(&service, &arguments, &messages::WORDING).await }
        })
        .finish()
}

/// The answer to a procedure that succeeds without anything to tell.
fn done() -> Answer {
    Answer::Value(dxr::Value::Boolean(true))
}

/// A refusal in this dialect's words.
fn refused(text: String) -> Refusal {
    Refusal::Text(text)
}

/// A refusal that is a fault whatever the dialect's way of refusing is.
fn fault(text: &str) -> Fault {
    protocol::fault::application(text)
}
