//! Who is in the chat, and who says so.

use indexmap::IndexSet;

use super::moment::Moment;
use super::names::{RoomName, Username};
use super::recent_sends::RecentSends;
use super::timestamp::Timestamp;

/// One registration of a name, never reused: a private message belongs to the person who held the
/// name when it was sent, and not to whoever registers the name later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub(super) u64);

/// What kind of user holds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A name without a password. In at most one room: joining one leaves the other.
    Guest,
    /// A name with a password. In any number of rooms.
    Account,
}

/// Who gives a command or reads.
///
/// It is a registered user only if name **and** kind are the user's: whoever proved no password can
/// never act as an account, nor an account as a guest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The name called by.
    pub name: Username,
    /// The kind of user that this way of calling is for.
    pub kind: Kind,
}

/// A registered user.
#[derive(Debug, PartialEq)]
pub(super) struct User {
    pub(super) person: PersonId,
    pub(super) kind: Kind,
    /// In order of joining. Each of these rooms has the user among its members.
    pub(super) rooms: IndexSet<RoomName>,
    pub(super) recent_sends: RecentSends,
    /// The latest timestamp that a client of this user may have: the second in which it registered, or
    /// that of a message in a room that it has left since.
    pub(super) latest: Timestamp,
}

impl User {
    pub(super) fn new(person: PersonId, kind: Kind, at: Moment) -> User {
        User {
            person,
            kind,
            rooms: IndexSet::new(),
            recent_sends: RecentSends::default(),
            latest: Timestamp::second_of(at.local),
        }
    }

    /// Notes a room joined, as the last in order also when the user is in it already. Gives the
    /// room that a guest leaves by it.
    pub(super) fn enter(&mut self, room: &RoomName) -> Option<RoomName> {
        self.rooms.shift_remove(room);
        let left = match self.kind {
            Kind::Guest => self.rooms.pop(),
            Kind::Account => None,
        };
        self.rooms.insert(room.clone());
        left
    }
}
