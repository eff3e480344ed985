//! The chat as a deterministic state machine: users, rooms and messages, without sockets, clock,
//! randomness or locks.
//!
//! A [command](commands) is data. [`Chat::apply`] changes the state by it and returns a typed outcome,
//! never a text. Queries read the state. The time is handed in, so the same commands at the same
//! moments give the same state, always.

mod characters;
pub mod commands;
mod cursor;
#[cfg(test)]
mod fixtures;
mod history;
mod message;
mod moment;
mod names;
#[cfg(test)]
mod properties;
mod queries;
mod queue;
mod recent_sends;
mod room;
mod text;
mod timestamp;
mod user;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use commands::Command;
pub use cursor::Cursor;
pub use message::{Form, Message, Receipt, Recipient, Rendered};
pub use moment::Moment;
pub use names::{NAME_MAX_CHARACTERS, NameError, RoomName, Username, normalized};
pub use queries::{Page, RoomStatus};
pub use recent_sends::{MESSAGE_ID_MAX_CHARACTERS, MessageId, MessageIdError};
use room::Room;
pub use text::{MessageText, TEXT_MAX_BYTES, TextError};
pub use timestamp::Timestamp;
use user::User;
pub use user::{Caller, Kind, PersonId};

/// What a chat allows. All of it bounds memory: none of its contents ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a room without users is kept after the last interaction.
    pub room_ttl: Duration,
    /// How many messages a room keeps, the newest.
    pub history: usize,
    /// About how many bytes of memory the messages of all rooms may take. Beyond it the room that has
    /// most drops its oldest.
    pub memory: usize,
    /// How many rooms there may be.
    pub rooms: usize,
    /// How many users may be registered.
    pub users: usize,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            room_ttl: Duration::from_secs(5 * 60),
            history: 10_000,
            memory: 256 << 20,
            rooms: 10_000,
            users: 100_000,
        }
    }
}

/// All users and rooms.
///
/// Each user knows its rooms and each room its members; commands change both or neither.
#[derive(Debug, PartialEq)]
pub struct Chat {
    policy: Policy,
    /// In order of creation.
    rooms: IndexMap<RoomName, Room>,
    /// Looked up only, never walked through: its order differs from run to run.
    users: HashMap<Username, User>,
    /// What the messages kept in all rooms weigh.
    kept_weight: usize,
    /// How many persons have ever been registered; the last one's identity.
    last_person: u64,
    /// How many messages have ever been stored; the last one's number.
    last_sequence: u64,
}

impl Chat {
    /// A chat without users and rooms.
    pub fn new(policy: Policy) -> Chat {
        Chat {
            policy,
            rooms: IndexMap::new(),
            users: HashMap::new(),
            kept_weight: 0,
            last_person: 0,
            last_sequence: 0,
        }
    }

    /// Carries out a command at a moment and says what came of it.
    pub fn apply<C: Command>(&mut self, at: Moment, command: C) -> C::Outcome {
        command.apply(self, at)
    }

    /// Keeps a message in a room that exists, and of all rooms as much as the policy allows: the one
    /// with most in it drops its oldest first, so that whoever fills a room pays for it there. This
    /// message itself stays: it is acknowledged now.
    fn keep(&mut self, name: &RoomName, message: Arc<Message>, at: Moment) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let bound = self.policy.history;
        room.change_history(&mut self.kept_weight, |room| room.keep(message, bound, at));
        while self.kept_weight > self.policy.memory {
            let with_others = self
                .rooms
                .iter_mut()
                .filter(|(other, room)| room.history.len() > usize::from(*other == name));
            let heaviest = with_others.max_by_key(|(_, room)| room.history.weight());
            let Some((_, room)) = heaviest else {
                return;
            };
            room.change_history(&mut self.kept_weight, |room| room.history.drop_oldest());
        }
    }

    /// Takes a member out of a room. What was to be seen there goes with it: see `Room::enter`.
    fn exit(&mut self, caller: &Caller, room: &RoomName, at: Moment) {
        let Some(room) = self.rooms.get_mut(room) else {
            return;
        };
        room.exit(&caller.name, at);
        let seen = room.last_timestamp;
        if let Some(user) = self.user_mut(caller) {
            user.latest = seen.map_or(user.latest, |seen| seen.max(user.latest));
        }
    }

    // These three are the only way from a caller to a user: name and kind are always both looked at.

    fn user(&self, caller: &Caller) -> Option<&User> {
        self.users
            .get(&caller.name)
            .filter(|user| user.kind == caller.kind)
    }

    fn user_mut(&mut self, caller: &Caller) -> Option<&mut User> {
        self.users
            .get_mut(&caller.name)
            .filter(|user| user.kind == caller.kind)
    }

    fn remove_user(&mut self, caller: &Caller) -> Option<User> {
        self.user(caller)?;
        self.users.remove(&caller.name)
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{account, at, join, send, sent, texts};
    use super::*;
    use commands::{CreateRoom, RegisterUser, RemoveIdleRooms, UnregisterUser};

    fn crowded(memory: usize) -> (Chat, Caller) {
        let ana = account("ana");
        let mut chat = Chat::new(Policy {
            memory,
            ..Policy::default()
        });
        let (name, kind) = (ana.name.clone(), ana.kind);
        chat.apply(at(0), RegisterUser { name, kind });
        for name in ["quiet", "loud"] {
            let room = fixtures::room(name);
            chat.apply(at(0), CreateRoom { room });
            chat.apply(at(0), join(&ana, name));
        }
        (chat, ana)
    }

    #[test]
    fn the_room_with_most_drops_its_oldest_and_the_others_keep_theirs() {
        let (mut chat, ana) = crowded(10 * ((2 << 10) + 3 * 2));
        for text in ["q1", "q2", "q3"] {
            sent(chat.apply(at(1), send(&ana, "quiet", text, "")));
        }
        for number in 10..60 {
            sent(chat.apply(at(1), send(&ana, "loud", &number.to_string(), "")));
        }
        let kept = |name| chat.newest_messages(name, None, 99).unwrap();
        assert_eq!(texts(&kept("quiet")), ["q1", "q2", "q3"]);
        let newest = ["53", "54", "55", "56", "57", "58", "59"];
        assert_eq!(texts(&kept("loud")), newest);
    }

    #[test]
    fn the_newest_message_is_kept_whatever_it_weighs_and_no_other() {
        let (mut chat, ana) = crowded(1);
        for [name, other] in [["quiet", "loud"], ["loud", "quiet"], ["loud", "quiet"]] {
            sent(chat.apply(at(1), send(&ana, name, &"x".repeat(9_000), "")));
            let kept = chat.newest_messages(name, None, 9).unwrap();
            assert_eq!(kept.len(), 1);
            assert_eq!(kept[0].sequence, chat.last_sequence);
            assert!(chat.newest_messages(other, None, 9).unwrap().is_empty());
        }
    }

    #[test]
    fn what_is_gone_weighs_nothing() {
        let (mut chat, ana) = crowded(usize::MAX);
        sent(chat.apply(at(1), send(&ana, "quiet", "segredo", "ana")));
        sent(chat.apply(at(1), send(&ana, "loud", "oi", "")));
        chat.apply(at(2), UnregisterUser { caller: ana });
        assert_eq!(chat.kept_weight, (2 << 10) + 3 * 2);
        chat.apply(at(9_999), RemoveIdleRooms);
        assert_eq!(chat.kept_weight, 0);
    }
}
