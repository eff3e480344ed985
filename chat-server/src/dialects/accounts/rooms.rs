//! Creating, joining, leaving and listing rooms.

use dxr::Value;
use protocol::accounts::texts;
use rpc::{Answer, Arguments};
use tracing::info;

use super::{done, fault, messages, refused};
use crate::chat::commands::{CreateRoom, CreateRoomOutcome, JoinOutcome, LeaveOutcome};
use crate::chat::{Kind, Username};
use crate::dialects::commands;
use crate::dialects::refusal::{Refusal, room_name};
use crate::service::ChatService;

pub(super) fn create(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let room = room_name(arguments.text(0)?)?;
    match service.apply(CreateRoom { room: room.clone() }) {
        CreateRoomOutcome::Created => {
            info!(%room, "created");
            Ok(done())
        }
        CreateRoomOutcome::AlreadyExists => Err(refused(texts::room_exists(room.as_str()))),
        CreateRoomOutcome::TooManyRooms => Err(fault(texts::TOO_MANY_ROOMS).into()),
    }
}

pub(super) fn join(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let command = commands::join(Kind::Account, arguments)?;
    let (user, room) = (command.caller.name.clone(), command.room.clone());
    match service.join(command) {
        JoinOutcome::Joined {
            users, messages, ..
        } => {
            info!(%room, %user, "joined");
            Ok(Answer::members([
                ("users", Answer::texts(users)),
                ("messages", messages::encoded(&messages)),
            ])?)
        }
        JoinOutcome::NotRegistered { room_exists: true } => {
            Err(refused(texts::user_not_registered(user.as_str())))
        }
        JoinOutcome::NotRegistered { room_exists: false } | JoinOutcome::NoSuchRoom => {
            Err(refused(texts::no_such_room(room.as_str())))
        }
    }
}

pub(super) fn leave(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let command = commands::leave(Kind::Account, arguments)?;
    let (user, room) = (command.caller.name.clone(), command.room.clone());
    match service.leave(command) {
        LeaveOutcome::Left => {
            info!(%room, %user, "left");
            Ok(done())
        }
        // Not being there is what was asked for.
        LeaveOutcome::NotInRoom => Ok(done()),
        LeaveOutcome::NoSuchRoom => Err(refused(texts::no_such_room(room.as_str()))),
        LeaveOutcome::NotRegistered => Err(refused(texts::user_not_registered(user.as_str()))),
    }
}

pub(super) fn list(service: &ChatService, _: &Arguments) -> Result<Answer, Refusal> {
    Ok(service.query(|chat| Answer::texts(chat.rooms())))
}

pub(super) fn list_users(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let room = commands::looked_up(arguments, 0)?;
    service
        .query(|chat| chat.users(&room).map(Answer::texts))
        .ok_or_else(|| refused(texts::no_such_room(&room)))
}

pub(super) fn is_user_in_room(
    service: &ChatService,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let (user, room) = (
        commands::looked_up(arguments, 0)?,
        commands::looked_up(arguments, 1)?,
    );
    // Anybody in the room counts, whichever port it came by: the question is who is there.
    let is_there = service.query(|chat| {
        chat.users(&room)
            .is_some_and(|mut users| users.any(|name: &Username| name.as_str() == user))
    });
    Ok(Answer::Value(Value::Boolean(is_there)))
}
