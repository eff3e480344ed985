//! Waking the calls that wait for messages.
//!
//! A room wakes everyone who waits in it, a person is woken alone: a private message, or leaving the room,
//! concerns no other reader. A wake-up carries no data: the woken call queries the chat.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::chat::{Notice, PersonId, RoomName};

/// The waiting calls, by what they wait for.
#[derive(Debug, Default)]
pub struct Wakeups {
    rooms: Channels<RoomName>,
    persons: Channels<PersonId>,
}

impl Wakeups {
    /// Waits for what concerns this person in this room from now on.
    pub fn subscribe(&self, room: &RoomName, person: PersonId) -> Subscription {
        Subscription {
            room: self.rooms.subscribe(room),
            person: self.persons.subscribe(&person),
        }
    }

    /// Wakes every reader: the chat was replaced.
    pub fn notify_all(&self) {
        self.rooms.notify_all();
        self.persons.notify_all();
    }

    /// How many calls these notices wake.
    pub fn waiting(&self, notices: &[Notice]) -> usize {
        let waiting = notices.iter().map(|notice| match notice {
            Notice::Room(room) => self.rooms.waiting(room),
            Notice::Person(person) => self.persons.waiting(person),
        });
        waiting.sum()
    }

    pub fn notify(&self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Room(room) => self.rooms.notify(&room),
                Notice::Person(person) => self.persons.notify(&person),
            }
        }
    }
}

/// What one call waits for. It notices what happened between two waits, too.
#[derive(Debug)]
pub struct Subscription {
    room: watch::Receiver<()>,
    person: watch::Receiver<()>,
}

impl Subscription {
    /// Ends when something has happened since the last time.
    pub async fn changed(&mut self) {
        // A channel is dropped only when it has no receivers, so neither of these can fail.
        tokio::select! {
            _ = self.room.changed() => {}
            _ = self.person.changed() => {}
        }
    }
}

/// A channel for each key that a call waits for, and none for the others.
#[derive(Debug)]
struct Channels<K>(Mutex<HashMap<K, watch::Sender<()>>>);

impl<K> Default for Channels<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash> Channels<K> {
    fn subscribe(&self, key: &K) -> watch::Receiver<()> {
        let mut channels = self.0.lock();
        match channels.get(key) {
            Some(channel) => channel.subscribe(),
            None => {
                // Channels without receivers are dropped before the map would grow, so it never has more
                // than twice as many as there are waiting calls.
                if channels.len() == channels.capacity() {
                    channels.retain(|_, channel| channel.receiver_count() > 0);
                }
                let (channel, receiver) = watch::channel(());
                channels.insert(key.clone(), channel);
                receiver
            }
        }
    }

    fn waiting(&self, key: &K) -> usize {
        let channels = self.0.lock();
        channels.get(key).map_or(0, watch::Sender::receiver_count)
    }

    fn notify_all(&self) {
        for channel in self.0.lock().values() {
            channel.send_replace(());
        }
    }

    fn notify(&self, key: &K) {
        if let Some(channel) = self.0.lock().get(key) {
            channel.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn channels_without_receivers_do_not_accumulate() {
        let channels = Channels::default();
        let kept = channels.subscribe(&0);
        for key in 1..10_000 {
            drop(channels.subscribe(&key));
        }
        assert!(channels.0.lock().len() < 100);
        channels.notify(&0);
        assert!(kept.has_changed().unwrap());
    }

    #[test]
    fn a_channel_wakes_its_receivers_and_no_others() {
        let channels = Channels::default();
        let (mut one, mut other) = (channels.subscribe(&1), channels.subscribe(&2));
        channels.notify(&1);
        channels.notify(&3);
        assert!(one.changed().now_or_never().is_some());
        assert!(one.changed().now_or_never().is_none());
        assert!(other.changed().now_or_never().is_none());
    }
}
