//! Dialect *accounts*: users have passwords and may be in several rooms; refusals are faults.

use std::sync::Arc;

use dxr::Value;
use protocol::accounts::procedures as p;
use protocol::accounts::{self, texts};
use rpc::{Answer, Arguments, Methods};
use tracing::{debug, info};

use super::encoding::{self, delivery};
use super::read::{address, looked_up};
use super::refusal::{Refusal, as_fault, username};
use super::waiting::{Wording, wait};
use super::{MESSAGES_AT_MOST, Table, read};
use crate::accounts::{AccountError, Accounts};
use crate::activity::Activity;
use crate::chat::commands::{
    CreateRoom, CreateRoomOutcome, Join, JoinOutcome, Leave, LeaveOutcome, SendMessage,
    SendMessageOutcome,
};
use crate::chat::{Address, Chat, Kind, Message, Recipient, Username};
use crate::service::{ChatService, WaitRefusal};

/// The procedures of this dialect on this chat with these accounts. With `from_login_address` an account acts
/// only from addresses from which it has logged in.
pub fn methods(
    service: &Arc<ChatService>,
    accounts: &Arc<Accounts>,
    from_login_address: bool,
) -> Methods {
    use Activity::{Call, Poll};
    let (registering, logging_in) = (Arc::clone(accounts), Arc::clone(accounts));
    let address_check = |chat: &Chat, name: &str, from: Address| {
        let is_refused = !chat.may_act_from(name, from);
        is_refused.then(|| refused(texts::login_first(name)))
    };
    Table::new(service, Kind::Account, as_fault)
        .checking_address(from_login_address.then_some(address_check))
        .waiting(&p::REGISTER_USER, Activity::None, move |_, arguments| {
            register(Arc::clone(&registering), arguments)
        })
        .waiting(&p::LOGIN_USER, Activity::None, move |_, arguments| {
            log_in(Arc::clone(&logging_in), arguments)
        })
        .command(&p::CREATE_ROOM, Call, read::create_room, created)
        .command(&p::JOIN_ROOM, Call, read::join, joined)
        .command(&p::LEAVE_ROOM, Call, read::leave, left)
        .command(&p::SEND_MESSAGE, Call, read::send, sent)
        .command(&p::SEND_MESSAGE_ONCE, Call, read::send_once, sent)
        .query(&p::LIST_ROOMS, Call, list_rooms)
        .query(&p::LIST_USERS, Call, list_users)
        .query_about_any_user(&p::IS_USER_IN_ROOM, Call, is_user_in_room)
        .query(&p::RECEIVE_MESSAGES, Poll, receive)
        .waiting(&p::WAIT_MESSAGES, Poll, |service, arguments| async move {
            wait(&service, &arguments, &WORDING).await
        })
        .finish()
}

async fn register(accounts: Arc<Accounts>, arguments: Arguments) -> Result<Answer, Refusal> {
    let user = username(arguments.text(0)?)?;
    let from = address(&arguments);
    let registered = accounts.register(&user, arguments.text(1)?, from).await;
    registered.map_err(|error| account_refused(&user, error))?;
    Ok(done())
}

async fn log_in(accounts: Arc<Accounts>, arguments: Arguments) -> Result<Answer, Refusal> {
    let user = username(arguments.text(0)?)?;
    let (password, from) = (arguments.text(1)?, arguments.connection());
    let logged_in = accounts.log_in(&user, password, from).await;
    logged_in.map_err(|error| account_refused(&user, error))?;
    Ok(done())
}

fn account_refused(user: &Username, error: AccountError) -> Refusal {
    match error {
        AccountError::NameTaken => refused(texts::name_taken(user.as_str())),
        AccountError::WrongPassword => refused(texts::WRONG_PASSWORD),
        AccountError::TooManyAttempts { seconds } => refused(texts::too_many_attempts(seconds)),
        AccountError::TooManyNewAccounts { seconds } => {
            refused(texts::too_many_new_accounts(seconds))
        }
        AccountError::TooManyUsers => refused(texts::TOO_MANY_USERS),
        AccountError::TooManyFromAddress => refused(texts::TOO_MANY_FROM_ADDRESS),
        AccountError::Busy => refused(texts::BUSY),
        AccountError::NotKept(refused) => refused.into(),
    }
}

fn created(
    CreateRoom { room, .. }: &CreateRoom,
    outcome: CreateRoomOutcome,
) -> Result<Answer, Refusal> {
    match outcome {
        CreateRoomOutcome::Created => {
            info!(%room, "created");
            Ok(done())
        }
        CreateRoomOutcome::AlreadyExists => Err(refused(texts::room_exists(room.as_str()))),
        CreateRoomOutcome::TooManyRooms => Err(refused(texts::TOO_MANY_ROOMS)),
        CreateRoomOutcome::TooManyFromAddress => Err(refused(texts::TOO_MANY_FROM_ADDRESS)),
    }
}

fn joined(Join { caller, room }: &Join, outcome: JoinOutcome) -> Result<Answer, Refusal> {
    match outcome {
        JoinOutcome::Joined {
            users, messages, ..
        } => {
            info!(%room, user = %caller.name, "joined");
            Ok(Answer::members([
                ("users", Answer::texts(users)),
                ("messages", encoded(messages)),
            ])?)
        }
        JoinOutcome::NotRegistered { room_exists: true } => {
            Err(refused(texts::user_not_registered(caller.name.as_str())))
        }
        JoinOutcome::NotRegistered { room_exists: false } | JoinOutcome::NoSuchRoom => {
            Err(refused(texts::no_such_room(room.as_str())))
        }
    }
}

fn left(Leave { caller, room }: &Leave, outcome: LeaveOutcome) -> Result<Answer, Refusal> {
    match outcome {
        LeaveOutcome::Left => {
            info!(%room, user = %caller.name, "left");
            Ok(done())
        }
        // Not being there is what was asked for.
        LeaveOutcome::NotInRoom => Ok(done()),
        LeaveOutcome::NoSuchRoom => Err(refused(texts::no_such_room(room.as_str()))),
        LeaveOutcome::NotRegistered => {
            Err(refused(texts::user_not_registered(caller.name.as_str())))
        }
    }
}

fn sent(command: &SendMessage, outcome: SendMessageOutcome) -> Result<Answer, Refusal> {
    let (user, room) = (&command.caller.name, &command.room);
    match outcome {
        SendMessageOutcome::Sent(receipt) => {
            debug!(%room, %user, private = receipt.to.is_some(), "sent");
            Ok(Answer::Value(Value::Nil))
        }
        SendMessageOutcome::NoSuchRoom => Err(refused(texts::no_such_room(room.as_str()))),
        SendMessageOutcome::NotRegistered => {
            Err(refused(texts::user_not_registered(user.as_str())))
        }
        // An account may speak to an empty room; the chat never says that one is alone.
        SendMessageOutcome::NotInRoom | SendMessageOutcome::AloneInRoom => Err(refused(
            texts::user_not_in_room(user.as_str(), room.as_str()),
        )),
        SendMessageOutcome::RecipientNotInRoom { name } => {
            Err(refused(texts::recipient_not_in_room(&name)))
        }
    }
}

fn list_rooms(chat: &Chat, _: &Arguments) -> Result<Answer, Refusal> {
    Ok(Answer::texts(chat.rooms()))
}

fn list_users(chat: &Chat, arguments: &Arguments) -> Result<Answer, Refusal> {
    let room = looked_up(arguments, 0)?;
    chat.users(&room)
        .map(Answer::texts)
        .ok_or_else(|| refused(texts::no_such_room(&room)))
}

fn is_user_in_room(chat: &Chat, arguments: &Arguments) -> Result<Answer, Refusal> {
    let (user, room) = (looked_up(arguments, 0)?, looked_up(arguments, 1)?);
    // Any member counts, whichever port it came by: the question is who is there.
    let is_there = chat
        .users(&room)
        .is_some_and(|mut users| users.any(|name: &Username| name.as_str() == user));
    Ok(Answer::Value(Value::Boolean(is_there)))
}

fn receive(chat: &Chat, arguments: &Arguments) -> Result<Answer, Refusal> {
    let (user, room) = (looked_up(arguments, 0)?, looked_up(arguments, 1)?);
    if chat.users(&room).is_none() {
        return Err(refused(texts::no_such_room(&room)));
    }
    let reader = chat.person_named(&user, Kind::Account);
    let reader = reader.ok_or_else(|| refused(texts::user_not_registered(&user)))?;
    let messages = chat.newest_messages(&room, Some(reader), MESSAGES_AT_MOST);
    Ok(encoded(messages.unwrap_or_default()))
}

/// How `wait_messages` is worded in this dialect.
const WORDING: Wording = Wording {
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

fn encoded(messages: Vec<Arc<Message>>) -> Answer {
    encoding::encoded(Kind::Account, messages, members)
}

fn members(message: &Message) -> [(&'static str, Value); 5] {
    let wire = accounts::Message {
        delivery: delivery(message),
        from: message.origin.to_string(),
        to: match &message.recipient {
            Recipient::Absent | Recipient::Empty => None,
            Recipient::Named(name) => Some(name.clone()),
        },
        message: message.text.as_str().to_owned(),
        timestamp: message.timestamp.hour_minute(),
    };
    wire.members()
}

/// The answer of a procedure that succeeds and has nothing else to say.
fn done() -> Answer {
    Answer::Value(Value::Boolean(true))
}

fn refused(text: impl Into<String>) -> Refusal {
    Refusal::Worded(text.into())
}
