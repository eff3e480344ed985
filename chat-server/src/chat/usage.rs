//! What the kept messages take, by who sent them: the one who fills the memory makes room in it.
//!
//! Addresses share the memory, and the names at one address share its part. So neither many rooms nor many
//! names take from others, except from those at the same address.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::OnceLock;

use super::address::Address;
use super::message::Message;
use super::names::{RoomName, Username};

/// Who a message is charged to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sender {
    /// `None` where addresses do not count or are not known.
    pub(super) address: Option<Address>,
    pub(super) name: Username,
}

impl Sender {
    pub(super) fn of(message: &Message) -> Sender {
        Sender {
            address: message.from,
            name: message.origin.clone(),
        }
    }
}

/// The rooms in which a sender has messages, with the oldest of them.
type Rooms = Ranking<RoomName, u64>;

/// What is kept of each sender.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Usage {
    bytes: usize,
    addresses: Ranking<Option<Address>, Ranking<Username, Rooms>>,
}

impl Usage {
    /// What all messages take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Something is kept of a sender who had nothing in this room. `oldest` is its oldest message there.
    pub(super) fn add_first(
        &mut self,
        sender: &Sender,
        bytes: usize,
        room: &RoomName,
        oldest: u64,
    ) {
        self.resize(sender, room, |size| *size += bytes, Some(oldest));
    }

    /// More is kept of a sender who has older messages in this room.
    pub(super) fn add(&mut self, sender: &Sender, bytes: usize, room: &RoomName) {
        self.resize(sender, room, |size| *size += bytes, None);
    }

    /// Less is kept of a sender in a room. `oldest` is the oldest message of the sender that is left there; `None` if
    /// none is.
    pub(super) fn remove(
        &mut self,
        sender: &Sender,
        bytes: usize,
        room: &RoomName,
        oldest: Option<u64>,
    ) {
        self.resize(sender, room, |size| *size -= bytes, oldest);
    }

    /// Changes the size of what a sender has in a room, and its oldest message there if that is another one now.
    fn resize(
        &mut self,
        sender: &Sender,
        room: &RoomName,
        change_size: impl Fn(&mut usize),
        other_oldest: Option<u64>,
    ) {
        change_size(&mut self.bytes);
        self.addresses
            .change(&sender.address, &change_size, |names| {
                names.change(&sender.name, &change_size, |rooms| {
                    rooms.change(room, &change_size, |oldest| {
                        *oldest = other_oldest.unwrap_or(*oldest);
                    });
                });
            });
    }

    /// The message to drop when there are too many: at the address with most, of the name with most there, in
    /// the room where it has most, the oldest. It is not the `newest`, which was acknowledged just now.
    pub(super) fn to_drop(&self, newest: u64) -> Option<(RoomName, u64)> {
        // Only one candidate can be the newest message itself; it is skipped.
        let names = self.addresses.largest_first().map(|(_, names)| names);
        let rooms = names
            .flat_map(Ranking::largest_first)
            .map(|(_, rooms)| rooms);
        let mut oldest = rooms.flat_map(Ranking::largest_first);
        let (room, sequence) = oldest.find(|(_, sequence)| **sequence != newest)?;
        Some((room.clone(), *sequence))
    }
}

/// Entries with sizes, and their order by size.
#[derive(Clone, Debug)]
struct Ranking<K: Eq + Hash, V> {
    entries: HashMap<K, (usize, V)>,
    /// Made when the largest is asked for first, and kept up to date from then on: while the memory is not full, no
    /// send pays for an order that is not needed.
    by_size: OnceLock<BTreeSet<(usize, K)>>,
}

/// Whether there is an order says nothing of what is in it.
impl<K: Eq + Hash, V: PartialEq> PartialEq for Ranking<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Eq + Hash, V> Default for Ranking<K, V> {
    fn default() -> Ranking<K, V> {
        Ranking {
            entries: HashMap::new(),
            by_size: OnceLock::new(),
        }
    }
}

impl<K: Clone + Eq + Hash + Ord, V: Default> Ranking<K, V> {
    /// Changes the size of an entry and what is in it. An entry of no size is not kept.
    fn change(
        &mut self,
        key: &K,
        change_size: impl FnOnce(&mut usize),
        change_content: impl FnOnce(&mut V),
    ) {
        // Most entries are there: to look first saves a copy of the key.
        if !self.entries.contains_key(key) {
            self.entries.insert(key.clone(), Default::default());
        }
        let Some((size, content)) = self.entries.get_mut(key) else {
            return;
        };
        let before = *size;
        change_size(size);
        change_content(content);
        let after = *size;
        if let Some(by_size) = self.by_size.get_mut() {
            if before > 0 {
                by_size.remove(&(before, key.clone()));
            }
            if after > 0 {
                by_size.insert((after, key.clone()));
            }
        }
        if after == 0 {
            self.entries.remove(key);
        }
    }

    fn largest_first(&self) -> impl Iterator<Item = (&K, &V)> {
        let by_size = self.by_size.get_or_init(|| {
            let entries = self.entries.iter();
            entries
                .map(|(key, (size, _))| (*size, key.clone()))
                .collect()
        });
        let keys = by_size.iter().rev().map(|(_, key)| key);
        keys.filter_map(|key| Some((key, &self.entries.get(key)?.1)))
    }
}
