//! The users of the chat.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use hashlink::LinkedHashSet;
use serde::{Deserialize, Serialize};

use super::clock::LogTime;
use super::moment::Moment;
use super::names::{RoomName, Username};
use super::recent_sends::RecentSends;
use super::timestamp::Timestamp;

/// One registration of a name, never reused: a private message belongs to the person who held the
/// name when it was sent, and not to a later holder of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub(super) u64);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What kind of user holds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A name without a password. In at most one room: joining one leaves the other.
    Guest,
    /// A name with a password. In any number of rooms.
    Account,
}

/// A user who gives a command or reads.
///
/// It is a registered user only if name **and** kind are the user's: a call that proved no password can
/// never act as an account, nor an account as a guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// The name called by.
    pub name: Username,
    /// The kind of user that this way of calling is for.
    pub kind: Kind,
}

/// The hash of an account's password. The chat keeps it and does not look into it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(pub Arc<str>);

/// A hash is a secret: it does not belong into logs and panics.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// What makes a user a guest or an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credential {
    /// Nothing: a guest.
    Nothing,
    /// A password: an account.
    Password(PasswordHash),
}

impl Credential {
    /// The kind of user that has such a credential.
    pub fn kind(&self) -> Kind {
        match self {
            Credential::Nothing => Kind::Guest,
            Credential::Password(_) => Kind::Account,
        }
    }
}

/// A registered user.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct User {
    pub(super) person: PersonId,
    pub(super) credential: Credential,
    /// In order of joining. Each of these rooms has the user among its members.
    pub(super) rooms: LinkedHashSet<RoomName>,
    /// The rooms that keep private messages to this user, left ones included.
    pub(super) inboxes: HashSet<RoomName>,
    pub(super) recent_sends: RecentSends,
    /// The latest timestamp that a client of this user may have: the second in which it registered, or
    /// that of a message in a room that it has left since.
    pub(super) latest: Timestamp,
    /// When the user last called.
    pub(super) last_call: LogTime,
    /// When a connection of the user was last seen open, or the user last called.
    pub(super) last_seen: LogTime,
    /// Whether it asked for messages since it registered, as a client does regularly as long as it runs.
    pub(super) has_polled: bool,
}

impl User {
    /// A user who registers at this moment, which is `now` in the time of the log.
    pub(super) fn new(person: PersonId, credential: Credential, at: Moment, now: LogTime) -> User {
        User {
            person,
            credential,
            rooms: LinkedHashSet::new(),
            inboxes: HashSet::new(),
            recent_sends: RecentSends::default(),
            latest: Timestamp::second_of(at.local()),
            last_call: now,
            last_seen: now,
            has_polled: false,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.credential.kind()
    }

    /// Adds a room as the last in order, even when the user is in it already. Returns the room that a
    /// guest leaves by joining this one.
    pub(super) fn join(&mut self, room: &RoomName) -> Option<RoomName> {
        self.rooms.remove(room);
        let left = match self.kind() {
            Kind::Guest => self.rooms.pop_back(),
            Kind::Account => None,
        };
        self.rooms.insert(room.clone());
        left
    }
}
