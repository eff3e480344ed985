//! A registered user.

use std::collections::HashSet;

use hashlink::LinkedHashSet;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::clock::LogTime;
use super::identity::{Credential, Kind, PersonId};
use super::moment::Moment;
use super::names::{RoomName, Username};
use super::recent_sends::RecentSends;
use super::timestamp::Timestamp;

/// A registered user. What is skipped has records of its own in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) person: PersonId,
    pub(super) name: Username,
    pub(super) credential: Credential,
    /// The address that registered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Address>,
    /// The addresses from which an account has logged in, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) logins: Vec<Address>,
    /// In order of joining. Each of these rooms has the user among its members.
    #[serde(skip)]
    pub(super) rooms: LinkedHashSet<RoomName>,
    /// The rooms that keep private messages to this user, left ones included.
    #[serde(skip)]
    pub(super) inboxes: HashSet<RoomName>,
    #[serde(skip)]
    pub(super) recent_sends: RecentSends,
    /// The latest timestamp that a client of this user may have: the second in which it registered, or
    /// that of a message in a room that it has left since.
    pub(super) latest: Timestamp,
    pub(super) last_call: LogTime,
    /// When a connection of the user was last seen open, or the user last called.
    pub(super) last_seen: LogTime,
    /// Whether it asked for messages since it registered, as a client does regularly as long as it runs.
    pub(super) has_polled: bool,
    /// Whether it is removed when it stays silent: not an account that was taken out of its rooms for that,
    /// until it calls again.
    pub(super) has_timeout: bool,
}

impl User {
    /// A user who registers at this moment, which is `now` in the time of the log.
    pub(super) fn new(
        person: PersonId,
        name: Username,
        credential: Credential,
        from: Option<Address>,
        at: Moment,
        now: LogTime,
    ) -> User {
        let logins = match credential.kind() {
            Kind::Guest => None,
            Kind::Account => from,
        };
        User {
            person,
            name,
            credential,
            from,
            logins: logins.into_iter().collect(),
            rooms: LinkedHashSet::new(),
            inboxes: HashSet::new(),
            recent_sends: RecentSends::default(),
            latest: Timestamp::second_of(at.local()),
            last_call: now,
            last_seen: now,
            has_polled: false,
            has_timeout: true,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.credential.kind()
    }

    /// Where it is: the address that its messages are charged to.
    pub(super) fn address(&self) -> Option<Address> {
        self.logins.last().copied().or(self.from)
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
