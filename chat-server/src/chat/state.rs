//! The state of the chat, and the changes to it that several commands have in common.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use hashlink::{LinkedHashMap, LinkedHashSet};
use serde::{Deserialize, Serialize};

use super::clock::LogClock;
use super::cursor::ChatId;
use super::identity::{Caller, Kind, PersonId};
use super::message::Message;
use super::moment::Moment;
use super::names::{RoomName, Username};
use super::presence::{Silence, Timeouts};
use super::room::Room;
use super::user::User;
use super::writers::Writers;

/// What a chat allows. All of it bounds memory: the contents of a chat do not end by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How long a room without users is kept after the last use.
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
    /// How long users may be silent.
    pub timeouts: Timeouts,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            room_ttl: Duration::from_secs(5 * 60),
            history: 10_000,
            memory: 256 << 20,
            rooms: 10_000,
            users: 100_000,
            timeouts: Timeouts::default(),
        }
    }
}

/// A waiting reader that should look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Everyone who waits in this room: it has a new message.
    Room(RoomName),
    /// This person alone: it has a private message, or it left a room or the chat.
    Person(PersonId),
}

/// The user who holds a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Holder {
    pub(super) person: PersonId,
    pub(super) kind: Kind,
}

/// All users and rooms.
///
/// Each user knows its rooms and each room its members; commands change both or neither. Rooms and users
/// are shared with [snapshots](super::snapshot): one costs a pointer for each, and a room or user is copied when
/// it first changes after that.
#[derive(Clone, Debug)]
pub struct Chat {
    /// Drawn once, when the chat began. Cursors carry it.
    pub(super) id: Option<ChatId>,
    pub(super) policy: Policy,
    pub(super) clock: LogClock,
    /// Empty where one server has the log to itself.
    pub(super) writers: Writers,
    /// In order of creation.
    pub(super) rooms: LinkedHashMap<RoomName, Arc<Room>>,
    /// The rooms without users, the longest unused first.
    pub(super) empty_rooms: LinkedHashSet<RoomName>,
    /// Commands only look up here: the order differs from run to run.
    pub(super) users: HashMap<PersonId, Arc<User>>,
    /// Who holds each name. Only looked up, as well.
    pub(super) names: HashMap<Username, Holder>,
    pub(super) silence: Silence,
    /// The sum over the histories of all rooms.
    pub(super) approximate_bytes: usize,
    /// The rooms that keep messages, by what their histories take, so that the largest is found at once.
    pub(super) by_size: BTreeSet<(usize, RoomName)>,
    /// How many persons have ever been registered; the last one's identity.
    pub(super) last_person: u64,
    /// How many messages have ever been stored; the last one's number.
    pub(super) last_sequence: u64,
    /// What the commands since the last [`Chat::take_notices`] did to waiting readers.
    pub(super) notices: Vec<Notice>,
}

/// Notices are on their way out and not part of the state.
impl PartialEq for Chat {
    fn eq(&self, other: &Chat) -> bool {
        let counters = |chat: &Chat| (chat.approximate_bytes, chat.last_person, chat.last_sequence);
        self.id == other.id
            && self.policy == other.policy
            && self.clock == other.clock
            && self.writers == other.writers
            && self.rooms == other.rooms
            && self.empty_rooms == other.empty_rooms
            && self.users == other.users
            && self.names == other.names
            && self.silence == other.silence
            && self.by_size == other.by_size
            && counters(self) == counters(other)
    }
}

impl Chat {
    /// A chat without users and rooms.
    pub fn new(policy: Policy) -> Chat {
        Chat {
            id: None,
            policy,
            clock: LogClock::default(),
            writers: Writers::default(),
            rooms: LinkedHashMap::new(),
            empty_rooms: LinkedHashSet::new(),
            users: HashMap::new(),
            names: HashMap::new(),
            silence: Silence::default(),
            approximate_bytes: 0,
            by_size: BTreeSet::new(),
            last_person: 0,
            last_sequence: 0,
            notices: Vec::new(),
        }
    }

    /// Which waiting readers should look again because of the commands since the last time.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Keeps a message in a room that exists, and of all rooms as much as the policy allows: the one
    /// with most in it drops its oldest first, so that filling a room costs that room its messages. This
    /// message itself stays: it is acknowledged now.
    pub(super) fn keep(&mut self, name: &RoomName, message: Arc<Message>, at: Moment) {
        let (bound, to) = (self.policy.history, message.to);
        let Some(room) = self.rooms.get_mut(name).map(Arc::make_mut) else {
            return;
        };
        let before = room.history.approximate_bytes();
        room.push(message, at);
        let after = room.history.approximate_bytes();
        // More than one when the bound was lowered at a restart.
        let excess = room.history.len().saturating_sub(bound);
        self.resized(name, before, after);
        if let Some(person) = to
            && let Some(user) = self.person_mut(person)
        {
            user.inboxes.insert(name.clone());
        }
        for _ in 0..excess {
            self.drop_oldest(name);
        }
        while self.approximate_bytes > self.policy.memory {
            let is_alone = |name| {
                let room: Option<&Arc<Room>> = self.rooms.get(name);
                room.is_some_and(|room| room.history.len() == 1)
            };
            let mut largest_first = self.by_size.iter().rev().map(|(_, other)| other);
            let largest = largest_first.find(|other| *other != name || !is_alone(name));
            let Some(largest) = largest.cloned() else {
                return;
            };
            self.drop_oldest(&largest);
        }
    }

    /// What the history of a room takes has changed.
    pub(super) fn resized(&mut self, name: &RoomName, before: usize, after: usize) {
        self.approximate_bytes = self.approximate_bytes - before + after;
        if before > 0 {
            self.by_size.remove(&(before, name.clone()));
        }
        if after > 0 {
            self.by_size.insert((after, name.clone()));
        }
    }

    fn drop_oldest(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get_mut(name).map(Arc::make_mut) else {
            return;
        };
        let before = room.history.approximate_bytes();
        let dropped = room.history.drop_oldest();
        let after = room.history.approximate_bytes();
        self.resized(name, before, after);
        if let Some(person) = dropped.and_then(|dropped| dropped.emptied_inbox)
            && let Some(user) = self.person_mut(person)
        {
            user.inboxes.remove(name);
        }
    }

    /// Takes a member out of a room. The latest timestamp to be seen there goes with it: see
    /// `Room::add_member`.
    pub(super) fn remove_member(&mut self, name: &RoomName, user: &Username, at: Moment) {
        let Some(room) = self.rooms.get_mut(name).map(Arc::make_mut) else {
            return;
        };
        room.remove_member(user, at);
        let seen = room.last_timestamp;
        if room.members.is_empty() {
            // Behind all that were left before it.
            self.empty_rooms.insert(name.clone());
        }
        let holder = self.names.get(user).map(|holder| holder.person);
        if let Some(user) = holder.and_then(|person| self.person_mut(person)) {
            user.latest = seen.map_or(user.latest, |seen| seen.max(user.latest));
        }
    }

    /// Takes a user out of the chat: out of its rooms, its name free, its private messages gone. Returns
    /// the rooms it was in, in order of joining. It costs what it removes.
    pub(super) fn remove_user(&mut self, name: &Username, at: Moment) -> Vec<RoomName> {
        let holder = self.names.remove(name);
        let Some(user) = holder.and_then(|holder| self.users.remove(&holder.person)) else {
            return Vec::new();
        };
        for room in &user.rooms {
            self.remove_member(room, name, at);
        }
        for name in &user.inboxes {
            if let Some(room) = self.rooms.get_mut(name).map(Arc::make_mut) {
                let before = room.history.approximate_bytes();
                room.history.drop_private(user.person);
                let after = room.history.approximate_bytes();
                self.resized(name, before, after);
            }
        }
        self.silence.remove(&user);
        self.notices.push(Notice::Person(user.person));
        user.rooms.iter().cloned().collect()
    }

    // A caller is found in these two ways only: name and kind are always both compared.

    pub(super) fn user(&self, caller: &Caller) -> Option<&User> {
        Some(self.users.get(&self.person(caller)?)?)
    }

    pub(super) fn user_mut(&mut self, caller: &Caller) -> Option<&mut User> {
        self.person_mut(self.person(caller)?)
    }

    /// The user who holds a name, of whichever kind.
    pub(super) fn named(&self, name: &str) -> Option<&User> {
        Some(self.users.get(&self.names.get(name)?.person)?)
    }

    pub(super) fn person_mut(&mut self, person: PersonId) -> Option<&mut User> {
        self.users.get_mut(&person).map(Arc::make_mut)
    }

    /// Adds a user, whose name is free.
    pub(super) fn insert_user(&mut self, user: User) {
        let holder = Holder {
            person: user.person,
            kind: user.kind(),
        };
        self.names.insert(user.name.clone(), holder);
        self.silence.insert(&user);
        self.users.insert(user.person, Arc::new(user));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::commands::{CreateRoom, RemoveIdleRooms, UnregisterUser};
    use crate::chat::fixtures::{account, at, join, register, send, sent, texts};

    fn crowded(memory: usize) -> (Chat, Caller) {
        let ana = account("ana");
        let mut chat = Chat::new(Policy {
            memory,
            ..Policy::default()
        });
        chat.apply(at(0), register(&ana));
        for name in ["quiet", "loud"] {
            let room = crate::chat::fixtures::room(name);
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

    /// Counted and not timed: with one room of many that has messages, one entry is looked at.
    #[test]
    fn only_rooms_with_messages_are_looked_at_for_the_largest() {
        let (mut chat, ana) = crowded(4 * ((2 << 10) + 3 * 2));
        for number in 0..50 {
            let room = crate::chat::fixtures::room(&format!("vazia {number}"));
            chat.apply(at(0), CreateRoom { room });
        }
        for _ in 0..9 {
            sent(chat.apply(at(1), send(&ana, "loud", "oi", "")));
            assert_eq!(chat.by_size.len(), 1);
        }
        sent(chat.apply(at(1), send(&ana, "quiet", "oi", "")));
        let sizes: Vec<_> = chat.by_size.iter().map(|(_, room)| room.as_str()).collect();
        assert_eq!(sizes, ["quiet", "loud"]);
    }

    #[test]
    fn what_is_gone_takes_no_memory() {
        let (mut chat, ana) = crowded(usize::MAX);
        sent(chat.apply(at(1), send(&ana, "quiet", "segredo", "ana")));
        sent(chat.apply(at(1), send(&ana, "loud", "oi", "")));
        chat.apply(at(2), UnregisterUser { caller: ana });
        assert_eq!(chat.approximate_bytes, (2 << 10) + 3 * 2);
        chat.apply(at(9_999), RemoveIdleRooms);
        assert_eq!(chat.approximate_bytes, 0);
    }
}
