//! Somebody who watches the chat from outside, remembers everything the slow and plain way, and
//! objects when the chat says or shows anything else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::reading::{check_reading, visible};
use super::steps::{Action, Outcome, callers};
use crate::chat::commands::{
    CreateRoomOutcome, JoinOutcome, LeaveOutcome, RegisterUserOutcome, Send, SendOutcome,
    UnregisterUserOutcome,
};
use crate::chat::{
    Caller, Chat, Kind, Message, MessageId, Moment, PersonId, Policy, Recipient, Rendered,
    RoomName, Username,
};

struct Room {
    name: RoomName,
    members: Vec<Username>,
    kept: Vec<Arc<Message>>,
    /// What the newest message showed.
    last_shown: String,
    last_interaction: Duration,
}

impl Room {
    fn weight(&self) -> usize {
        self.kept.iter().map(|message| message.weight()).sum()
    }
}

pub(super) struct Witness {
    policy: Policy,
    rooms: Vec<Room>,
    holders: HashMap<Username, (PersonId, Kind)>,
    persons_ever: HashSet<PersonId>,
    first_outcomes: HashMap<(PersonId, MessageId), SendOutcome>,
    messages_ever: u64,
}

impl Witness {
    pub(super) fn new(policy: Policy) -> Witness {
        Witness {
            policy,
            rooms: Vec::new(),
            holders: HashMap::new(),
            persons_ever: HashSet::new(),
            first_outcomes: HashMap::new(),
            messages_ever: 0,
        }
    }

    fn person(&self, caller: &Caller) -> Option<PersonId> {
        let (person, kind) = self.holders.get(&caller.name)?;
        (*kind == caller.kind).then_some(*person)
    }

    fn room(&mut self, name: &RoomName) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.name == *name)
    }

    /// Takes note of what was done, and objects to an outcome that cannot be.
    pub(super) fn observe(&mut self, at: Moment, action: &Action, outcome: Outcome) {
        match (action, outcome) {
            (Action::Register(command), Outcome::Register(outcome)) => {
                if self.holders.contains_key(&command.name) {
                    assert_eq!(outcome, RegisterUserOutcome::NameTaken);
                } else if self.holders.len() == self.policy.users {
                    assert_eq!(outcome, RegisterUserOutcome::TooManyUsers);
                } else if let RegisterUserOutcome::Registered(person) = outcome {
                    assert!(self.persons_ever.insert(person), "a person is never reused");
                    let name = command.name.clone();
                    self.holders.insert(name, (person, command.kind));
                } else {
                    panic!("{outcome:?}, and there was a name and a place");
                }
            }
            (Action::Unregister(command), Outcome::Unregister(outcome)) => {
                self.unregistered(at, &command.caller, outcome);
            }
            (Action::Create(command), Outcome::Create(outcome)) => {
                if self.room(&command.room).is_some() {
                    assert_eq!(outcome, CreateRoomOutcome::AlreadyExists);
                } else if self.rooms.len() == self.policy.rooms {
                    assert_eq!(outcome, CreateRoomOutcome::TooManyRooms);
                } else {
                    assert_eq!(outcome, CreateRoomOutcome::Created);
                    self.rooms.push(Room {
                        name: command.room.clone(),
                        members: Vec::new(),
                        kept: Vec::new(),
                        last_shown: String::new(),
                        last_interaction: at.elapsed,
                    });
                }
            }
            (Action::Join(command), Outcome::Join(outcome)) => {
                self.joined(at, &command.caller, &command.room, outcome);
            }
            (Action::Leave(command), Outcome::Leave(outcome)) => {
                let person = self.person(&command.caller);
                let name = &command.caller.name;
                let expected = match self.room(&command.room) {
                    None => LeaveOutcome::NoSuchRoom,
                    Some(_) if person.is_none() => LeaveOutcome::NotRegistered,
                    Some(room) if !room.members.contains(name) => LeaveOutcome::NotInRoom,
                    Some(room) => {
                        room.members.retain(|member| member != name);
                        room.last_interaction = at.elapsed;
                        LeaveOutcome::Left
                    }
                };
                assert_eq!(outcome, expected);
            }
            (Action::Send(command), Outcome::Send(outcome)) => self.sent(at, command, outcome),
            (Action::RemoveIdleRooms, Outcome::RemoveIdleRooms(removed)) => {
                let ttl = self.policy.room_ttl;
                let (gone, stay) = std::mem::take(&mut self.rooms)
                    .into_iter()
                    .partition(|room| {
                        room.members.is_empty() && at.elapsed - room.last_interaction > ttl
                    });
                self.rooms = stay;
                let gone: Vec<Room> = gone;
                assert!(gone.iter().map(|room| &room.name).eq(&removed));
            }
            (action, outcome) => panic!("{outcome:?} for {action:?}"),
        }
    }

    fn unregistered(&mut self, at: Moment, caller: &Caller, outcome: UnregisterUserOutcome) {
        let Some(gone) = self.person(caller) else {
            assert_eq!(outcome, UnregisterUserOutcome::NotRegistered);
            return;
        };
        let mut rooms_left = Vec::new();
        for room in &mut self.rooms {
            if room.members.contains(&caller.name) {
                rooms_left.push(room.name.clone());
                room.last_interaction = at.elapsed;
            }
            room.members.retain(|member| *member != caller.name);
            room.kept.retain(|message| message.to != Some(gone));
        }
        self.holders.remove(&caller.name);
        let UnregisterUserOutcome::Unregistered { mut left } = outcome else {
            panic!("{outcome:?} for a registered user");
        };
        left.sort();
        rooms_left.sort();
        assert_eq!(left, rooms_left);
    }

    fn joined(&mut self, at: Moment, caller: &Caller, name: &RoomName, outcome: JoinOutcome) {
        let room_exists = self.room(name).is_some();
        let Some(person) = self.person(caller) else {
            assert_eq!(outcome, JoinOutcome::NotRegistered { room_exists });
            return;
        };
        if !room_exists {
            assert_eq!(outcome, JoinOutcome::NoSuchRoom);
            return;
        }
        let mut rooms_left = None;
        for room in &mut self.rooms {
            let was_member = room.members.contains(&caller.name);
            if room.name == *name {
                // Who joins again: a guest stands last, an account keeps its place.
                if caller.kind == Kind::Guest {
                    room.members.retain(|member| *member != caller.name);
                }
                if !room.members.contains(&caller.name) {
                    room.members.push(caller.name.clone());
                }
                room.last_interaction = at.elapsed;
            } else if was_member && caller.kind == Kind::Guest {
                room.members.retain(|member| *member != caller.name);
                room.last_interaction = at.elapsed;
                rooms_left = Some(room.name.clone());
            }
        }
        let room = self.room(name).unwrap();
        let expected = JoinOutcome::Joined {
            users: room.members.clone(),
            messages: visible(&room.kept, Some(person)),
            left: rooms_left,
        };
        assert_eq!(outcome, expected);
    }

    fn sent(&mut self, at: Moment, command: &Send, outcome: SendOutcome) {
        let person = self.person(&command.caller);
        let id = person.zip(command.once.clone());
        if let Some(first) = id.as_ref().and_then(|id| self.first_outcomes.get(id)) {
            assert_eq!(outcome, *first);
            return;
        }
        match self.refusal(command) {
            Some(refusal) => assert_eq!(outcome, refusal),
            None => self.stored(at, command, &outcome),
        }
        if let Some(id) = id {
            self.first_outcomes.insert(id, outcome);
        }
    }

    /// Why a message is not to be stored, the first reason of all.
    fn refusal(&mut self, command: &Send) -> Option<SendOutcome> {
        let Caller { name, kind } = &command.caller;
        let is_registered = self.person(&command.caller).is_some();
        let Some(room) = self.room(&command.room) else {
            return Some(SendOutcome::NoSuchRoom);
        };
        let is_there = |name: &str| room.members.iter().any(|member| member.as_str() == name);
        match &command.recipient {
            _ if !is_registered => Some(SendOutcome::NotRegistered),
            _ if !is_there(name.as_str()) => Some(SendOutcome::NotInRoom),
            _ if *kind == Kind::Guest && room.members.len() < 2 => Some(SendOutcome::AloneInRoom),
            Recipient::Named(name) if !is_there(name) => {
                Some(SendOutcome::RecipientNotInRoom { name: name.clone() })
            }
            _ => None,
        }
    }

    fn stored(&mut self, at: Moment, command: &Send, outcome: &SendOutcome) {
        let SendOutcome::Sent(receipt) = outcome else {
            panic!("{outcome:?}, and nothing was in the way");
        };
        let to = match &command.recipient {
            Recipient::Named(name) => self.holders.get(name.as_str()).map(|holder| holder.0),
            _ => None,
        };
        assert_eq!(receipt.to, to, "it is for who holds the name now");
        self.messages_ever += 1;
        assert_eq!(receipt.sequence, self.messages_ever);
        let message = Message {
            sequence: receipt.sequence,
            timestamp: receipt.timestamp,
            origin: command.caller.name.clone(),
            recipient: command.recipient.clone(),
            to,
            text: command.text.clone(),
            rendered: Rendered::default(),
        };

        let bound = self.policy.history;
        let room = self.room(&command.room).unwrap();
        let shown = receipt.timestamp.to_string();
        assert!(shown > room.last_shown, "{shown} after {}", room.last_shown);
        room.last_shown = shown;
        room.last_interaction = at.elapsed;
        room.kept.push(Arc::new(message));
        if room.kept.len() > bound {
            room.kept.remove(0);
        }
        while self.weight() > self.policy.memory {
            let with_others = self
                .rooms
                .iter_mut()
                .filter(|room| room.kept.len() > usize::from(room.name == command.room));
            let Some(heaviest) = with_others.max_by_key(|room| room.weight()) else {
                break;
            };
            heaviest.kept.remove(0);
        }
    }

    fn weight(&self) -> usize {
        self.rooms.iter().map(Room::weight).sum()
    }

    /// Objects to anything that the chat shows otherwise than it happened.
    pub(super) fn check(&self, chat: &Chat) {
        assert!(chat.rooms().eq(self.rooms.iter().map(|room| &room.name)));
        assert_eq!(chat.users.len(), self.holders.len());
        assert_eq!(chat.kept_weight, self.weight());
        for caller in callers() {
            assert_eq!(chat.person(&caller), self.person(&caller));
            self.check_rooms_of(chat, &caller);
        }
        for room in &self.rooms {
            let name = room.name.as_str();
            assert!(chat.users(name).unwrap().eq(&room.members));
            let status = chat.room_status(name, Duration::MAX).unwrap();
            assert_eq!(status.users, room.members.len());
            assert_eq!(status.kept_messages, room.kept.len());
            assert!(status.kept_messages <= self.policy.history);
            assert_eq!(status.idle, Duration::MAX - room.last_interaction);
            // Also those who have left the chat: what was theirs is nobody's.
            let persons = self.persons_ever.iter().copied().map(Some);
            for reader in persons.chain([None]) {
                check_reading(chat, name, reader, &visible(&room.kept, reader));
            }
        }
    }

    fn check_rooms_of(&self, chat: &Chat, caller: &Caller) {
        let is_registered = self.person(caller).is_some();
        let is_in = |room: &&Room| is_registered && room.members.contains(&caller.name);
        let mut expected: Vec<_> = self
            .rooms
            .iter()
            .filter(is_in)
            .map(|room| &room.name)
            .collect();
        let mut rooms: Vec<_> = chat.rooms_of(caller).collect();
        expected.sort();
        rooms.sort();
        assert_eq!(rooms, expected);
        assert!(caller.kind == Kind::Account || rooms.len() <= 1);
    }
}
