//! Creating a room.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::room::Room;
use crate::chat::{Address, Chat, Moment, RoomName};

/// Creates an empty room. The creator does not join it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateRoom {
    pub room: RoomName,
    /// The address that creates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateRoomOutcome {
    Created,
    AlreadyExists,
    /// The chat has as many rooms as it allows.
    TooManyRooms,
    /// The address has as many rooms as the chat allows to one.
    TooManyFromAddress,
}

impl CreateRoom {
    /// Creates a room for no address in particular.
    pub fn new(room: RoomName) -> Self {
        Self { room, from: None }
    }
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
        let share = chat.policy.share_of(chat.policy.rooms);
        if self
            .from
            .is_some_and(|from| chat.rooms_from.of(from) >= share)
        {
            return CreateRoomOutcome::TooManyFromAddress;
        }
        chat.empty_rooms.insert(self.room.clone());
        chat.add_room(self.room, Room::unused_since(at.elapsed, self.from));
        CreateRoomOutcome::Created
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::chat::Policy;
    use crate::chat::address::Places;
    use crate::chat::commands::RemoveIdleRooms;
    use crate::chat::fixtures::{at, room};

    fn create(name: &str) -> CreateRoom {
        CreateRoom::new(room(name))
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

    #[test]
    fn half_of_the_rooms_are_for_others() {
        let mut chat = Chat::new(Policy {
            rooms: 4,
            per_address: true,
            ..Policy::default()
        });
        let mut create = |name, last| {
            let from = Some(IpAddr::from([192, 0, 2, last]).into());
            chat.apply(
                at(0),
                CreateRoom {
                    from,
                    ..create(name)
                },
            )
        };
        assert_eq!(
            [create("a", 1), create("b", 1)],
            [CreateRoomOutcome::Created; 2]
        );
        assert_eq!(create("c", 1), CreateRoomOutcome::TooManyFromAddress);
        assert_eq!(
            [create("c", 2), create("d", 2)],
            [CreateRoomOutcome::Created; 2]
        );
        assert_eq!(create("e", 3), CreateRoomOutcome::TooManyRooms);
        // A room that is removed makes room for its address.
        assert_eq!(chat.apply(at(301), RemoveIdleRooms).len(), 4);
        assert_eq!(chat.rooms_from, Places::default());
    }
}
