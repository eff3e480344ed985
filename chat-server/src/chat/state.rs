//! The state of the chat, and the changes to it that several commands have in common.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hashlink::{LinkedHashMap, LinkedHashSet};
use serde::{Deserialize, Serialize};

use super::address::Places;
use super::clock::LogClock;
use super::cursor::ChatId;
use super::identity::{Caller, Kind, PersonId};
use super::moment::Moment;
use super::names::{RoomName, Username};
use super::presence::{Silence, Timeouts};
use super::room::Room;
use super::rules::RULES;
use super::usage::Usage;
use super::user::User;
use super::writers::Writers;

/// What a chat allows. Each limit bounds memory: the contents of a chat do not end by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How long a room without users is kept after the last use.
    pub room_ttl: Duration,
    /// How many messages a room keeps, the newest.
    pub history: usize,
    /// About how many bytes of memory the messages of all rooms may take. Beyond it the oldest message is dropped of
    /// the address that has most: of its sender who has most, in the room where that one has most.
    pub memory: usize,
    /// How many rooms there may be.
    pub rooms: usize,
    /// How many users may be registered.
    pub users: usize,
    pub timeouts: Timeouts,
    /// Whether one address has at most half of the rooms and of the users, and its part of the memory.
    #[serde(default)]
    pub per_address: bool,
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
            per_address: false,
        }
    }
}

impl Policy {
    /// How many of these places one address may have: half of them, so that the rest stays for others.
    pub(super) fn share_of(&self, places: usize) -> usize {
        if self.per_address {
            places.div_ceil(2)
        } else {
            usize::MAX
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
    /// The rules by which commands are applied now.
    pub(super) rules: u32,
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
    /// How many users are registered from each address.
    pub(super) users_from: Places,
    /// How many rooms each address created.
    pub(super) rooms_from: Places,
    /// What the histories of all rooms take.
    pub(super) usage: Usage,
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
        let counters = |chat: &Chat| (chat.last_person, chat.last_sequence);
        self.id == other.id
            && self.rules == other.rules
            && self.policy == other.policy
            && self.clock == other.clock
            && self.writers == other.writers
            && self.rooms == other.rooms
            && self.empty_rooms == other.empty_rooms
            && self.users == other.users
            && self.names == other.names
            && self.silence == other.silence
            && self.users_from == other.users_from
            && self.rooms_from == other.rooms_from
            && self.usage == other.usage
            && counters(self) == counters(other)
    }
}

impl Chat {
    pub fn new(policy: Policy) -> Chat {
        Chat {
            id: None,
            rules: RULES,
            policy,
            clock: LogClock::default(),
            writers: Writers::default(),
            rooms: LinkedHashMap::new(),
            empty_rooms: LinkedHashSet::new(),
            users: HashMap::new(),
            names: HashMap::new(),
            silence: Silence::default(),
            users_from: Places::default(),
            rooms_from: Places::default(),
            usage: Usage::default(),
            last_person: 0,
            last_sequence: 0,
            notices: Vec::new(),
        }
    }

    /// Which waiting readers should look again because of the commands since the last time.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
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
            let room = self.rooms.get(name);
            let messages = room.map(|room| room.history.private_to(user.person));
            for message in messages.into_iter().flatten() {
                self.drop_message(name, message);
            }
        }
        self.silence.remove(&user);
        self.users_from.give_back(user.from);
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

    /// Adds a user with a name that is free.
    pub(super) fn insert_user(&mut self, user: User) {
        let holder = Holder {
            person: user.person,
            kind: user.kind(),
        };
        self.names.insert(user.name.clone(), holder);
        self.silence.insert(&user);
        self.users_from.take(user.from);
        self.users.insert(user.person, Arc::new(user));
    }
}
