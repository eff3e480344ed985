//! Removing rooms that are not used.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::{Chat, Moment, RoomName};

/// Removes the rooms that have had no users and no use for longer than the policy's time, but none in the
/// first minute after a start. Its outcome is the rooms removed, the longest unused first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveIdleRooms;

impl Command for RemoveIdleRooms {
    type Outcome = Vec<RoomName>;

    const KIND: &'static str = "RemoveIdleRooms";

    fn apply(self, chat: &mut Chat, at: Moment) -> Vec<RoomName> {
        let mut removed = Vec::new();
        if chat.clock.is_in_grace() {
            return removed;
        }
        while let Some(name) = chat.empty_rooms.front()
            && let Some(room) = chat.rooms.get(name)
            && room.idle(at.elapsed) > chat.policy.room_ttl
        {
            let name = name.clone();
            chat.remove_room(&name);
            removed.push(name);
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::commands::{CreateRoom, Leave, UnregisterUser};
    use crate::chat::fixtures::{at, chat, guest, join, room};

    const TTL: u64 = 300;

    #[test]
    fn a_room_goes_when_it_was_empty_for_longer_than_its_time() {
        let mut chat = chat(&[], &[&guest("ana")]);
        for name in ["rust", "geral"] {
            let room = room(name);
            chat.apply(at(10), CreateRoom::new(room));
        }
        assert_eq!(chat.apply(at(10 + TTL), RemoveIdleRooms), []);
        let removed = chat.apply(at(11 + TTL), RemoveIdleRooms);
        assert_eq!(removed, [room("rust"), room("geral")]);
        assert!(!chat.has_rooms());
    }

    #[test]
    fn never_while_a_user_is_in_it() {
        let ana = guest("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        assert_eq!(chat.apply(at(1_000_000), RemoveIdleRooms), []);
        let room = room("geral");
        chat.apply(at(1_000_000), Leave { caller: ana, room });
        assert_eq!(chat.apply(at(1_000_000 + TTL), RemoveIdleRooms), []);
        assert_eq!(chat.apply(at(1_000_001 + TTL), RemoveIdleRooms).len(), 1);
    }

    #[test]
    fn every_way_out_of_a_room_counts_as_an_interaction() {
        let ana = guest("ana");
        for way in ["another room", "unregistering"] {
            let mut chat = chat(&["geral", "rust"], &[&ana]);
            let caller = ana.clone();
            match way {
                "another room" => drop(chat.apply(at(TTL), join(&caller, "rust"))),
                _ => drop(chat.apply(at(TTL), UnregisterUser { caller })),
            }
            let removed = chat.apply(at(TTL + TTL), RemoveIdleRooms);
            assert!(!removed.contains(&room("geral")), "{way}");
            let removed = chat.apply(at(TTL + TTL + 1), RemoveIdleRooms);
            assert!(removed.contains(&room("geral")), "{way}");
        }
    }

    #[test]
    fn a_moment_that_arrives_late_does_not_age_a_room() {
        let ana = guest("ana");
        let mut chat = chat(&["geral"], &[&ana]);
        chat.apply(at(100), join(&ana, "geral"));
        let room = room("geral");
        chat.apply(at(50), Leave { caller: ana, room });
        assert_eq!(chat.apply(at(40), RemoveIdleRooms), []);
        assert_eq!(chat.apply(at(100 + TTL), RemoveIdleRooms), []);
    }
}
