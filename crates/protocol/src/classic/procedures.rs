//! The procedures of dialect *classic*, each registered in the binder under its own name.

use crate::procedure::{INT, Parameter, Procedure, STRING, STRING_OR_NIL, Type};

const USERNAME: Parameter = Parameter::required("username", STRING);
const ROOM_NAME: Parameter = Parameter::required("room_name", STRING);

/// Registers a name.
pub const REGISTER_USER: Procedure = Procedure {
    name: "register_user",
    parameters: &[USERNAME],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Takes the name USERNAME for the caller. A name that somebody holds is a fault with \
           code 1; choose another.",
};

/// Releases the name.
pub const UNREGISTER_USER: Procedure = Procedure {
    name: "unregister_user",
    parameters: &[USERNAME],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Takes USERNAME out of its room and frees the name.",
};

/// Creates a room, without joining it.
pub const CREATE_ROOM: Procedure = Procedure {
    name: "create_room",
    parameters: &[ROOM_NAME],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Creates the room ROOM_NAME. Creating does not join it. A room that stays empty and \
           unused is removed after a while.",
};

/// Joins a room, leaving the one before.
pub const JOIN_ROOM: Procedure = Procedure {
    name: "join_room",
    parameters: &[USERNAME, ROOM_NAME],
    answers: &[Type::Struct, Type::String],
    changes_nothing: false,
    help: "Puts USERNAME into ROOM_NAME; the room it was in before is left. Answers a struct: \
           users (names in order of joining) and messages (the last 50 that USERNAME may see), \
           or a text that says why not.",
};

/// Sends a message to the room or to one of its users.
pub const SEND_MESSAGE: Procedure = Procedure {
    name: "send_message",
    parameters: &[
        USERNAME,
        ROOM_NAME,
        Parameter::required("message", STRING),
        Parameter::optional("recipient", STRING_OR_NIL),
    ],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Sends MESSAGE to everybody in ROOM_NAME, or with a RECIPIENT (a name that is neither \
           empty nor nil) to that user alone.",
};

/// The newest messages of a room.
pub const RECEIVE_MESSAGES: Procedure = Procedure {
    name: "receive_messages",
    parameters: &[USERNAME, ROOM_NAME],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers the newest 1,000 messages of ROOM_NAME that USERNAME may see, oldest first; \
           an empty list when there is no such room.",
};

/// The messages of a room after a timestamp.
pub const RECEIVE_NEW_MESSAGES: Procedure = Procedure {
    name: "receive_new_messages",
    parameters: &[
        USERNAME,
        ROOM_NAME,
        Parameter::required("last_timestamp", STRING),
    ],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers the messages of ROOM_NAME that USERNAME may see and whose timestamp is after \
           LAST_TIMESTAMP ('YYYY-MM-DD HH:MM:SS', with or without a fraction), oldest first, at \
           most 1,000: ask again from the last one for the rest.",
};

/// All rooms.
pub const LIST_ROOMS: Procedure = Procedure {
    name: "list_rooms",
    parameters: &[],
    answers: &[Type::Array],
    changes_nothing: true,
    help: "Answers the names of all rooms, in order of creation.",
};

/// The users of a room.
pub const LIST_USERS: Procedure = Procedure {
    name: "list_users",
    parameters: &[ROOM_NAME],
    answers: &[Type::Array, Type::String],
    changes_nothing: true,
    help: "Answers the names of the users in ROOM_NAME in order of joining, or a text when there \
           is no such room.",
};

/// The nine procedures of the original, in the order in which it registers them.
pub const ORIGINAL: [Procedure; 9] = [
    REGISTER_USER,
    UNREGISTER_USER,
    CREATE_ROOM,
    JOIN_ROOM,
    SEND_MESSAGE,
    RECEIVE_MESSAGES,
    RECEIVE_NEW_MESSAGES,
    LIST_ROOMS,
    LIST_USERS,
];

/// Leaves a room. The room comes first, as in dialect *accounts*.
pub const LEAVE_ROOM: Procedure = Procedure {
    name: "leave_room",
    parameters: &[ROOM_NAME, USERNAME],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Takes USERNAME out of ROOM_NAME; the name stays registered. Note the order: the room \
           comes first.",
};

/// Sends a message; a repeated call stores it once.
pub const SEND_MESSAGE_ONCE: Procedure = Procedure {
    name: "send_message_once",
    parameters: &[
        USERNAME,
        ROOM_NAME,
        Parameter::required("message", STRING),
        Parameter::required("recipient", STRING_OR_NIL),
        Parameter::required("message_id", STRING),
    ],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Like send_message, but when USERNAME has stored a message with this MESSAGE_ID before, \
           nothing is stored and the answer is the same: a client that never saw the answer may \
           repeat the call. What was refused is tried again.",
};

/// Waits for messages.
pub const WAIT_MESSAGES: Procedure = Procedure {
    name: "wait_messages",
    parameters: &[
        USERNAME,
        ROOM_NAME,
        Parameter::required("cursor", STRING),
        Parameter::required("timeout_ms", INT),
    ],
    answers: &[Type::Struct],
    changes_nothing: true,
    help: "Answers as soon as there are messages after CURSOR that USERNAME may see, or after \
           TIMEOUT_MS (at most 30,000) without any: a struct of messages, and of the cursor to ask \
           with next. An empty CURSOR means from now on. USERNAME must be in ROOM_NAME.",
};

/// Additions to the original. Clients detect them by looking the names up.
pub const EXTENSIONS: [Procedure; 3] = [LEAVE_ROOM, SEND_MESSAGE_ONCE, WAIT_MESSAGES];
