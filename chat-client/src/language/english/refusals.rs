//! What servers refuse.

use protocol::fault::text_without_class;
use protocol::refusal::Refusal;

pub(super) fn say(why: &Refusal, words: &str) -> String {
    match why {
        Refusal::NameTaken => "That name is taken; choose another.".to_owned(),
        Refusal::WrongPassword => "That is not the password.".to_owned(),
        Refusal::TooManyAttempts { seconds } => {
            format!("Too many wrong passwords; try again in {seconds} s.")
        }
        Refusal::TooManyLogins => {
            "Too many people are coming in right now; try again in a moment.".to_owned()
        }
        Refusal::CannotWriteNow => {
            "The server cannot write to its disk at present; nothing was stored. Try again later."
                .to_owned()
        }
        Refusal::UnknownWhetherWritten => {
            "The server cannot write to its disk any more; this may or may not have been stored."
                .to_owned()
        }
        Refusal::TooManyUsers => "The server is full; try again later.".to_owned(),
        Refusal::TooManyRooms => "The server takes no more rooms.".to_owned(),
        Refusal::NotRegistered => {
            "The server does not know you any more; leave and come back.".to_owned()
        }
        Refusal::RoomExists => "That room exists already; enter it with \"join\".".to_owned(),
        Refusal::NoSuchRoom => {
            "There is no such room; \"list\" shows which there are, \"create\" makes one."
                .to_owned()
        }
        Refusal::NotInRoom => {
            "You are not in the room any more; enter it again with \"join\".".to_owned()
        }
        Refusal::AloneInRoom => "You are alone in the room.".to_owned(),
        Refusal::RecipientNotInRoom { name } => {
            format!("{name} is not in the room; \"users\" shows who is.")
        }
        Refusal::InvalidUsername { .. } | Refusal::InvalidRoomName { .. } => {
            "That name cannot be used: 1 to 64 characters, no space at the beginning or the end."
                .to_owned()
        }
        Refusal::InvalidMessage { .. } => {
            "That message cannot be sent: it is empty or too long (16 KiB at most).".to_owned()
        }
        Refusal::Other => format!("The server says: {}", text_without_class(words)),
    }
}
