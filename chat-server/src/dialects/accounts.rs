//! Dialect *accounts*: users have passwords and may be in several rooms; refusals are faults.

mod messages;
mod rooms;
mod users;

use std::sync::Arc;

use dxr::Fault;
use protocol::accounts::procedures;
use rpc::{Answer, Arguments, HandlerFuture, Methods};

use super::refusal::{Refusal, as_fault};
use crate::accounts::Accounts;
use crate::chat::{Caller, Kind, Username};
use crate::service::ChatService;

/// A procedure of this dialect: reads and changes the chat, answers or refuses.
type Handler = fn(&ChatService, &Arguments) -> Result<Answer, Refusal>;

/// The procedures of this dialect on this chat with these accounts.
#[must_use]
pub fn methods(service: &Arc<ChatService>, accounts: &Arc<Accounts>) -> Methods {
    let with = |handler: Handler| {
        let service = Arc::clone(service);
        move |arguments: &Arguments| as_fault(handler(&service, arguments))
    };
    let registering = Arc::clone(accounts);
    let logging_in = Arc::clone(accounts);
    Methods::new()
        .waiting(&procedures::REGISTER_USER, move |arguments| {
            let accounts = Arc::clone(&registering);
            in_future(async move { users::register(&accounts, &arguments).await })
        })
        .waiting(&procedures::LOGIN_USER, move |arguments| {
            let accounts = Arc::clone(&logging_in);
            in_future(async move { users::login(&accounts, &arguments).await })
        })
        .immediate(&procedures::CREATE_ROOM, with(rooms::create))
        .immediate(&procedures::JOIN_ROOM, with(rooms::join))
        .immediate(&procedures::LEAVE_ROOM, with(rooms::leave))
        .immediate(&procedures::LIST_ROOMS, with(rooms::list))
        .immediate(&procedures::LIST_USERS, with(rooms::list_users))
        .immediate(&procedures::IS_USER_IN_ROOM, with(rooms::is_user_in_room))
        .immediate(&procedures::SEND_MESSAGE, with(messages::send))
        .immediate(&procedures::SEND_MESSAGE_ONCE, with(messages::send_once))
        .immediate(&procedures::RECEIVE_MESSAGES, with(messages::receive))
}

fn in_future(
    answer: impl Future<Output = Result<Answer, Refusal>> + Send + 'static,
) -> HandlerFuture {
    Box::pin(async move { as_fault(answer.await) })
}

/// Who calls on this port: an account of that name, if there is one.
const fn account(name: Username) -> Caller {
    Caller {
        name,
        kind: Kind::Account,
    }
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
