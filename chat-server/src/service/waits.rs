//! The places of calls that wait for messages.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::chat::PersonId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitRefusal {
    NoSuchRoom,
    /// No user of this name and kind is registered.
    NotRegistered,
    NotInRoom,
}

/// How many calls of one user wait at the same time. A client waits with one; more are those of clients that
/// died, or of a program that wants to fill the server.
pub(super) const WAITS_OF_ONE_USER: usize = 8;

/// The waiting calls of each user, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<HashMap<PersonId, VecDeque<oneshot::Sender<()>>>>);

/// The place of one waiting call.
pub(super) struct Place<'a> {
    waits: &'a Waits,
    person: PersonId,
    /// Its sender is dropped when a newer call takes the place.
    taken: oneshot::Receiver<()>,
}

impl Waits {
    pub(super) fn count(&self) -> usize {
        self.0.lock().values().map(VecDeque::len).sum()
    }

    #[cfg(test)]
    pub(super) fn users(&self) -> usize {
        self.0.lock().len()
    }

    /// A place for one more call of this user. Where there are too many, the oldest loses its place.
    pub(super) fn enter(&self, person: PersonId) -> Place<'_> {
        let (place, taken) = oneshot::channel();
        let mut waits = self.0.lock();
        let of_person = waits.entry(person).or_default();
        if of_person.len() >= WAITS_OF_ONE_USER {
            of_person.pop_front();
        }
        of_person.push_back(place);
        Place {
            waits: self,
            person,
            taken,
        }
    }
}

impl Place<'_> {
    /// Completes when a newer call has taken the place; not to be called again then.
    pub(super) async fn taken(&mut self) {
        let _ = (&mut self.taken).await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // Which marks its sender as closed.
        self.taken.close();
        let mut waits = self.waits.0.lock();
        if let Some(of_person) = waits.get_mut(&self.person) {
            of_person.retain(|place| !place.is_closed());
            if of_person.is_empty() {
                waits.remove(&self.person);
            }
        }
    }
}
