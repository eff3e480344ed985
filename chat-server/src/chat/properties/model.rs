//! A model of the chat that remembers everything in the slow and plain way, to compare the chat with.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::reading::{check_reading, visible};
use super::steps::callers;
use crate::chat::commands::{
    AnyCommand, AnyOutcome, CreateRoomOutcome, JoinOutcome, LeaveOutcome, RecordActivity,
    RegisterUser, RegisterUserOutcome, Removed, SendMessage, SendMessageOutcome, Started,
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
    last_use: Duration,
}

impl Room {
    fn approximate_bytes(&self) -> usize {
        self.kept
            .iter()
            .map(|message| message.approximate_bytes())
            .sum()
    }
}

/// A time since the chat began, and the downtime up to it.
#[derive(Clone, Copy, Default)]
struct Time {
    elapsed: Duration,
    downtime: Duration,
}

struct Holder {
    person: PersonId,
    kind: Kind,
    last_call: Time,
    last_seen: Time,
    has_polled: bool,
    /// Whether its silence has a consequence: not that of an account which was taken out of its rooms.
    has_timeout: bool,
}

pub(super) struct Model {
    policy: Policy,
    rooms: Vec<Room>,
    holders: HashMap<Username, Holder>,
    /// The moment of the last command, and how much of the time up to it no server ran.
    now: Time,
    has_started: bool,
    grace_ends: Duration,
    persons_ever: HashSet<PersonId>,
    first_outcomes: HashMap<(PersonId, MessageId), SendMessageOutcome>,
    messages_ever: u64,
}

impl Model {
    pub(super) fn new(policy: Policy) -> Model {
        Model {
            policy,
            rooms: Vec::new(),
            holders: HashMap::new(),
            now: Time::default(),
            has_started: false,
            grace_ends: Duration::ZERO,
            persons_ever: HashSet::new(),
            first_outcomes: HashMap::new(),
            messages_ever: 0,
        }
    }

    fn person(&self, caller: &Caller) -> Option<PersonId> {
        let holder = self.holders.get(&caller.name)?;
        (holder.kind == caller.kind).then_some(holder.person)
    }

    fn room(&mut self, name: &RoomName) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.name == *name)
    }

    /// Does the same, and compares the outcome.
    pub(super) fn apply(&mut self, at: Moment, command: &AnyCommand, outcome: AnyOutcome) {
        let before = self.now.elapsed;
        self.now.elapsed = at.elapsed;
        match (command, outcome) {
            (AnyCommand::StartServer(start), AnyOutcome::StartServer(outcome)) => {
                self.policy = start.policy.clone();
                let expected = [Started::New, Started::Again][usize::from(self.has_started)];
                assert_eq!(outcome, expected);
                if self.has_started {
                    self.now.downtime += at.elapsed - before;
                    self.grace_ends = at.elapsed + Duration::from_secs(60);
                }
                self.has_started = true;
            }
            (AnyCommand::RecordActivity(activity), AnyOutcome::RecordActivity(())) => {
                self.record_activity(activity);
            }
            (AnyCommand::RemoveSilentUsers(command), AnyOutcome::RemoveSilentUsers(removed)) => {
                self.remove_silent(at, command.at_most, removed);
            }
            (AnyCommand::RegisterUser(command), AnyOutcome::RegisterUser(outcome)) => {
                self.registered(at, command, outcome);
            }
            (AnyCommand::UnregisterUser(command), AnyOutcome::UnregisterUser(outcome)) => {
                self.unregistered(at, &command.caller, outcome);
            }
            (AnyCommand::CreateRoom(command), AnyOutcome::CreateRoom(outcome)) => {
                if self.room(&command.room).is_some() {
                    assert_eq!(outcome, CreateRoomOutcome::AlreadyExists);
                } else if self.rooms.len() >= self.policy.rooms {
                    assert_eq!(outcome, CreateRoomOutcome::TooManyRooms);
                } else {
                    assert_eq!(outcome, CreateRoomOutcome::Created);
                    self.rooms.push(Room {
                        name: command.room.clone(),
                        members: Vec::new(),
                        kept: Vec::new(),
                        last_shown: String::new(),
                        last_use: at.elapsed,
                    });
                }
            }
            (AnyCommand::Join(command), AnyOutcome::Join(outcome)) => {
                self.joined(at, &command.caller, &command.room, outcome);
            }
            (AnyCommand::Leave(command), AnyOutcome::Leave(outcome)) => {
                let person = self.person(&command.caller);
                let name = &command.caller.name;
                let expected = match self.room(&command.room) {
                    None => LeaveOutcome::NoSuchRoom,
                    Some(_) if person.is_none() => LeaveOutcome::NotRegistered,
                    Some(room) if !room.members.contains(name) => LeaveOutcome::NotInRoom,
                    Some(room) => {
                        room.members.retain(|member| member != name);
                        room.last_use = at.elapsed;
                        LeaveOutcome::Left
                    }
                };
                assert_eq!(outcome, expected);
            }
            (AnyCommand::SendMessage(command), AnyOutcome::SendMessage(outcome)) => {
                self.sent(at, command, outcome);
            }
            (AnyCommand::RemoveIdleRooms(_), AnyOutcome::RemoveIdleRooms(removed)) => {
                let (ttl, in_grace) = (self.policy.room_ttl, at.elapsed < self.grace_ends);
                let (mut gone, stay): (Vec<Room>, Vec<Room>) = std::mem::take(&mut self.rooms)
                    .into_iter()
                    .partition(|room| {
                        let unused = at.elapsed - room.last_use;
                        room.members.is_empty() && unused > ttl && !in_grace
                    });
                self.rooms = stay;
                gone.sort_by_key(|room| (room.last_use, room.name.clone()));
                let mut removed_sorted = removed.clone();
                removed_sorted.sort();
                let mut names: Vec<_> = gone.iter().map(|room| room.name.clone()).collect();
                names.sort();
                assert_eq!(names, removed_sorted);
                let last_use = |name: &RoomName| {
                    gone.iter()
                        .find(|room| room.name == *name)
                        .unwrap()
                        .last_use
                };
                assert!(
                    removed.iter().map(last_use).is_sorted(),
                    "the longest unused first"
                );
            }
            (command, outcome) => panic!("{outcome:?} for {command:?}"),
        }
    }

    fn registered(&mut self, at: Moment, command: &RegisterUser, outcome: RegisterUserOutcome) {
        let mut former = None;
        if let Some(holder) = self.holders.get(&command.name) {
            if !self.can_take_over(holder) {
                assert_eq!(outcome, RegisterUserOutcome::NameTaken);
                return;
            }
            former = Some(holder.person);
        }
        if self.holders.len() - usize::from(former.is_some()) >= self.policy.users {
            assert_eq!(outcome, RegisterUserOutcome::TooManyUsers);
            return;
        }
        if former.is_some() {
            self.remove(at, &command.name);
        }
        let RegisterUserOutcome::Registered { person, taken_from } = outcome else {
            panic!("{outcome:?}, and there was a name and a place");
        };
        assert_eq!(taken_from, former);
        assert!(self.persons_ever.insert(person), "a person is never reused");
        let holder = Holder {
            person,
            kind: command.credential.kind(),
            last_call: self.now,
            last_seen: self.now,
            has_polled: false,
            has_timeout: true,
        };
        self.holders.insert(command.name.clone(), holder);
    }

    fn can_take_over(&self, holder: &Holder) -> bool {
        let silence = self.now.elapsed - holder.last_seen.elapsed;
        let downtime = self.now.downtime - holder.last_seen.downtime;
        let timeouts = &self.policy.timeouts;
        holder.kind == Kind::Guest
            && (silence - downtime >= timeouts.takeover
                || downtime > Duration::ZERO && silence >= timeouts.polling)
    }

    fn record_activity(&mut self, activity: &RecordActivity) {
        let now = self.now;
        for holder in self.holders.values_mut() {
            let polled = activity.polled.contains(&holder.person);
            let called = activity.called.contains(&holder.person);
            if polled || called {
                holder.last_call = now;
                holder.has_polled |= polled;
                holder.has_timeout = true;
            }
            if polled || called || activity.connected.contains(&holder.person) {
                holder.last_seen = now;
            }
        }
    }

    fn is_silent(&self, holder: &Holder) -> bool {
        let timeouts = &self.policy.timeouts;
        let timeout = if holder.has_polled {
            timeouts.polling
        } else {
            timeouts.never_polled
        };
        holder.has_timeout && self.now.elapsed - holder.last_call.elapsed >= timeout
    }

    fn remove_silent(&mut self, at: Moment, at_most: usize, removed: Vec<Removed>) {
        let silent = self
            .holders
            .values()
            .filter(|holder| self.is_silent(holder))
            .count();
        let in_grace = at.elapsed < self.grace_ends;
        assert_eq!(
            removed.len(),
            if in_grace { 0 } else { silent.min(at_most) }
        );
        for Removed { caller, left } in removed {
            assert!(
                self.is_silent(&self.holders[&caller.name]),
                "{caller:?} is not silent"
            );
            let rooms_left = match caller.kind {
                Kind::Guest => self.remove(at, &caller.name),
                Kind::Account => {
                    let holder = self.holders.get_mut(&caller.name).unwrap();
                    (holder.has_polled, holder.has_timeout) = (false, false);
                    self.leave_all(at, &caller.name)
                }
            };
            assert_same_rooms(left, rooms_left);
        }
    }

    fn unregistered(&mut self, at: Moment, caller: &Caller, outcome: UnregisterUserOutcome) {
        if self.person(caller).is_none() {
            assert_eq!(outcome, UnregisterUserOutcome::NotRegistered);
            return;
        }
        let rooms_left = self.remove(at, &caller.name);
        let UnregisterUserOutcome::Unregistered { left } = outcome else {
            panic!("{outcome:?} for a registered user");
        };
        assert_same_rooms(left, rooms_left);
    }

    fn remove(&mut self, at: Moment, name: &Username) -> Vec<RoomName> {
        let rooms_left = self.leave_all(at, name);
        let gone = self.holders.remove(name).unwrap().person;
        for room in &mut self.rooms {
            room.kept.retain(|message| message.to != Some(gone));
        }
        rooms_left
    }

    fn leave_all(&mut self, at: Moment, name: &Username) -> Vec<RoomName> {
        let mut rooms_left = Vec::new();
        for room in &mut self.rooms {
            if room.members.contains(name) {
                rooms_left.push(room.name.clone());
                room.last_use = at.elapsed;
            }
            room.members.retain(|member| member != name);
        }
        rooms_left
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
                room.last_use = at.elapsed;
            } else if was_member && caller.kind == Kind::Guest {
                room.members.retain(|member| *member != caller.name);
                room.last_use = at.elapsed;
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

    fn sent(&mut self, at: Moment, command: &SendMessage, outcome: SendMessageOutcome) {
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
    fn refusal(&mut self, command: &SendMessage) -> Option<SendMessageOutcome> {
        let Caller { name, kind } = &command.caller;
        let is_registered = self.person(&command.caller).is_some();
        let Some(room) = self.room(&command.room) else {
            return Some(SendMessageOutcome::NoSuchRoom);
        };
        let is_there = |name: &str| room.members.iter().any(|member| member.as_str() == name);
        match &command.recipient {
            _ if !is_registered => Some(SendMessageOutcome::NotRegistered),
            _ if !is_there(name.as_str()) => Some(SendMessageOutcome::NotInRoom),
            _ if *kind == Kind::Guest && room.members.len() < 2 => {
                Some(SendMessageOutcome::AloneInRoom)
            }
            Recipient::Named(name) if !is_there(name) => {
                Some(SendMessageOutcome::RecipientNotInRoom { name: name.clone() })
            }
            _ => None,
        }
    }

    fn stored(&mut self, at: Moment, command: &SendMessage, outcome: &SendMessageOutcome) {
        let SendMessageOutcome::Sent(receipt) = outcome else {
            panic!("{outcome:?}, and nothing was in the way");
        };
        let to = match &command.recipient {
            Recipient::Named(name) => self.holders.get(name.as_str()).map(|holder| holder.person),
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
        room.last_use = at.elapsed;
        room.kept.push(Arc::new(message));
        while room.kept.len() > bound {
            room.kept.remove(0);
        }
        while self.approximate_bytes() > self.policy.memory {
            let with_others = self
                .rooms
                .iter_mut()
                .filter(|room| room.kept.len() > usize::from(room.name == command.room));
            let Some(largest) =
                with_others.max_by_key(|room| (room.approximate_bytes(), room.name.clone()))
            else {
                break;
            };
            largest.kept.remove(0);
        }
    }

    fn approximate_bytes(&self) -> usize {
        self.rooms.iter().map(Room::approximate_bytes).sum()
    }

    /// Compares everything that the chat shows.
    pub(super) fn check(&self, chat: &Chat) {
        assert!(chat.rooms().eq(self.rooms.iter().map(|room| &room.name)));
        assert_eq!(chat.users.len(), self.holders.len());
        assert_eq!(chat.approximate_bytes, self.approximate_bytes());
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
            assert_eq!(status.idle, Duration::MAX - room.last_use);
            // Including those who have left the chat: their private messages are not shown to others.
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

fn assert_same_rooms(mut some: Vec<RoomName>, mut others: Vec<RoomName>) {
    some.sort();
    others.sort();
    assert_eq!(some, others);
}
