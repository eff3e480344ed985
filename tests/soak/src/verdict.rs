//! Whether every acknowledged message was seen exactly once by everyone who could see it, in one order.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use crate::figures::Messages;
use crate::record::{Acknowledged, Record};
use crate::text::Key;

/// What is wrong with one message, for one client in one room.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("client {client} in '{room}': message {sender}:{count} {what}")]
pub(crate) struct Violation {
    client: u32,
    room: String,
    sender: u32,
    count: u32,
    what: &'static str,
}

/// Compares what all have seen with what was acknowledged.
pub(crate) fn check(records: &[Record], rooms: &[String]) -> Result<Messages, Vec<Violation>> {
    let sent: Vec<Acknowledged> = records
        .iter()
        .flat_map(|record| record.sent.clone())
        .collect();
    let mut violations = Vec::new();
    let mut messages = Messages {
        acknowledged: sent.len(),
        private: sent.iter().filter(|message| message.to.is_some()).count(),
        seen: 0,
    };
    for (room, name) in rooms.iter().enumerate() {
        let here: HashMap<Key, Option<u32>> = sent
            .iter()
            .filter(|message| message.room == room)
            .map(|message| (message.key, message.to))
            .collect();
        // The order is the one in which the first client saw the broadcasts; all others' is compared.
        let mut order: Option<Vec<Key>> = None;
        for record in records {
            let Some(Some(seen)) = record.seen.get(room) else {
                continue;
            };
            messages.seen += seen.len();
            let mut report = |key: Key, what| {
                violations.push(Violation {
                    client: record.client,
                    room: name.clone(),
                    sender: key.sender,
                    count: key.count,
                    what,
                });
            };
            let mut once = HashSet::new();
            let mut latest: HashMap<u32, u32> = HashMap::new();
            let mut broadcasts = Vec::new();
            for key in seen {
                match here.get(key) {
                    None => report(*key, "was shown and never acknowledged"),
                    Some(Some(to)) if *to != record.client => {
                        report(*key, "was for another client")
                    }
                    Some(Some(_)) => {}
                    Some(None) => broadcasts.push(*key),
                }
                if !once.insert(*key) {
                    report(*key, "was shown twice");
                }
                // A sender waits for each answer before it sends the next.
                let before = latest.insert(key.sender, key.count);
                if before.is_some_and(|before| before > key.count) {
                    report(*key, "was shown after a later one of its sender");
                }
            }
            for (key, to) in &here {
                if to.is_none_or(|to| to == record.client) && !once.contains(key) {
                    report(*key, "was acknowledged and never shown");
                }
            }
            match &order {
                None => order = Some(broadcasts),
                Some(order) => {
                    let differs = order
                        .iter()
                        .zip(&broadcasts)
                        .find(|(one, other)| one != other);
                    if let Some((_, key)) = differs {
                        report(*key, "is in another place than others saw it in");
                    }
                }
            }
        }
    }
    if violations.is_empty() {
        Ok(messages)
    } else {
        Err(violations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(count: u32) -> Key {
        Key { sender: 0, count }
    }

    /// Three messages of client 0 in one room, the second one for client 1 alone.
    fn records(seen: [&[u32]; 3]) -> Vec<Record> {
        let sent = |count| Acknowledged {
            key: key(count),
            room: 0,
            to: (count == 2).then_some(1),
        };
        let mut records: Vec<Record> = (0..)
            .zip(seen)
            .map(|(client, seen)| Record {
                client,
                sent: Vec::new(),
                seen: vec![Some(seen.iter().map(|count| key(*count)).collect())],
            })
            .collect();
        records[0].sent = vec![sent(1), sent(2), sent(3)];
        records
    }

    fn found(seen: [&[u32]; 3]) -> Vec<&'static str> {
        let violations = check(&records(seen), &["geral".to_owned()])
            .err()
            .unwrap_or_default();
        violations
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    #[test]
    fn what_is_as_it_should_be_is_counted() {
        let right = records([&[1, 3], &[1, 2, 3], &[1, 3]]);
        let messages = check(&right, &["geral".to_owned()]).unwrap();
        assert_eq!(
            (messages.acknowledged, messages.private, messages.seen),
            (3, 1, 7)
        );
    }

    #[test]
    fn everything_that_can_be_wrong_is_found() {
        assert_eq!(
            found([&[1, 3], &[1, 2, 3], &[1]]),
            ["was acknowledged and never shown"]
        );
        assert_eq!(
            found([&[1, 3], &[1, 3], &[1, 3]]),
            ["was acknowledged and never shown"]
        );
        assert_eq!(
            found([&[1, 3], &[1, 2, 3], &[1, 3, 3]]),
            ["was shown twice"]
        );
        assert_eq!(
            found([&[1, 2, 3], &[1, 2, 3], &[1, 3]]),
            ["was for another client"]
        );
        assert_eq!(
            found([&[1, 3], &[1, 2, 3], &[1, 3, 4]]),
            ["was shown and never acknowledged"]
        );
        assert_eq!(
            found([&[1, 3], &[1, 2, 3], &[3, 1]]),
            [
                "was shown after a later one of its sender",
                "is in another place than others saw it in"
            ]
        );
    }
}
