//! The rooms as the board shows them.

use std::sync::Arc;
use std::time::Duration;

use board::Snapshot;
use serde_json::{Value, json};

use crate::chat::Chat;
use crate::service::ChatService;

/// Rooms that are shown: what fits on a projector many times over.
const ROOMS: usize = 200;

/// Users of a room that are shown by name.
const USERS: usize = 100;

/// How the rooms stand: users, messages, and for an empty room how long it is kept.
pub(crate) fn take(service: &Arc<ChatService>, room_ttl: Duration) -> Snapshot {
    let elapsed = service.elapsed();
    let rooms: Vec<(String, Vec<String>, usize, Option<u64>)> = service.query(|chat: &Chat| {
        chat.rooms()
            .take(ROOMS)
            .filter_map(|room| {
                let status = chat.room_status(room.as_str(), elapsed)?;
                let users: Vec<String> = chat
                    .users(room.as_str())?
                    .take(USERS)
                    .map(ToString::to_string)
                    .collect();
                let removal =
                    (status.users == 0).then(|| room_ttl.saturating_sub(status.idle).as_secs());
                Some((room.to_string(), users, status.kept_messages, removal))
            })
            .collect()
    });
    // The countdown goes on by itself on the page, so it is no change.
    let key = rooms
        .iter()
        .map(|(name, users, messages, _)| format!("{name}\t{}\t{messages}", users.join("\t")))
        .collect::<Vec<_>>()
        .join("\n");
    let rooms: Vec<Value> = rooms
        .into_iter()
        .map(|(name, users, messages, removal)| {
            json!({ "name": name, "users": users, "messages": messages, "removal": removal })
        })
        .collect();
    Snapshot {
        kind: "rooms",
        key,
        data: json!({ "rooms": rooms }),
    }
}
