//! Leaving a room.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::{Caller, Chat, Moment, Notice, RoomName};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leave {
    pub caller: Caller,
    pub room: RoomName,
}

/// What came of [`Leave`]; the refusals are in the order in which they are looked for.
#[derive(Clone, Debug, PartialEq)]
pub enum LeaveOutcome {
    /// The caller is no longer in the room.
    Left,
    NoSuchRoom,
    /// No user of this name and kind is registered.
    NotRegistered,
    NotInRoom,
}

impl Command for Leave {
    type Outcome = LeaveOutcome;

    const KIND: &'static str = "Leave";

    fn apply(self, chat: &mut Chat, at: Moment) -> LeaveOutcome {
        if !chat.rooms.contains_key(&self.room) {
            return LeaveOutcome::NoSuchRoom;
        }
        let Some(user) = chat.user_mut(&self.caller) else {
            return LeaveOutcome::NotRegistered;
        };
        if !user.rooms.remove(&self.room) {
            return LeaveOutcome::NotInRoom;
        }
        let person = user.person;
        chat.remove_member(&self.room, &self.caller.name, at);
        chat.notices.push(Notice::Person(person));
        LeaveOutcome::Left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Kind;
    use crate::chat::fixtures::{account, at, chat, guest, room};

    #[test]
    fn each_refusal_comes_in_its_order() {
        let mut chat = chat(&["geral", "rust"], &[&guest("ana")]);
        let mut leave = |caller: Caller, name: &str| {
            let room = room(name);
            chat.apply(at(1), Leave { caller, room })
        };
        assert_eq!(leave(account("ana"), "nada"), LeaveOutcome::NoSuchRoom);
        assert_eq!(leave(account("ana"), "geral"), LeaveOutcome::NotRegistered);
        assert_eq!(leave(guest("ana"), "rust"), LeaveOutcome::NotInRoom);
        assert_eq!(leave(guest("ana"), "geral"), LeaveOutcome::Left);
        assert_eq!(leave(guest("ana"), "geral"), LeaveOutcome::NotInRoom);
        assert_eq!(chat.users("geral").unwrap().len(), 0);
        assert_eq!(chat.rooms_of(&guest("ana")).count(), 0);
        assert_eq!(chat.holder("ana"), Some(Kind::Guest));
    }
}
