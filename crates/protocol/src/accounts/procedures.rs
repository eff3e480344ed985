//! The procedures of dialect *accounts*. The binder knows them all under one name,
//! [`SERVICE`](super::SERVICE).

use crate::classic::procedures as classic;
use crate::procedure::{Parameter, Procedure, STRING, Type};

const USERNAME: Parameter = Parameter::required("username", STRING);
const ROOM_NAME: Parameter = Parameter::required("room_name", STRING);
const PASSWORD: Parameter = Parameter::secret("password");

/// Creates an account.
pub const REGISTER_USER: Procedure = Procedure {
    name: "register_user",
    parameters: &[USERNAME, PASSWORD],
    answers: &[Type::Boolean],
    changes_nothing: false,
    help: "Creates an account for USERNAME with PASSWORD. A name that somebody holds is a fault.",
};

/// Logs in, creating the account when there is none.
pub const LOGIN_USER: Procedure = Procedure {
    name: "login_user",
    parameters: &[USERNAME, PASSWORD],
    answers: &[Type::Boolean],
    changes_nothing: false,
    help: "Logs USERNAME in with PASSWORD; a user who does not exist yet is registered by it. A \
           wrong password is a fault.",
};

/// Creates a room, without joining it.
pub const CREATE_ROOM: Procedure = Procedure {
    answers: &[Type::Boolean],
    ..classic::CREATE_ROOM
};

/// Joins a room, staying in the others.
pub const JOIN_ROOM: Procedure = Procedure {
    name: "join_room",
    parameters: &[USERNAME, ROOM_NAME],
    answers: &[Type::Struct],
    changes_nothing: false,
    help: "Puts USERNAME into ROOM_NAME; joining twice is no error, and other rooms are not left. \
           Answers a struct: users (names in order of joining) and messages (the last 50 that \
           USERNAME may see).",
};

/// Sends a message to the room or to one of its users.
pub const SEND_MESSAGE: Procedure = Procedure {
    answers: &[Type::Nil],
    ..classic::SEND_MESSAGE
};

/// The newest messages of a room.
pub const RECEIVE_MESSAGES: Procedure = Procedure {
    name: "receive_messages",
    parameters: &[USERNAME, ROOM_NAME],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers the newest 1,000 messages of ROOM_NAME that USERNAME may see, oldest first.",
};

/// All rooms.
pub const LIST_ROOMS: Procedure = classic::LIST_ROOMS;

/// The users of a room.
pub const LIST_USERS: Procedure = Procedure {
    name: "list_users",
    parameters: &[ROOM_NAME],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers the names of the users in ROOM_NAME in order of joining.",
};

/// Leaves a room. The room comes first.
pub const LEAVE_ROOM: Procedure = Procedure {
    name: "leave_room",
    parameters: &[ROOM_NAME, USERNAME],
    answers: &[Type::Boolean],
    changes_nothing: false,
    help: "Takes USERNAME out of ROOM_NAME. Note the order: the room comes first.",
};

/// Whether a user is in a room.
pub const IS_USER_IN_ROOM: Procedure = Procedure {
    name: "is_user_in_room",
    parameters: &[USERNAME, ROOM_NAME],
    answers: &[Type::Boolean],
    changes_nothing: true,
    help: "Answers whether USERNAME is in ROOM_NAME.",
};

/// The ten procedures of the original.
pub const ORIGINAL: [Procedure; 10] = [
    REGISTER_USER,
    LOGIN_USER,
    CREATE_ROOM,
    JOIN_ROOM,
    SEND_MESSAGE,
    RECEIVE_MESSAGES,
    LIST_ROOMS,
    LIST_USERS,
    LEAVE_ROOM,
    IS_USER_IN_ROOM,
];

/// Sends a message; a repeated call stores it once.
pub const SEND_MESSAGE_ONCE: Procedure = Procedure {
    answers: SEND_MESSAGE.answers,
    ..classic::SEND_MESSAGE_ONCE
};

/// Waits for messages.
pub const WAIT_MESSAGES: Procedure = classic::WAIT_MESSAGES;
