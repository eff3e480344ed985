//! Creating a room.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::room::Room;
use crate::chat::{Chat, Moment, RoomName};

/// Creates an empty room. The creator does not join it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateRoom {
    /// Its name.
    pub room: RoomName,
}

/// What came of [`CreateRoom`].
#[derive(Clone, Debug, PartialEq)]
pub enum CreateRoomOutcome {
    /// The room is there.
    Created,
    /// It was there before.
    AlreadyExists,
    /// The chat has as many rooms as it allows.
    TooManyRooms,
}

impl Command for CreateRoom {
    type Outcome = CreateRoomOutcome;

    const KIND: &'static str = "CreateRoom";

    fn apply(self, chat: &mut Chat, at: Moment) -> CreateRoomOutcome {
        if chat.rooms.contains_key(&self.room) {
            return CreateRoomOutcome::AlreadyExists;
        }
        if chat.rooms.len() >= chat.policy.rooms {
            return CreateRoomOutcome::TooManyRooms;
        }
        chat.empty_rooms.insert(self.room.clone());
        chat.rooms.insert(self.room, Arc::new(Room::new(at)));
        CreateRoomOutcome::Created
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Policy;
    use crate::chat::fixtures::{at, room};

    fn create(name: &str) -> CreateRoom {
        CreateRoom { room: room(name) }
    }

    #[test]
    fn rooms_are_listed_in_order_of_creation_and_empty() {
        let mut chat = Chat::new(Policy::default());
        assert!(!chat.has_rooms());
        for name in ["rust", "geral", "avisos"] {
            assert_eq!(chat.apply(at(0), create(name)), CreateRoomOutcome::Created);
        }
        let again = chat.apply(at(0), create("rust"));
        assert_eq!(again, CreateRoomOutcome::AlreadyExists);
        assert!(chat.has_rooms());
        let rooms: Vec<_> = chat.rooms().map(RoomName::as_str).collect();
        assert_eq!(rooms, ["rust", "geral", "avisos"]);
        assert_eq!(chat.users("rust").unwrap().len(), 0);
    }

    #[test]
    fn a_full_chat_refuses_another_room() {
        let mut chat = Chat::new(Policy {
            rooms: 1,
            ..Policy::default()
        });
        chat.apply(at(0), create("geral"));
        let full = chat.apply(at(0), create("rust"));
        assert_eq!(full, CreateRoomOutcome::TooManyRooms);
        let again = chat.apply(at(0), create("geral"));
        assert_eq!(again, CreateRoomOutcome::AlreadyExists);
    }
}
