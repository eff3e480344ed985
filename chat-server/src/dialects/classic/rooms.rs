//! Creating, joining, leaving and listing rooms.

use protocol::classic::texts;
use protocol::fault;
use rpc::{Answer, Arguments};
use tracing::info;

use super::messages;
use crate::chat::commands::{CreateRoom, CreateRoomOutcome, JoinOutcome, LeaveOutcome};
use crate::chat::{Chat, Kind};
use crate::dialects::commands;
use crate::dialects::refusal::{Refusal, room_name};
use crate::service::ChatService;

pub(super) fn create(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let room = room_name(arguments.text(0)?)?;
    match service.apply(CreateRoom { room: room.clone() }) {
        CreateRoomOutcome::Created => {
            info!(%room, "created");
            Ok(Answer::text(texts::room_created(room.as_str())))
        }
        CreateRoomOutcome::AlreadyExists => Ok(Answer::text(texts::ROOM_EXISTS)),
        CreateRoomOutcome::TooManyRooms => Err(fault::application(texts::TOO_MANY_ROOMS).into()),
    }
}

pub(super) fn join(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let command = commands::join(Kind::Guest, arguments)?;
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
        JoinOutcome::NotRegistered { .. } => Ok(Answer::text(texts::USER_NOT_REGISTERED)),
        JoinOutcome::NoSuchRoom => Ok(Answer::text(texts::NO_SUCH_ROOM)),
    }
}

pub(super) fn leave(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let command = commands::leave(Kind::Guest, arguments)?;
    let (user, room) = (command.caller.name.clone(), command.room.clone());
    let answer = match service.leave(command) {
        LeaveOutcome::Left => {
            info!(%room, %user, "left");
            Answer::text(texts::room_left(room.as_str()))
        }
        LeaveOutcome::NoSuchRoom => Answer::text(texts::NO_SUCH_ROOM),
        LeaveOutcome::NotRegistered | LeaveOutcome::NotInRoom => {
            Answer::text(texts::USER_NOT_IN_ROOM)
        }
    };
    Ok(answer)
}

pub(super) fn list(service: &ChatService, _: &Arguments) -> Result<Answer, Refusal> {
    Ok(service.query(|chat| Answer::texts(chat.rooms())))
}

pub(super) fn list_users(service: &ChatService, arguments: &Arguments) -> Result<Answer, Refusal> {
    let room = commands::looked_up(arguments, 0)?;
    let answer = |chat: &Chat| match chat.users(&room) {
        Some(users) => Answer::texts(users),
        None if chat.has_rooms() => Answer::text(texts::ROOM_NOT_FOUND),
        None => Answer::text(texts::NO_ROOMS_YET),
    };
    Ok(service.query(answer))
}
