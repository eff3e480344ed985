//! The state of the chat as a sequence of small records, and back.
//!
//! Records are small, so that a snapshot can be written in parts of any size. What belongs to a user or a
//! room follows it. Wherever order matters, records are in it.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::address::Address;
use super::clock::LogClock;
use super::cursor::ChatId;
use super::message::{Message, SendMessageOutcome};
use super::moment::Moment;
use super::names::{RoomName, Username};
use super::recent_sends::MessageId;
use super::room::Room;
use super::rules::FIRST_RULES;
use super::state::{Chat, Policy};
use super::timestamp::Timestamp;
use super::user::User;
use super::writers::{Writer, WriterId, Writers};

/// A piece of the state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record(Piece);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Piece {
    /// The first record.
    Chat {
        id: Option<ChatId>,
        #[serde(default = "first_rules")]
        rules: u32,
        policy: Policy,
        clock: LogClock,
        last_person: u64,
        last_sequence: u64,
    },
    /// A server that wrote in the last minute.
    Writer(WriterId, Writer),
    User(Arc<User>),
    /// A room that the user before is in.
    Joined(RoomName),
    /// A send that the user before may repeat.
    RecentSend(MessageId, SendMessageOutcome),
    /// Rooms come in order of creation.
    Room {
        name: RoomName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Address>,
        last_timestamp: Option<Timestamp>,
        last_use: Duration,
    },
    /// A member of the room before.
    Member(Username),
    /// A message of the room before.
    Message(Arc<Message>),
    /// A room without members, the longest unused first.
    EmptyRoom(RoomName),
}

fn first_rules() -> u32 {
    FIRST_RULES
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RestoreError {
    #[error("it does not begin with the chat itself")]
    NoBeginning,
    /// A record belongs to a user or room that should have come before it.
    #[error("a record belongs to no user or room")]
    Stray,
}

/// The state at one moment, to be written down while the chat goes on: it shares users and rooms with the
/// chat, which copies one when it first changes after that.
///
/// Taking it costs a pointer for each, in a few lists and without a copy of any name or text: for as long no
/// call is answered.
#[derive(Debug)]
pub struct Snapshot {
    beginning: Piece,
    last_moment: Option<Moment>,
    writers: Writers,
    users: Vec<Arc<User>>,
    rooms: Vec<(RoomName, Arc<Room>)>,
    empty_rooms: Vec<RoomName>,
}

impl Chat {
    pub fn snapshot(&self) -> Snapshot {
        let rooms = self.rooms.iter();
        Snapshot {
            beginning: Piece::Chat {
                id: self.id.clone(),
                rules: self.rules,
                policy: self.policy.clone(),
                clock: self.clock.clone(),
                last_person: self.last_person,
                last_sequence: self.last_sequence,
            },
            last_moment: self.clock.last(),
            writers: self.writers.clone(),
            users: self.users.values().map(Arc::clone).collect(),
            rooms: rooms
                .map(|(name, room)| (name.clone(), Arc::clone(room)))
                .collect(),
            empty_rooms: self.empty_rooms.iter().cloned().collect(),
        }
    }
}

impl Snapshot {
    /// The moment of the last command in it; `None` before the first.
    pub fn last_moment(&self) -> Option<Moment> {
        self.last_moment
    }

    pub fn records(&self) -> impl Iterator<Item = Record> + use<'_> {
        let empty = self.empty_rooms.iter().cloned().map(Piece::EmptyRoom);
        let writers = self.writers.iter();
        let writers = writers.map(|(id, writer)| Piece::Writer(id.clone(), *writer));
        std::iter::once(self.beginning.clone())
            .chain(writers)
            .chain(self.users.iter().flat_map(user_pieces))
            .chain(
                self.rooms
                    .iter()
                    .flat_map(|(name, room)| room_pieces(name, room)),
            )
            .chain(empty)
            .map(Record)
    }
}

fn user_pieces(user: &Arc<User>) -> impl Iterator<Item = Piece> + use<'_> {
    let joined = user.rooms.iter().cloned().map(Piece::Joined);
    let sends = user.recent_sends.iter();
    let sends = sends.map(|(id, outcome)| Piece::RecentSend(id.clone(), outcome.clone()));
    std::iter::once(Piece::User(Arc::clone(user)))
        .chain(joined)
        .chain(sends)
}

fn room_pieces<'room>(
    name: &RoomName,
    room: &'room Room,
) -> impl Iterator<Item = Piece> + use<'room> {
    let piece = Piece::Room {
        name: name.clone(),
        from: room.from,
        last_timestamp: room.last_timestamp,
        last_use: room.last_use,
    };
    let members = room.members.iter().cloned().map(Piece::Member);
    let messages = room.history.messages().cloned().map(Piece::Message);
    std::iter::once(piece).chain(members).chain(messages)
}

/// Puts a state together again.
#[derive(Debug, Default)]
pub struct Restoring {
    chat: Option<Chat>,
    /// The user or room that the next records belong to.
    user: Option<User>,
    room: Option<(RoomName, Room)>,
}

impl Restoring {
    pub fn push(&mut self, Record(piece): Record) -> Result<(), RestoreError> {
        match piece {
            Piece::Chat {
                id,
                rules,
                policy,
                clock,
                last_person,
                last_sequence,
            } => {
                self.chat = Some(Chat {
                    id,
                    rules,
                    clock,
                    last_person,
                    last_sequence,
                    ..Chat::new(policy)
                });
            }
            Piece::Writer(id, writer) => {
                let chat = self.chat.as_mut().ok_or(RestoreError::NoBeginning)?;
                chat.writers.insert(id, writer);
            }
            Piece::User(user) => {
                self.complete()?;
                self.user = Some(Arc::unwrap_or_clone(user));
            }
            Piece::Joined(room) => {
                let user = self.user.as_mut().ok_or(RestoreError::Stray)?;
                user.rooms.insert(room);
            }
            Piece::RecentSend(id, outcome) => {
                let user = self.user.as_mut().ok_or(RestoreError::Stray)?;
                user.recent_sends.remember(id, outcome);
            }
            Piece::Room {
                name,
                from,
                last_timestamp,
                last_use,
            } => {
                self.complete()?;
                let room = Room {
                    last_timestamp,
                    ..Room::unused_since(last_use, from)
                };
                self.room = Some((name, room));
            }
            Piece::Member(user) => {
                let (_, room) = self.room.as_mut().ok_or(RestoreError::Stray)?;
                room.members.insert(user);
            }
            Piece::Message(message) => {
                let (name, room) = self.room.as_mut().ok_or(RestoreError::Stray)?;
                if let Some(person) = message.to
                    && let Some(user) = self.chat.as_mut().and_then(|chat| chat.person_mut(person))
                {
                    user.inboxes.insert(name.clone());
                }
                room.history.push(message);
            }
            Piece::EmptyRoom(name) => {
                self.complete()?;
                let chat = self.chat.as_mut().ok_or(RestoreError::NoBeginning)?;
                chat.empty_rooms.insert(name);
            }
        }
        Ok(())
    }

    /// The state, once all records were given.
    pub fn finish(mut self) -> Result<Chat, RestoreError> {
        self.complete()?;
        self.chat.ok_or(RestoreError::NoBeginning)
    }

    /// Nothing more follows of the user or room before.
    fn complete(&mut self) -> Result<(), RestoreError> {
        let chat = self.chat.as_mut().ok_or(RestoreError::NoBeginning)?;
        if let Some(user) = self.user.take() {
            chat.insert_user(user);
        }
        if let Some((name, room)) = self.room.take() {
            chat.add_room(name, room);
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) fn restored(state: &Snapshot) -> Chat {
    let mut restoring = Restoring::default();
    for record in state.records() {
        // As they are written and read again.
        let text = serde_json::to_string(&record).unwrap();
        restoring
            .push(serde_json::from_str(&text).unwrap())
            .unwrap();
    }
    restoring.finish().unwrap()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::chat::fixtures::{account, at, chat, guest, join, send, sent};

    #[test]
    fn a_chat_is_equal_to_its_copy_whatever_was_dropped_before() {
        let (ana, bia) = (guest("ana"), guest("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        chat.policy.history = 3;
        for number in 0..7 {
            let sender = if number % 2 == 0 { &ana } else { &bia };
            sent(chat.apply(at(1), send(sender, "geral", &number.to_string(), "")));
        }
        assert_eq!(restored(&chat.snapshot()), chat);
    }

    /// Counted and not timed: what is shared is not copied while calls wait.
    #[test]
    fn a_snapshot_shares_users_and_rooms_with_the_chat_and_only_what_changes_is_copied() {
        let users: Vec<_> = (0..100).map(|user| guest(&format!("ana{user}"))).collect();
        let mut chat = chat(
            &["geral", "rust", "vazia"],
            &users.iter().collect::<Vec<_>>(),
        );
        let before = chat.clone();
        let state = chat.snapshot();
        let shared = |chat: &Chat| {
            let user = |user: &&Arc<User>| Arc::ptr_eq(user, &chat.users[&user.person]);
            let room = |room: &&(RoomName, Arc<Room>)| Arc::ptr_eq(&room.1, &chat.rooms[&room.0]);
            (
                state.users.iter().filter(user).count(),
                state.rooms.iter().filter(room).count(),
            )
        };
        // `before` shares them, too.
        assert_eq!(shared(&chat), (100, 3));
        sent(chat.apply(at(1), send(&users[0], "geral", "oi", "")));
        assert_eq!(shared(&chat), (100, 2));
        chat.apply(at(1), join(&users[0], "rust"));
        assert_eq!(shared(&chat), (99, 1));
        assert_eq!(restored(&state), before);
    }

    /// Snapshots are on disks: the fields of users and messages keep their names.
    #[test]
    fn a_user_and_a_message_are_written_as_ever() {
        let (ana, bia) = (guest("ana"), account("bia"));
        let mut chat = chat(&["geral"], &[&ana, &bia]);
        sent(chat.apply(at(1), send(&ana, "geral", "oi", "bia")));
        let written: Vec<_> = chat.snapshot().records().collect();
        let beginning =
            json!({"elapsed": {"secs": 0, "nanos": 0}, "downtime": {"secs": 0, "nanos": 0}});
        for expected in [
            json!({"User": {
                "name": "bia", "person": 2, "credential": {"Password": "hash"}, "latest": "2025-03-09 12:00:00",
                "last_call": beginning, "last_seen": beginning, "has_polled": false, "has_timeout": true,
            }}),
            json!({"Message": {
                "sequence": 1, "timestamp": "2025-03-09 12:00:01", "origin": "ana",
                "recipient": {"Named": "bia"}, "to": 2, "text": "oi",
            }}),
        ] {
            let is_written = |record: &Record| serde_json::to_value(record).unwrap() == expected;
            assert!(
                written.iter().any(is_written),
                "{expected} is not in {written:#?}"
            );
        }
    }

    #[test]
    fn records_out_of_place_are_refused() {
        let member = || Record(Piece::Member(Username::parse("ana").unwrap()));
        let mut restoring = Restoring::default();
        assert_eq!(restoring.push(member()), Err(RestoreError::Stray));
        assert_eq!(
            Restoring::default().finish().unwrap_err(),
            RestoreError::NoBeginning
        );
        for record in Chat::new(Policy::default()).snapshot().records() {
            restoring.push(record).unwrap();
        }
        assert_eq!(restoring.push(member()), Err(RestoreError::Stray));
    }
}
