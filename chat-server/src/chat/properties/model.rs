//! A model of the chat that remembers everything in the slow and plain way, to compare the chat with.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::holder::{Holder, Time};
use super::reading::{check_reading, visible};
use super::steps::{addresses, callers};
use crate::chat::commands::{
    AnyCommand, AnyOutcome, JoinOutcome, LeaveOutcome, RegisterUser, RegisterUserOutcome, Removed,
    SendMessage, SendMessageOutcome, Started, UnregisterUserOutcome,
};
use crate::chat::rules::RULES;
use crate::chat::{
    Address, Caller, Chat, Kind, Message, MessageId, Moment, PersonId, Policy, Recipient, Rendered,
    RoomName, Username,
};

pub(super) struct Room {
    pub(super) name: RoomName,
    pub(super) from: Option<Address>,
    pub(super) members: Vec<Username>,
    pub(super) kept: Vec<Arc<Message>>,
    /// What the newest message showed.
    pub(super) last_shown: String,
    pub(super) last_use: Duration,
}

impl Room {
    pub(super) fn approximate_bytes(&self) -> usize {
        let kept = self.kept.iter();
        kept.map(|message| message.approximate_bytes()).sum()
    }
}

pub(super) struct Model {
    pub(super) rules: u32,
    pub(super) policy: Policy,
    pub(super) rooms: Vec<Room>,
    pub(super) holders: HashMap<Username, Holder>,
    /// The moment of the last command, and how much of the time up to it no server ran.
    pub(super) now: Time,
    has_started: bool,
    grace_ends: Duration,
    persons_ever: HashSet<PersonId>,
    first_outcomes: HashMap<(PersonId, MessageId), SendMessageOutcome>,
    messages_ever: u64,
}

impl Model {
    pub(super) fn new(policy: Policy) -> Model {
        Model {
            rules: RULES,
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

    pub(super) fn room(&mut self, name: &RoomName) -> Option<&mut Room> {
        self.rooms.iter_mut().find(|room| room.name == *name)
    }

    /// Does the same, and compares the outcome.
    pub(super) fn apply(&mut self, at: Moment, command: &AnyCommand, outcome: AnyOutcome) {
        let passed = at.elapsed - self.now.elapsed;
        self.now.elapsed = at.elapsed;
        match (command, outcome) {
            (AnyCommand::StartServer(start), AnyOutcome::StartServer(outcome)) => {
                self.rules = start.rules;
                self.policy = start.policy.clone();
                let expected = [Started::New, Started::Again][usize::from(self.has_started)];
                assert_eq!(outcome, expected);
                if self.has_started {
                    self.now.downtime += passed;
                    self.grace_ends = at.elapsed + Duration::from_secs(60);
                }
                self.has_started = true;
            }
            (AnyCommand::RecordActivity(activity), AnyOutcome::RecordActivity(())) => {
                let holders = self.holders.values_mut();
                holders.for_each(|holder| holder.record(activity, self.now));
            }
            (AnyCommand::RecordLogin(login), AnyOutcome::RecordLogin(())) => {
                let holders = self.holders.values_mut();
                holders.for_each(|holder| holder.record_login(login));
            }
            (AnyCommand::RemoveSilentUsers(command), AnyOutcome::RemoveSilentUsers(removed)) => {
                self.remove_silent(command.at_most, removed);
            }
            (AnyCommand::RegisterUser(command), AnyOutcome::RegisterUser(outcome)) => {
                self.registered(command, outcome);
            }
            (AnyCommand::UnregisterUser(command), AnyOutcome::UnregisterUser(outcome)) => {
                self.unregistered(&command.caller, outcome);
            }
            (AnyCommand::CreateRoom(command), AnyOutcome::CreateRoom(outcome)) => {
                assert_eq!(outcome, self.create(command));
            }
            (AnyCommand::Join(command), AnyOutcome::Join(outcome)) => {
                assert_eq!(outcome, self.join(&command.caller, &command.room));
            }
            (AnyCommand::Leave(command), AnyOutcome::Leave(outcome)) => {
                assert_eq!(outcome, self.leave(&command.caller, &command.room));
            }
            (AnyCommand::SendMessage(command), AnyOutcome::SendMessage(outcome)) => {
                self.sent(command, outcome);
            }
            (AnyCommand::RemoveIdleRooms(_), AnyOutcome::RemoveIdleRooms(removed)) => {
                self.remove_idle(&removed);
            }
            (command, outcome) => panic!("{outcome:?} for {command:?}"),
        }
    }

    fn in_grace(&self) -> bool {
        self.now.elapsed < self.grace_ends
    }

    fn leave(&mut self, caller: &Caller, name: &RoomName) -> LeaveOutcome {
        let (person, now) = (self.person(caller), self.now.elapsed);
        match self.room(name) {
            None => LeaveOutcome::NoSuchRoom,
            Some(_) if person.is_none() => LeaveOutcome::NotRegistered,
            Some(room) if !room.members.contains(&caller.name) => LeaveOutcome::NotInRoom,
            Some(room) => {
                room.members.retain(|member| *member != caller.name);
                room.last_use = now;
                LeaveOutcome::Left
            }
        }
    }

    fn remove_idle(&mut self, removed: &[RoomName]) {
        let (now, ttl, in_grace) = (self.now.elapsed, self.policy.room_ttl, self.in_grace());
        let is_idle =
            |room: &mut Room| room.members.is_empty() && now - room.last_use > ttl && !in_grace;
        let idle = self.rooms.extract_if(.., is_idle);
        let last_use: BTreeMap<_, _> = idle.map(|room| (room.name, room.last_use)).collect();
        assert_eq!(sorted(removed.iter()), Vec::from_iter(last_use.keys()));
        let removed = removed.iter().map(|name| last_use[name]);
        assert!(removed.is_sorted(), "the longest unused first");
    }

    fn registered(&mut self, command: &RegisterUser, outcome: RegisterUserOutcome) {
        let holder = self.holders.get(&command.name);
        if holder.is_some_and(|holder| !holder.can_take_over(self.now, &self.policy.timeouts)) {
            assert_eq!(outcome, RegisterUserOutcome::NameTaken);
            return;
        }
        let former = holder.map(|holder| holder.person);
        if let Err(full) = self.fits(&command.name, command.from, |_| true) {
            // One of those who may give their names up is enough, or none is.
            let unseen = self.first_unseen(&command.name, command.from);
            let gives_up = unseen.filter(|unseen| {
                let left = |other: &Username| other != unseen;
                command.from.is_some() && self.fits(&command.name, command.from, left).is_ok()
            });
            let Some(unseen) = gives_up else {
                assert_eq!(outcome, full);
                return;
            };
            self.remove(&unseen);
        }
        if former.is_some() {
            self.remove(&command.name);
        }
        let RegisterUserOutcome::Registered { person, taken_from } = outcome else {
            panic!("{outcome:?}, and there was a name and a place");
        };
        assert_eq!(taken_from, former);
        assert!(self.persons_ever.insert(person), "a person is never reused");
        let holder = Holder::new(person, command, self.now);
        self.holders.insert(command.name.clone(), holder);
    }

    fn remove_silent(&mut self, at_most: usize, removed: Vec<Removed>) {
        let (now, timeouts) = (self.now, self.policy.timeouts.clone());
        let is_silent = |holder: &Holder| holder.is_silent(now, &timeouts);
        let holders = self.holders.values();
        let silent = holders.filter(|holder| is_silent(holder)).count();
        let expected = if self.in_grace() {
            0
        } else {
            silent.min(at_most)
        };
        assert_eq!(removed.len(), expected);
        for Removed { caller, left } in removed {
            let holder = &self.holders[&caller.name];
            assert!(is_silent(holder), "{caller:?} is not silent");
            let rooms_left = match caller.kind {
                Kind::Guest => self.remove(&caller.name),
                Kind::Account => {
                    let holder = self.holders.get_mut(&caller.name).unwrap();
                    (holder.has_polled, holder.has_timeout) = (false, false);
                    self.leave_all(&caller.name)
                }
            };
            assert_eq!(sorted(left), sorted(rooms_left));
        }
    }

    fn unregistered(&mut self, caller: &Caller, outcome: UnregisterUserOutcome) {
        if self.person(caller).is_none() {
            assert_eq!(outcome, UnregisterUserOutcome::NotRegistered);
            return;
        }
        let rooms_left = self.remove(&caller.name);
        let UnregisterUserOutcome::Unregistered { left } = outcome else {
            panic!("{outcome:?} for a registered user");
        };
        assert_eq!(sorted(left), sorted(rooms_left));
    }

    fn remove(&mut self, name: &Username) -> Vec<RoomName> {
        let rooms_left = self.leave_all(name);
        let gone = self.holders.remove(name).unwrap().person;
        for room in &mut self.rooms {
            room.kept.retain(|message| message.to != Some(gone));
        }
        rooms_left
    }

    fn leave_all(&mut self, name: &Username) -> Vec<RoomName> {
        let is_in = |room: &&mut Room| room.members.contains(name);
        let rooms = self.rooms.iter_mut().filter(is_in).map(|room| {
            room.members.retain(|member| member != name);
            room.last_use = self.now.elapsed;
            room.name.clone()
        });
        rooms.collect()
    }

    fn join(&mut self, caller: &Caller, name: &RoomName) -> JoinOutcome {
        let room_exists = self.room(name).is_some();
        let Some(person) = self.person(caller) else {
            return JoinOutcome::NotRegistered { room_exists };
        };
        if !room_exists {
            return JoinOutcome::NoSuchRoom;
        }
        // A guest that joins again comes last, an account keeps its place.
        let mut left = match caller.kind {
            Kind::Guest => self.leave_all(&caller.name),
            Kind::Account => Vec::new(),
        };
        left.retain(|room| room != name);
        let now = self.now.elapsed;
        let room = self.room(name).unwrap();
        if !room.members.contains(&caller.name) {
            room.members.push(caller.name.clone());
        }
        room.last_use = now;
        JoinOutcome::Joined {
            users: room.members.clone(),
            messages: visible(&room.kept, Some(person)),
            left: left.pop(),
        }
    }

    fn sent(&mut self, command: &SendMessage, outcome: SendMessageOutcome) {
        let person = self.person(&command.caller);
        let id = person.zip(command.once.clone());
        if let Some(first) = id.as_ref().and_then(|id| self.first_outcomes.get(id)) {
            assert_eq!(outcome, *first);
            return;
        }
        match self.refusal(command) {
            Some(refusal) => assert_eq!(outcome, refusal),
            None => self.stored(command, &outcome),
        }
        let is_remembered = matches!(outcome, SendMessageOutcome::Sent(_)) || self.rules == 1;
        if let Some(id) = id
            && is_remembered
        {
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

    fn stored(&mut self, command: &SendMessage, outcome: &SendMessageOutcome) {
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
        let sender = &self.holders[&command.caller.name];
        let address = sender.logins.last().copied().or(sender.from);
        let from = address.filter(|_| self.policy.per_address);
        let message = Message {
            from,
            sequence: receipt.sequence,
            timestamp: receipt.timestamp,
            origin: command.caller.name.clone(),
            recipient: command.recipient.clone(),
            to,
            text: command.text.clone(),
            rendered: Rendered::default(),
        };

        let (bound, now) = (self.policy.history, self.now.elapsed);
        let room = self.room(&command.room).unwrap();
        let shown = receipt.timestamp.to_string();
        assert!(shown > room.last_shown, "{shown} after {}", room.last_shown);
        room.last_shown = shown;
        room.last_use = now;
        room.kept.push(Arc::new(message));
        while room.kept.len() > bound {
            room.kept.remove(0);
        }
        self.drop_what_is_too_much(receipt.sequence);
    }

    pub(super) fn approximate_bytes(&self) -> usize {
        self.rooms.iter().map(Room::approximate_bytes).sum()
    }

    /// Compares everything that the chat shows.
    pub(super) fn check(&self, chat: &Chat) {
        assert!(chat.rooms().eq(self.rooms.iter().map(|room| &room.name)));
        assert_eq!(chat.users.len(), self.holders.len());
        assert_eq!(chat.usage.bytes(), self.approximate_bytes());
        for caller in callers() {
            assert_eq!(chat.person(&caller), self.person(&caller));
            self.check_rooms_of(chat, &caller);
            let account = self.holders.get(&caller.name);
            let account = account.filter(|holder| holder.kind == Kind::Account);
            for from in addresses() {
                let may_act = account.is_none_or(|account| account.logins.contains(&from));
                assert_eq!(chat.may_act_from(caller.name.as_str(), from), may_act);
            }
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
        let expected = self.rooms.iter().filter(is_in).map(|room| &room.name);
        let rooms = sorted(chat.rooms_of(caller));
        assert_eq!(rooms, sorted(expected));
        assert!(caller.kind == Kind::Account || rooms.len() <= 1);
    }
}

fn sorted<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    all.sort();
    all
}
