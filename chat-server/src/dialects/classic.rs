//! Dialect *classic*: a user is a name, in one room at a time; refusals are ordinary texts.

use std::sync::Arc;

use dxr::Value;
use protocol::classic::procedures::{self as p, EXTENSIONS, ORIGINAL};
use protocol::classic::{self, texts};
use protocol::fault;
use rpc::{Answer, Arguments, Methods};
use tracing::{debug, info};

use super::encoding::{self, delivery};
use super::read::looked_up;
use super::refusal::{Refusal, as_fault, as_text};
use super::waiting::{Wording, wait};
use super::{MESSAGES_AT_MOST, Table, read};
use crate::activity::Activity;
use crate::chat::commands::{
    CreateRoom, CreateRoomOutcome, Join, JoinOutcome, Leave, LeaveOutcome, RegisterUser,
    RegisterUserOutcome, SendMessage, SendMessageOutcome, UnregisterUser, UnregisterUserOutcome,
};
use crate::chat::{Chat, Kind, Message, PersonId, Recipient, Timestamp};
use crate::service::{ChatService, WaitRefusal};

/// The names under which the binder knows a server of this dialect: each procedure's own.
pub fn names() -> Vec<&'static str> {
    ORIGINAL
        .iter()
        .chain(&EXTENSIONS)
        .map(|procedure| procedure.name)
        .collect()
}

/// The procedures of this dialect on this chat.
pub fn methods(service: &Arc<ChatService>) -> Methods {
    use Activity::{Call, Poll};
    Table::new(service, Kind::Guest, as_text)
        .command(&p::UNREGISTER_USER, Call, read::unregister, unregistered)
        .command(&p::CREATE_ROOM, Call, read::create_room, created)
        .command(&p::JOIN_ROOM, Call, read::join, joined)
        .command(&p::LEAVE_ROOM, Call, read::leave, left)
        .command(&p::SEND_MESSAGE, Call, read::send, sent)
        .command(&p::SEND_MESSAGE_ONCE, Call, read::send_once, sent)
        .query(&p::LIST_ROOMS, Call, list_rooms)
        .query(&p::LIST_USERS, Call, list_users)
        .query(&p::RECEIVE_MESSAGES, Poll, receive)
        .query(&p::RECEIVE_NEW_MESSAGES, Poll, receive_new)
        // In the procedures added from here on refusals are faults.
        .refusing(as_fault)
        // The one original procedure that refuses with a fault: clients ask for another name then.
        .command(
            &p::REGISTER_USER,
            Activity::None,
            read::register_guest,
            registered,
        )
        // A program waits here, and a text would look like an answer to it.
        .waiting(&p::WAIT_MESSAGES, Poll, |service, arguments| async move {
            wait(&service, &arguments, &WORDING).await
        })
        .finish()
}

fn registered(command: &RegisterUser, outcome: RegisterUserOutcome) -> Result<Answer, Refusal> {
    match outcome {
        RegisterUserOutcome::Registered { person, taken_from } => {
            info!(user = %command.name, %person, "registered");
            if let Some(former) = taken_from {
                info!(user = %command.name, %former, "the silent holder's name was taken over");
            }
            Ok(Answer::text(texts::USER_REGISTERED))
        }
        RegisterUserOutcome::NameTaken => Err(Refusal::Worded(texts::NAME_TAKEN.to_owned())),
        RegisterUserOutcome::TooManyUsers => Err(fault::application(texts::TOO_MANY_USERS).into()),
        RegisterUserOutcome::TooManyFromAddress => {
            Err(fault::application(texts::TOO_MANY_FROM_ADDRESS).into())
        }
    }
}

fn unregistered(
    command: &UnregisterUser,
    outcome: UnregisterUserOutcome,
) -> Result<Answer, Refusal> {
    Ok(Answer::text(match outcome {
        UnregisterUserOutcome::Unregistered { .. } => {
            info!(user = %command.caller.name, "unregistered");
            texts::USER_UNREGISTERED
        }
        UnregisterUserOutcome::NotRegistered => texts::USER_NOT_FOUND,
    }))
}

fn created(
    CreateRoom { room, .. }: &CreateRoom,
    outcome: CreateRoomOutcome,
) -> Result<Answer, Refusal> {
    match outcome {
        CreateRoomOutcome::Created => {
            info!(%room, "created");
            Ok(Answer::text(texts::room_created(room.as_str())))
        }
        CreateRoomOutcome::AlreadyExists => Ok(Answer::text(texts::ROOM_EXISTS)),
        CreateRoomOutcome::TooManyRooms => Err(fault::application(texts::TOO_MANY_ROOMS).into()),
        CreateRoomOutcome::TooManyFromAddress => {
            Err(fault::application(texts::TOO_MANY_FROM_ADDRESS).into())
        }
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
        JoinOutcome::NotRegistered { .. } => Ok(Answer::text(texts::USER_NOT_REGISTERED)),
        JoinOutcome::NoSuchRoom => Ok(Answer::text(texts::NO_SUCH_ROOM)),
    }
}

fn left(Leave { caller, room }: &Leave, outcome: LeaveOutcome) -> Result<Answer, Refusal> {
    Ok(match outcome {
        LeaveOutcome::Left => {
            info!(%room, user = %caller.name, "left");
            Answer::text(texts::room_left(room.as_str()))
        }
        LeaveOutcome::NoSuchRoom => Answer::text(texts::NO_SUCH_ROOM),
        LeaveOutcome::NotRegistered | LeaveOutcome::NotInRoom => {
            Answer::text(texts::USER_NOT_IN_ROOM)
        }
    })
}

fn sent(command: &SendMessage, outcome: SendMessageOutcome) -> Result<Answer, Refusal> {
    Ok(match outcome {
        SendMessageOutcome::Sent(receipt) => {
            let (room, user) = (&command.room, &command.caller.name);
            debug!(%room, %user, private = receipt.to.is_some(), "sent");
            Answer::text(texts::MESSAGE_SENT)
        }
        SendMessageOutcome::NoSuchRoom => Answer::text(texts::NO_SUCH_ROOM),
        // A user who is not registered is in no room.
        SendMessageOutcome::NotRegistered | SendMessageOutcome::NotInRoom => {
            Answer::text(texts::USER_NOT_IN_ROOM)
        }
        SendMessageOutcome::AloneInRoom => Answer::text(texts::ALONE_IN_ROOM),
        SendMessageOutcome::RecipientNotInRoom { name } => {
            Answer::text(texts::recipient_not_found(&name))
        }
    })
}

fn list_rooms(chat: &Chat, _: &Arguments) -> Result<Answer, Refusal> {
    Ok(Answer::texts(chat.rooms()))
}

fn list_users(chat: &Chat, arguments: &Arguments) -> Result<Answer, Refusal> {
    Ok(match chat.users(&looked_up(arguments, 0)?) {
        Some(users) => Answer::texts(users),
        None if chat.has_rooms() => Answer::text(texts::ROOM_NOT_FOUND),
        None => Answer::text(texts::NO_ROOMS_YET),
    })
}

fn receive(chat: &Chat, arguments: &Arguments) -> Result<Answer, Refusal> {
    let (user, room) = (looked_up(arguments, 0)?, looked_up(arguments, 1)?);
    let messages = chat.newest_messages(&room, reader(chat, &user), MESSAGES_AT_MOST);
    Ok(encoded(messages.unwrap_or_default()))
}

fn receive_new(chat: &Chat, arguments: &Arguments) -> Result<Answer, Refusal> {
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
    let messages = chat.messages_after(&room, reader(chat, &user), &user, last, MESSAGES_AT_MOST);
    Ok(encoded(messages.unwrap_or_default()))
}

/// The guest that a call reads for, with its private messages. A name that is not registered, or that no user can
/// have, reads what everyone may read.
fn reader(chat: &Chat, name: &str) -> Option<PersonId> {
    chat.person_named(name, Kind::Guest)
}

/// How `wait_messages` is worded in this dialect.
const WORDING: Wording = Wording {
    kind: Kind::Guest,
    encoded,
    refused: |refusal, _, _| {
        let text = match refusal {
            WaitRefusal::NoSuchRoom => texts::NO_SUCH_ROOM,
            WaitRefusal::NotRegistered => texts::USER_NOT_REGISTERED,
            WaitRefusal::NotInRoom => texts::USER_NOT_IN_ROOM,
        };
        Refusal::Worded(text.to_owned())
    },
};

fn encoded(messages: Vec<Arc<Message>>) -> Answer {
    encoding::encoded(Kind::Guest, messages, members)
}

fn members(message: &Message) -> [(&'static str, Value); 5] {
    let wire = classic::Message {
        delivery: delivery(message),
        origin: message.origin.to_string(),
        destination: match &message.recipient {
            Recipient::Absent => None,
            Recipient::Empty => Some(String::new()),
            Recipient::Named(name) => Some(name.clone()),
        },
        content: message.text.as_str().to_owned(),
        timestamp: message.timestamp.to_string(),
    };
    wire.members()
}
