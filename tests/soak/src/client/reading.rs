//! Learning what others have said.

use std::time::Duration;

use dxr::Value;
use tokio::time::Instant;

use super::{Client, Outcome};
use crate::dialect::{Dialect, texts_of};
use crate::text::{self, Key};

/// As often as the known client of dialect accounts polls; each time the whole of the newest messages.
const WHOLE_POLL_EVERY: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It asks now and then.
    Polling,
    /// It waits for them, in the room it is in.
    Waiting,
}

impl Client {
    /// Reads what is new in a room, and gives how many messages came.
    pub(super) async fn read(&mut self, room: usize, patience: Duration) -> Outcome<usize> {
        let (user, name) = (self.name.clone(), self.room(room));
        let place = self.places.get(room).cloned().unwrap_or_default();
        match (self.reading, self.dialect) {
            (Reading::Polling, Dialect::Classic) => {
                let parameters = texts_of(&[&user, &name, &place]);
                let answer = self.value("receive_new_messages", parameters).await?;
                let (texts, last) = self.expect(self.dialect.messages(answer))?;
                if let Some(last) = last {
                    self.place(room, last);
                }
                let keys = self.keys(&texts)?;
                self.record.see(room, &keys);
                Ok(keys.len())
            }
            (Reading::Polling, Dialect::Accounts) => {
                let answer = self
                    .value("receive_messages", texts_of(&[&user, &name]))
                    .await?;
                let (texts, _) = self.expect(self.dialect.messages(answer))?;
                let keys = self.keys(&texts)?;
                let seen = self.record.see_newest(room, &keys);
                self.expect(seen)?;
                // It is the whole, and nothing is left to be read.
                Ok(0)
            }
            (Reading::Waiting, dialect) => {
                let mut parameters = texts_of(&[&user, &name, &place]);
                let milliseconds = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
                parameters.push(Value::Integer(milliseconds));
                let answer = self.value("wait_messages", parameters).await?;
                if let Value::String(text) = &answer {
                    return Err(self.failure(format!("waiting is answered with '{text}'")));
                }
                let (texts, cursor) = self.expect(dialect.page(answer))?;
                self.place(room, cursor);
                let keys = self.keys(&texts)?;
                self.record.see(room, &keys);
                Ok(keys.len())
            }
        }
    }

    /// Reads as its kind of client does: by asking, by asking for everything, or by waiting.
    pub(super) async fn read_now_and_then(&mut self, room: usize) -> Outcome<()> {
        let (room, patience) = match (self.reading, self.dialect) {
            (Reading::Polling, Dialect::Classic) => (room, Duration::ZERO),
            (Reading::Polling, Dialect::Accounts) => {
                if self.last_whole_poll.elapsed() < WHOLE_POLL_EVERY {
                    return Ok(());
                }
                self.last_whole_poll = Instant::now();
                (self.own_room(), Duration::ZERO)
            }
            (Reading::Waiting, _) => match self.joined.last() {
                Some(here) => (*here, Duration::from_millis(self.rng.u64(..100))),
                None => return Ok(()),
            },
        };
        self.read(room, patience).await.map(drop)
    }

    /// Whether it reads everything in a room. Who is answered with the newest messages only, as long
    /// as it asks, keeps up with one room.
    pub(super) fn follows(&self, room: usize) -> bool {
        (self.reading, self.dialect) != (Reading::Polling, Dialect::Accounts)
            || room == self.own_room()
    }

    pub(super) fn own_room(&self) -> usize {
        self.number as usize % self.rooms.len()
    }

    pub(super) fn keys(&self, texts: &[String]) -> Outcome<Vec<Key>> {
        texts
            .iter()
            .map(|text| {
                text::key(text).ok_or_else(|| self.failure(format!("nobody said {text:?}")))
            })
            .collect()
    }

    pub(super) fn place(&mut self, room: usize, place: String) {
        if let Some(known) = self.places.get_mut(room) {
            *known = place;
        }
    }
}
