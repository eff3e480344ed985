//! Waking those who wait for messages.
//!
//! A room wakes everybody who waits in it, a person is woken alone: a private message, or leaving the
//! room, concerns nobody else. What there is to see is not carried along; who wakes looks again.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::chat::{PersonId, RoomName};

/// Who waits for what.
#[derive(Debug, Default)]
pub struct Arrivals {
    rooms: Bells<RoomName>,
    persons: Bells<PersonId>,
}

impl Arrivals {
    /// Waits for what concerns this person in this room from now on.
    pub fn subscribe(&self, room: &RoomName, person: PersonId) -> Subscription {
        Subscription {
            room: self.rooms.subscribe(room),
            person: self.persons.subscribe(&person),
        }
    }

    /// Something arrived for everybody in the room.
    pub fn in_room(&self, room: &RoomName) {
        self.rooms.ring(room);
    }

    /// Something arrived for this person alone, or happened to it.
    pub fn for_person(&self, person: PersonId) {
        self.persons.ring(&person);
    }
}

/// What somebody waits for. It notices also what arrived between two waits.
#[derive(Debug)]
pub struct Subscription {
    room: watch::Receiver<()>,
    person: watch::Receiver<()>,
}

impl Subscription {
    /// Ends when something has arrived since the last time.
    pub async fn arrival(&mut self) {
        // A channel closes only when its bell is thrown away, which happens when nobody listens.
        tokio::select! {
            _ = self.room.changed() => {}
            _ = self.person.changed() => {}
        }
    }
}

/// A bell for each thing that somebody waits for, and none for the others.
#[derive(Debug)]
struct Bells<K>(Mutex<HashMap<K, watch::Sender<()>>>);

impl<K> Default for Bells<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash> Bells<K> {
    fn subscribe(&self, key: &K) -> watch::Receiver<()> {
        let mut bells = self.0.lock();
        match bells.get(key) {
            Some(bell) => bell.subscribe(),
            None => {
                // Bells that nobody listens to any more go before the map would grow, so it never
                // has more than twice as many as there are listeners.
                if bells.len() == bells.capacity() {
                    bells.retain(|_, bell| bell.receiver_count() > 0);
                }
                let (bell, receiver) = watch::channel(());
                bells.insert(key.clone(), bell);
                receiver
            }
        }
    }

    fn ring(&self, key: &K) {
        if let Some(bell) = self.0.lock().get(key) {
            bell.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn bells_that_nobody_listens_to_do_not_pile_up() {
        let bells = Bells::default();
        let kept = bells.subscribe(&0);
        for key in 1..10_000 {
            drop(bells.subscribe(&key));
        }
        assert!(bells.0.lock().len() < 100);
        bells.ring(&0);
        assert!(kept.has_changed().unwrap());
    }

    #[test]
    fn a_bell_wakes_those_who_listen_to_it_and_no_others() {
        let bells = Bells::default();
        let (mut one, mut other) = (bells.subscribe(&1), bells.subscribe(&2));
        bells.ring(&1);
        bells.ring(&3);
        assert!(one.changed().now_or_never().is_some());
        assert!(one.changed().now_or_never().is_none());
        assert!(other.changed().now_or_never().is_none());
    }
}
