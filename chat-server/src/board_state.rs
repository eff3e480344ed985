//! The state of the chat as the board shows it: rooms, and the position of the log.

use std::sync::Arc;
use std::time::Duration;

use board::Snapshot;
use board::events::{Log, Room, Rooms};

use crate::chat::Chat;
use crate::service::ChatService;

/// Rooms that are shown: what fits on a projector many times over.
const ROOMS: usize = 200;

/// Bytes of the names of a room's users that are shown: a hundred names, and small enough for one event even
/// if each character has to be escaped.
const USER_BYTES: usize = 1_500;

/// The quotation marks and the comma of a name in JSON.
const SEPARATORS: usize = 3;

/// Everything that is shown.
pub(crate) fn take(service: &Arc<ChatService>, room_ttl: Duration) -> Vec<Snapshot> {
    let log_status = service.log_status();
    let stale = log_status.and_then(|log_status| log_status.borrow().behind_since);
    let stale = stale.map(|since| since.timestamp_millis() as f64);
    let log = service.log_position().map(|position| Snapshot {
        key: format!("{position} {stale:?}"),
        events: vec![
            Log {
                position: position.0,
                stale,
            }
            .into(),
        ],
    });
    std::iter::once(rooms(service, room_ttl))
        .chain(log)
        .collect()
}

/// How the rooms stand: users, messages, and for an empty room how long it is kept.
fn rooms(service: &Arc<ChatService>, room_ttl: Duration) -> Snapshot {
    let elapsed = service.elapsed();
    let (rooms, all) = service.query(|chat: &Chat| {
        let rooms: Vec<Room> = chat
            .rooms()
            .take(ROOMS)
            .filter_map(|room| {
                let status = chat.room_status(room.as_str(), elapsed)?;
                let mut bytes = 0;
                let users: Vec<String> = chat
                    .users(room.as_str())?
                    .map(ToString::to_string)
                    .take_while(|user| {
                        bytes += user.len() + SEPARATORS;
                        bytes <= USER_BYTES
                    })
                    .collect();
                Some(Room {
                    messages: status.kept_messages,
                    name: room.to_string(),
                    others: status.users.saturating_sub(users.len()),
                    removal: (status.users == 0)
                        .then(|| room_ttl.saturating_sub(status.idle).as_secs()),
                    users,
                })
            })
            .collect();
        (rooms, chat.rooms().len())
    });
    // The countdown goes on by itself on the page, so it is no change.
    let key = rooms
        .iter()
        .map(|room| {
            let users = room.users.join("\t");
            let (others, messages) = (room.others, room.messages);
            format!("{}\t{users}\t{others}\t{messages}", room.name)
        })
        .collect::<Vec<_>>()
        .join("\n");
    let events = Rooms::events(rooms, all.saturating_sub(ROOMS));
    Snapshot { key, events }
}
