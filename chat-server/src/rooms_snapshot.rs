//! The rooms as the board shows them.

use std::sync::Arc;
use std::time::Duration;

use board::Snapshot;
use board::events::{Room, Rooms};

use crate::chat::Chat;
use crate::service::ChatService;

/// Rooms that are shown: what fits on a projector many times over.
const ROOMS: usize = 200;

/// Users of a room that are shown by name.
const USERS: usize = 100;

/// How the rooms stand: users, messages, and for an empty room how long it is kept.
pub(crate) fn take(service: &Arc<ChatService>, room_ttl: Duration) -> Snapshot {
    let elapsed = service.elapsed();
    let rooms: Vec<Room> = service.query(|chat: &Chat| {
        chat.rooms()
            .take(ROOMS)
            .filter_map(|room| {
                let status = chat.room_status(room.as_str(), elapsed)?;
                let users = chat.users(room.as_str())?.take(USERS);
                Some(Room {
                    messages: status.kept_messages,
                    name: room.to_string(),
                    others: status.users.saturating_sub(USERS),
                    removal: (status.users == 0)
                        .then(|| room_ttl.saturating_sub(status.idle).as_secs()),
                    users: users.map(ToString::to_string).collect(),
                })
            })
            .collect()
    });
    // The countdown goes on by itself on the page, so it is no change.
    let key = rooms
        .iter()
        .map(|room| {
            let users = room.users.join("\t");
            format!("{}\t{users}\t{}", room.name, room.messages)
        })
        .collect::<Vec<_>>()
        .join("\n");
    let rooms = Rooms {
        more: 0,
        part: 0,
        parts: 1,
        rooms,
    };
    Snapshot {
        key,
        event: rooms.into(),
    }
}
