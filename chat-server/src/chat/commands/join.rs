//! Joining a room.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::{Caller, Chat, Message, Moment, Notice, RoomName, Username};

/// How many messages a user who joins is shown, as in the originals.
const MESSAGES_SHOWN: usize = 50;

/// Puts a user into a room; a guest leaves the room it is in for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Join {
    pub caller: Caller,
    pub room: RoomName,
}

#[derive(Clone, Debug, PartialEq)]
pub enum JoinOutcome {
    /// The caller is in the room, even if it was before.
    Joined {
        /// The members, in order of joining. A guest who joins again is last, an account keeps its
        /// place.
        users: Vec<Username>,
        /// The newest 50 messages the caller may see, oldest first.
        messages: Vec<Arc<Message>>,
        /// The room that a guest left by joining this one.
        left: Option<RoomName>,
    },
    /// No user of this name and kind is registered.
    NotRegistered {
        /// Whether there is such a room. When both are missing, the dialects differ in which of the
        /// two they report.
        room_exists: bool,
    },
    NoSuchRoom,
}

impl Command for Join {
    type Outcome = JoinOutcome;

    const KIND: &'static str = "Join";

    fn apply(self, chat: &mut Chat, at: Moment) -> JoinOutcome {
        let Join { caller, room } = self;
        let Some(person) = chat.person(&caller) else {
            return JoinOutcome::NotRegistered {
                room_exists: chat.rooms.contains_key(&room),
            };
        };
        if !chat.rooms.contains_key(&room) {
            return JoinOutcome::NoSuchRoom;
        }
        let left = chat.user_mut(&caller).and_then(|user| user.join(&room));
        if let Some(left) = &left {
            chat.remove_member(left, &caller.name, at);
        }
        let latest = chat.user(&caller).map(|user| user.latest);
        let joined = chat.rooms.get_mut(&room).map(Arc::make_mut);
        let (Some(latest), Some(joined)) = (latest, joined) else {
            return JoinOutcome::NoSuchRoom;
        };
        joined.add_member(&caller, latest, at);
        let users = joined.members.iter().cloned().collect();
        let messages = joined.history.newest(Some(person), MESSAGES_SHOWN);
        chat.empty_rooms.remove(&room);
        // A wait in the room that was left is over.
        chat.notices.push(Notice::Person(person));
        JoinOutcome::Joined {
            users,
            messages,
            left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::fixtures::{account, at, chat, guest, join, room, send, sent, texts, user};

    fn joined(outcome: JoinOutcome) -> (Vec<Username>, Vec<Arc<Message>>, Option<RoomName>) {
        match outcome {
            JoinOutcome::Joined {
                users,
                messages,
                left,
            } => (users, messages, left),
            other => panic!("not joined: {other:?}"),
        }
    }

    #[test]
    fn users_are_in_order_of_joining_where_a_guest_moves_to_the_end_and_an_account_stays() {
        let (ana, bia, caio) = (guest("ana"), account("bia"), guest("caio"));
        let mut chat = chat(&["geral"], &[&ana, &bia, &caio]);
        for caller in [&ana, &bia] {
            let (users, _, left) = joined(chat.apply(at(1), join(caller, "geral")));
            assert_eq!(users, [user("bia"), user("caio"), user("ana")]);
            assert_eq!(left, None, "joining again leaves nothing");
            assert!(chat.users("geral").unwrap().eq(&users));
        }
    }

    #[test]
    fn a_guest_leaves_the_other_room_and_an_account_stays() {
        let (ana, bia) = (guest("ana"), account("bia"));
        let mut chat = chat(&["geral", "rust"], &[&ana, &bia]);
        let (_, _, left) = joined(chat.apply(at(1), join(&ana, "rust")));
        assert_eq!(left, Some(room("geral")));
        let (_, _, left) = joined(chat.apply(at(1), join(&bia, "rust")));
        assert_eq!(left, None);
        assert!(chat.rooms_of(&ana).eq(&[room("rust")]));
        assert!(chat.rooms_of(&bia).eq(&[room("geral"), room("rust")]));
        assert!(chat.users("geral").unwrap().eq(&[bia.name]));
    }

    #[test]
    fn the_newest_fifty_the_caller_may_see_are_shown() {
        let (ana, bia, caio) = (guest("ana"), guest("bia"), guest("caio"));
        let mut chat = chat(&["geral"], &[&ana, &bia, &caio]);
        for number in 0..60 {
            let recipient = if number == 58 { "bia" } else { "" };
            sent(chat.apply(at(1), send(&ana, "geral", &number.to_string(), recipient)));
        }
        let (_, messages, _) = joined(chat.apply(at(2), join(&bia, "geral")));
        let last_fifty: Vec<_> = (10..60).map(|number| number.to_string()).collect();
        assert_eq!(texts(&messages), last_fifty);
        let (_, messages, _) = joined(chat.apply(at(2), join(&caio, "geral")));
        assert_eq!(messages.len(), 50);
        assert!(!texts(&messages).contains(&"58"));
    }

    #[test]
    fn both_things_that_can_be_missing_are_reported() {
        let mut chat = chat(&["geral"], &[&guest("ana")]);
        let outcome = chat.apply(at(1), join(&guest("ana"), "rust"));
        assert_eq!(outcome, JoinOutcome::NoSuchRoom);
        for (name, room_exists) in [("geral", true), ("rust", false)] {
            let outcome = chat.apply(at(1), join(&account("ana"), name));
            assert_eq!(outcome, JoinOutcome::NotRegistered { room_exists });
        }
    }
}
