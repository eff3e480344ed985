//! The state of the chat as a sequence of small records, and back.
//!
//! Records are small, so that a snapshot can be written in parts of any size. What belongs to a user or a
//! room follows it. Wherever order matters, records are in it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use hashlink::LinkedHashSet;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::address::Address;
use super::clock::{LogClock, LogTime};
use super::cursor::ChatId;
use super::identity::{Credential, PersonId};
use super::message::SendMessageOutcome;
use super::message::{Message, Recipient, Rendered};
use super::moment::Moment;
use super::names::{RoomName, Username};
use super::recent_sends::{MessageId, RecentSends};
use super::room::Room;
use super::rules::FIRST_RULES;
use super::state::{Chat, Policy};
use super::text::MessageText;
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
    User {
        name: Username,
        person: PersonId,
        credential: Credential,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Address>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        logins: Vec<Address>,
        latest: Timestamp,
        last_call: LogTime,
        last_seen: LogTime,
        has_polled: bool,
        /// Whether it is removed when it stays silent.
        has_timeout: bool,
    },
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
    Message {
        sequence: u64,
        timestamp: Timestamp,
        origin: Username,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Address>,
        recipient: Recipient,
        to: Option<PersonId>,
        text: MessageText,
    },
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
            .chain(self.users.iter().flat_map(|user| user_pieces(user)))
            .chain(
                self.rooms
                    .iter()
                    .flat_map(|(name, room)| room_pieces(name, room)),
            )
            .chain(empty)
            .map(Record)
    }
}

fn user_pieces(user: &User) -> impl Iterator<Item = Piece> + use<'_> {
    let piece = Piece::User {
        name: user.name.clone(),
        person: user.person,
        credential: user.credential.clone(),
        from: user.from,
        logins: user.logins.clone(),
        latest: user.latest,
        last_call: user.last_call,
        last_seen: user.last_seen,
        has_polled: user.has_polled,
        has_timeout: user.has_timeout,
    };
    let joined = user.rooms.iter().cloned().map(Piece::Joined);
    let sends = user.recent_sends.iter();
    let sends = sends.map(|(id, outcome)| Piece::RecentSend(id.clone(), outcome.clone()));
    std::iter::once(piece).chain(joined).chain(sends)
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
    let messages = room.history.messages().map(|message| Piece::Message {
        sequence: message.sequence,
        timestamp: message.timestamp,
        origin: message.origin.clone(),
        from: message.from,
        recipient: message.recipient.clone(),
        to: message.to,
        text: message.text.clone(),
    });
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
        if let Piece::Chat {
            id,
            rules,
            policy,
            clock,
            last_person,
            last_sequence,
        } = piece
        {
            self.chat = Some(Chat {
                id,
                rules,
                clock,
                last_person,
                last_sequence,
                ..Chat::new(policy)
            });
            return Ok(());
        }
        match piece {
            Piece::Chat { .. } => {}
            Piece::Writer(id, writer) => {
                let chat = self.chat.as_mut().ok_or(RestoreError::NoBeginning)?;
                chat.writers.insert(id, writer);
            }
            Piece::User {
                name,
                person,
                credential,
                from,
                logins,
                latest,
                last_call,
                last_seen,
                has_polled,
                has_timeout,
            } => {
                self.complete()?;
                self.user = Some(User {
                    person,
                    name,
                    credential,
                    from,
                    logins,
                    rooms: LinkedHashSet::new(),
                    inboxes: HashSet::new(),
                    recent_sends: RecentSends::default(),
                    latest,
                    last_call,
                    last_seen,
                    has_polled,
                    has_timeout,
                });
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
            Piece::Message {
                sequence,
                timestamp,
                origin,
                from,
                recipient,
                to,
                text,
            } => {
                let (name, room) = self.room.as_mut().ok_or(RestoreError::Stray)?;
                if let Some(person) = to
                    && let Some(user) = self.chat.as_mut().and_then(|chat| chat.person_mut(person))
                {
                    user.inboxes.insert(name.clone());
                }
                room.history.push(Arc::new(Message {
                    sequence,
                    timestamp,
                    origin,
                    from,
                    recipient,
                    to,
                    text,
                    rendered: Rendered::default(),
                }));
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
mod tests;
