//! Learning what others have said.

use std::time::Duration;

use std::sync::Arc;

use dxr::Value;
use support::dialect::{Dialect, Shown};
use tokio::time::Instant;

use super::{Client, Outcome, Reading, texts_of};

/// As often as the known client of dialect accounts polls; each time the whole of the newest messages.
const WHOLE_POLL_EVERY: Duration = Duration::from_secs(1);

impl Client {
    /// Reads what is new in a room, and gives how many messages came.
    pub(super) async fn read(&mut self, room: usize, patience: Duration) -> Outcome<usize> {
        let (user, name) = (self.name.clone(), self.room(room));
        let place = self.places.get(room).cloned().unwrap_or_default();
        match (self.reading, self.dialect) {
            (Reading::Polling, Dialect::Classic) => {
                let parameters = texts_of(&[&user, &name, &place]);
                let answer = self.value("receive_new_messages", parameters).await?;
                let messages = self.expect(self.dialect.messages(answer))?;
                if let Some(last) = messages.last() {
                    self.place(room, last.timestamp.clone().unwrap_or_default());
                }
                Ok(self.see(room, messages))
            }
            (Reading::Polling, Dialect::Accounts) => {
                let answer = self
                    .value("receive_messages", texts_of(&[&user, &name]))
                    .await?;
                let mut messages = self.expect(self.dialect.messages(answer))?;
                if let Some(seen) = self.seen.get(room) {
                    let known = self.expect(known(&seen.texts, &messages))?;
                    self.see(room, messages.split_off(known));
                }
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
                let (messages, cursor) = self.expect(dialect.page(answer))?;
                self.place(room, cursor);
                Ok(self.see(room, messages))
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

    /// Notes what came after everything that was seen in a room, and gives how much.
    fn see(&mut self, room: usize, messages: Vec<Shown>) -> usize {
        let count = messages.len();
        if let Some(seen) = self.seen.get_mut(room) {
            seen.extend(&self.progress.messages.lock(), messages);
        }
        count
    }

    pub(super) fn place(&mut self, room: usize, place: String) {
        if let Some(known) = self.places.get_mut(room) {
            *known = place;
        }
    }
}

/// How many of a room's newest messages were seen before.
fn known(seen: &[Arc<str>], newest: &[Shown]) -> Result<usize, String> {
    let Some(last) = seen.last() else {
        return Ok(0);
    };
    let known = newest.iter().position(|message| *message.text == **last);
    let known = known.ok_or("it fell behind: what it saw last is no longer among the newest")? + 1;
    let before = newest
        .iter()
        .take(known)
        .rev()
        .map(|message| message.text.as_str());
    if before.eq(seen.iter().rev().take(known).map(|text| &**text)) {
        Ok(known)
    } else {
        Err("the newest messages are others than before".to_owned())
    }
}

#[test]
fn what_is_new_follows_what_is_known() {
    let texts = |counts: &[u32]| {
        counts
            .iter()
            .map(|count| Arc::from(format!("ana:{count}")))
            .collect()
    };
    let seen: Vec<Arc<str>> = texts(&[0, 1, 2, 3, 4]);
    let known = |counts: &[u32]| {
        let newest: Vec<Arc<str>> = texts(counts);
        let newest = newest.iter().map(|text| Shown {
            text: text.to_string(),
            timestamp: None,
        });
        known(&seen, &newest.collect::<Vec<_>>()).ok()
    };
    assert_eq!(known(&[0, 1, 2, 3, 4]), Some(5));
    assert_eq!(known(&[3, 4, 5, 6]), Some(2));
    assert_eq!(known(&[5, 6]), None, "it fell behind");
    assert_eq!(known(&[4, 3, 5]), Some(1));
    assert_eq!(known(&[2, 4, 5]), None, "another order");
}
