//! What was acknowledged, and whether it is there.

use std::collections::{HashMap, HashSet};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) room: &'static str,
    /// The only user who may see it, if it is private.
    pub(super) to: Option<String>,
    /// Whether it was acknowledged to its sender.
    pub(super) is_acknowledged: bool,
}

/// Everything that the server said yes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// By their texts, no two of which are the same.
    pub(super) messages: HashMap<String, Sent>,
    pub(super) rooms: Vec<String>,
    /// Guests who registered and stay.
    pub(super) guests: Vec<String>,
    pub(super) accounts: Vec<String>,
    /// Who joined `geral` and stays.
    pub(super) members: Vec<String>,
    /// Guests who registered, joined `geral` and unregistered.
    pub(super) gone: Vec<String>,
}

/// A message as a reader was shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    /// In dialect classic.
    pub(super) timestamp: Option<String>,
}

/// Everything that a reader was shown in a room, in the order in which it was.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) reader: String,
    pub(super) room: &'static str,
    pub(super) shown: Vec<Shown>,
    /// Whether the reader is not shown its own messages, as in the original client.
    pub(super) without_own: bool,
}

/// Compares what the readers saw with what was acknowledged. `kept` is what the room has at the end, read
/// by a user without private messages.
pub(super) fn check(ledger: &Ledger, kept: &Seen, readers: &[Seen]) -> Vec<String> {
    let mut wrong = Vec::new();
    let room = kept.room;
    let order: Vec<&str> = kept.shown.iter().map(|shown| shown.text.as_str()).collect();
    for seen in [kept].into_iter().chain(readers) {
        let reader = &seen.reader;
        let mut once = HashSet::new();
        let mut broadcasts = Vec::new();
        let mut latest: HashMap<&str, u64> = HashMap::new();
        let mut before: Option<&String> = None;
        for Shown { text, timestamp } in &seen.shown {
            if !once.insert(text.as_str()) {
                wrong.push(format!("{reader} was shown {text} twice"));
            }
            match ledger.messages.get(text) {
                None => wrong.push(format!("{reader} was shown {text}, which was never sent")),
                Some(sent) if sent.room != room => {
                    wrong.push(format!("{reader} was shown {text} in {room}"));
                }
                Some(Sent { to: Some(to), .. }) if to != reader => {
                    wrong.push(format!(
                        "{reader} was shown {text}, which is private to {to}"
                    ));
                }
                Some(Sent { to: Some(_), .. }) => {}
                Some(Sent { to: None, .. }) => broadcasts.push(text.as_str()),
            }
            let (sender, count) = parts(text);
            if latest
                .insert(sender, count)
                .is_some_and(|last| last > count)
            {
                wrong.push(format!(
                    "{reader} was shown {text} after a later one of its sender"
                ));
            }
            if let (Some(before), Some(now)) = (before, timestamp)
                && before >= now
            {
                wrong.push(format!(
                    "{reader} was shown {text} at {now}, after {before}"
                ));
            }
            before = timestamp.as_ref();
        }
        for (text, sent) in &ledger.messages {
            let is_for_reader = sent.to.as_ref() == Some(reader);
            if sent.room == room
                && sent.is_acknowledged
                && is_for_reader
                && !once.contains(text.as_str())
            {
                wrong.push(format!("{reader} was never shown the private {text}"));
            }
        }
        let is_own = |text: &str| seen.without_own && parts(text).0 == reader;
        let expected: Vec<&str> = order.iter().copied().filter(|text| !is_own(text)).collect();
        if broadcasts != expected {
            let place = broadcasts
                .iter()
                .zip(&expected)
                .take_while(|(one, other)| one == other)
                .count();
            wrong.push(format!(
                "{reader} was shown {} broadcasts of {} in {room}, another than the others from {place} on: {:?} \
                 and not {:?}",
                broadcasts.len(),
                expected.len(),
                broadcasts.iter().skip(place).take(3).collect::<Vec<_>>(),
                expected.iter().skip(place).take(3).collect::<Vec<_>>(),
            ));
        }
    }
    let kept: HashSet<&str> = order.into_iter().collect();
    for (text, sent) in &ledger.messages {
        let is_broadcast = sent.room == room && sent.to.is_none();
        if is_broadcast && sent.is_acknowledged && !kept.contains(text.as_str()) {
            wrong.push(format!("{text} was acknowledged and is lost"));
        }
    }
    wrong
}

/// Who sent a text, and which of the sender's it is.
fn parts(text: &str) -> (&str, u64) {
    let (sender, count) = text.split_once(':').unwrap_or((text, "0"));
    (sender, count.parse().unwrap_or(0))
}

#[test]
fn the_checker_finds_everything_that_can_be_wrong() {
    let sent = |to: Option<&str>, is_acknowledged| Sent {
        room: "geral",
        to: to.map(ToOwned::to_owned),
        is_acknowledged,
    };
    let mut ledger = Ledger::default();
    for (text, sent) in [
        ("ana:1", sent(None, true)),
        ("ana:2", sent(Some("bia"), true)),
        ("ana:3", sent(None, false)),
        ("ana:4", sent(None, true)),
    ] {
        ledger.messages.insert(text.to_owned(), sent);
    }
    let seen = |reader: &str, counts: &[u64]| Seen {
        reader: reader.to_owned(),
        room: "geral",
        shown: counts
            .iter()
            .enumerate()
            .map(|(place, count)| Shown {
                text: format!("ana:{count}"),
                timestamp: Some(place.to_string()),
            })
            .collect(),
        without_own: false,
    };
    let wrong =
        |kept: &[u64], bia: &[u64]| check(&ledger, &seen("eva", kept), &[seen("bia", bia)]).len();
    assert_eq!(wrong(&[1, 4], &[1, 2, 4]), 0);
    assert_eq!(
        wrong(&[1, 3, 4], &[1, 2, 3, 4]),
        0,
        "what was not acknowledged may be there"
    );
    for (kept, bia, what) in [
        (&[1_u64][..], &[1_u64, 2][..], "lost"),
        (&[1, 4], &[1, 4], "a lost private message"),
        (&[1, 4], &[1, 2], "not shown to one"),
        (&[1, 4], &[1, 2, 3, 4], "shown to one alone"),
        (&[1, 4], &[1, 2, 4, 4], "shown twice"),
        (&[1, 4], &[2, 4, 1], "another order"),
        (&[1, 2, 4], &[1, 2, 4], "private to another"),
        (&[1, 4, 9], &[1, 2, 4, 9], "never sent"),
    ] {
        assert!(wrong(kept, bia) > 0, "{what}");
    }
    let mut same_time = seen("eva", &[1, 4]);
    same_time.shown[1].timestamp = same_time.shown[0].timestamp.clone();
    assert_eq!(check(&ledger, &same_time, &[]).len(), 1);
}
