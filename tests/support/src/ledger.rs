//! What clients sent, what was acknowledged to them, and whether each reader was shown it: exactly once, in one
//! order, and nothing that was not for it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::dialect::Shown;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its sender got no answer: it may be there or not.
    Unanswered,
    /// It must be there.
    Acknowledged,
    /// It must not be there.
    Refused,
}

#[derive(Clone, Debug)]
struct Sent {
    room: String,
    /// The only user who may see it, if it is private.
    to: Option<String>,
    state: State,
}

/// All messages by their texts, no two of which are the same. A text begins with `SENDER:NUMBER`, and a sender
/// counts.
#[derive(Clone, Debug, Default)]
pub struct Messages(HashMap<Arc<str>, Sent>);

/// Everything that a reader was shown in a room, in the order in which it was.
#[derive(Clone, Debug)]
pub struct Seen {
    pub reader: String,
    pub room: String,
    pub texts: Vec<Arc<str>>,
    /// Their timestamps, where they were kept.
    pub timestamps: Vec<String>,
    /// Whether the reader is not shown its own messages, as in the original client.
    pub without_own: bool,
}

impl Seen {
    pub fn nothing(reader: &str, room: &str) -> Self {
        Self {
            reader: reader.to_owned(),
            room: room.to_owned(),
            texts: Vec::new(),
            timestamps: Vec::new(),
            without_own: false,
        }
    }

    /// Adds what was shown after all the rest.
    pub fn extend(&mut self, messages: &Messages, shown: impl IntoIterator<Item = Shown>) {
        for Shown { text, timestamp } in shown {
            // A long run keeps each text once, however many have seen it.
            let known = messages.0.get_key_value(text.as_str());
            let text = known.map_or_else(|| text.into(), |(known, _)| Arc::clone(known));
            self.texts.push(text);
            self.timestamps.extend(timestamp);
        }
    }
}

impl Messages {
    /// A message is about to be sent, to the room or `to` one user.
    pub fn begin(&mut self, text: &str, room: &str, to: Option<&str>) {
        let sent = Sent {
            room: room.to_owned(),
            to: to.map(ToOwned::to_owned),
            state: State::Unanswered,
        };
        self.0.insert(text.into(), sent);
    }

    /// The sender of a message got its answer.
    pub fn end(&mut self, text: &str, state: State) {
        self.0.get_mut(text).unwrap().state = state;
    }

    /// The acknowledged messages: their texts, rooms, and whether they are private.
    pub fn acknowledged(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        let all = self.0.iter();
        all.filter(|(_, sent)| sent.state == State::Acknowledged)
            .map(|(text, sent)| (&**text, sent.room.as_str(), sent.to.is_some()))
    }

    /// What is wrong with what the readers saw. The broadcasts are compared with those of each room's first reader.
    pub fn check(&self, readers: &[Seen]) -> Vec<String> {
        let mut rooms: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
        for seen in readers {
            rooms.entry(&seen.room).or_default().push(seen);
        }
        let mut wrong = Vec::new();
        for (room, readers) in rooms {
            self.check_room(room, &readers, &mut wrong);
        }
        wrong
    }

    fn check_room(&self, room: &str, readers: &[&Seen], wrong: &mut Vec<String>) {
        let here = self.0.iter().filter(|(_, sent)| sent.room == room);
        let acknowledged = here.filter(|(_, sent)| sent.state == State::Acknowledged);
        let (private, public): (Vec<_>, Vec<_>) =
            acknowledged.partition(|(_, sent)| sent.to.is_some());
        let order: Vec<&str> = self.broadcasts(readers[0]).collect();
        let kept: HashSet<&str> = order.iter().copied().collect();
        for (text, _) in public {
            if !kept.contains(&**text) {
                wrong.push(format!("{text} was acknowledged and is lost in {room}"));
            }
        }
        for seen in readers {
            let reader = &seen.reader;
            let mut say = |what: String| wrong.push(format!("{reader} in {room} was {what}"));
            let mut once = HashSet::new();
            let mut latest: HashMap<&str, u64> = HashMap::new();
            for text in &seen.texts {
                if !once.insert(&**text) {
                    say(format!("shown {text} twice"));
                }
                match self.0.get(text) {
                    None => say(format!("shown {text}, which was never sent")),
                    Some(sent) if sent.state == State::Refused => {
                        say(format!("shown {text}, which was refused"))
                    }
                    Some(sent) if sent.room != room => {
                        say(format!("shown {text} of {}", sent.room))
                    }
                    Some(Sent { to: Some(to), .. }) if to != reader => {
                        say(format!("shown {text}, which is private to {to}"));
                    }
                    Some(_) => {}
                }
                // A sender waits for each answer before it sends the next.
                let (sender, count) = parts(text);
                if latest
                    .insert(sender, count)
                    .is_some_and(|last| last > count)
                {
                    say(format!("shown {text} after a later one of its sender"));
                }
            }
            for pair in seen.timestamps.windows(2).filter(|pair| pair[0] >= pair[1]) {
                say(format!(
                    "shown a message of {} after one of {}",
                    pair[1], pair[0]
                ));
            }
            for (text, sent) in &private {
                if sent.to.as_ref() == Some(reader) && !once.contains(&***text) {
                    say(format!("never shown the private {text}"));
                }
            }
            let is_own = |text: &str| seen.without_own && parts(text).0 == reader;
            let expected: Vec<&str> = order.iter().copied().filter(|text| !is_own(text)).collect();
            let broadcasts: Vec<&str> = self.broadcasts(seen).collect();
            if broadcasts != expected {
                let pairs = broadcasts.iter().zip(&expected);
                let place = pairs.take_while(|(one, other)| one == other).count();
                let next = |all: &[&str]| {
                    format!("{:?}", all.iter().skip(place).take(3).collect::<Vec<_>>())
                };
                say(format!(
                    "shown {} broadcasts of {}, others than the first reader from {place} on: {} and not {}",
                    broadcasts.len(),
                    expected.len(),
                    next(&broadcasts),
                    next(&expected),
                ));
            }
        }
    }

    fn broadcasts<'seen>(&self, seen: &'seen Seen) -> impl Iterator<Item = &'seen str> {
        let texts = seen.texts.iter().map(|text| &**text);
        texts.filter(|text| self.0.get(*text).is_some_and(|sent| sent.to.is_none()))
    }
}

/// Who sent a text, and which of the sender's it is.
fn parts(text: &str) -> (&str, u64) {
    let (sender, rest) = text.split_once(':').unwrap_or((text, ""));
    let digits = rest.split(' ').next().unwrap_or_default();
    (sender, digits.parse().unwrap_or(0))
}

#[test]
fn the_check_finds_everything_that_can_be_wrong() {
    let mut messages = Messages::default();
    for (text, to, state) in [
        ("ana:1", None, State::Acknowledged),
        ("ana:2", Some("bia"), State::Acknowledged),
        ("ana:3", None, State::Unanswered),
        ("ana:4 with more", None, State::Acknowledged),
        ("ana:5", None, State::Refused),
    ] {
        messages.begin(text, "geral", to);
        messages.end(text, state);
    }
    messages.begin("ana:6", "rust", None);
    let seen = |reader: &str, counts: &[u64]| {
        let mut seen = Seen::nothing(reader, "geral");
        let shown = counts.iter().enumerate().map(|(place, &count)| Shown {
            text: format!("ana:{count}{}", if count == 4 { " with more" } else { "" }),
            timestamp: Some(place.to_string()),
        });
        seen.extend(&messages, shown);
        seen
    };
    let wrong =
        |eva: &[u64], bia: &[u64]| messages.check(&[seen("eva", eva), seen("bia", bia)]).len();
    assert_eq!(wrong(&[1, 4], &[1, 2, 4]), 0);
    assert_eq!(
        wrong(&[1, 3, 4], &[1, 2, 3, 4]),
        0,
        "what was not answered may be there"
    );
    for (eva, bia, what) in [
        (&[1_u64][..], &[1_u64, 2][..], "lost"),
        (&[1, 4], &[1, 4], "a lost private message"),
        (&[1, 4], &[1, 2], "not shown to one"),
        (&[1, 4], &[1, 2, 3, 4], "shown to one alone"),
        (&[1, 4], &[1, 2, 4, 4], "shown twice"),
        (&[1, 4], &[2, 4, 1], "another order"),
        (&[4, 1], &[4, 1, 2], "not in the order of its sender"),
        (&[1, 2, 4], &[1, 2, 4], "private to another"),
        (&[1, 4, 5], &[1, 2, 4, 5], "refused"),
        (&[1, 4, 6], &[1, 2, 4, 6], "of another room"),
        (&[1, 4, 9], &[1, 2, 4, 9], "never sent"),
    ] {
        assert!(wrong(eva, bia) > 0, "{what}");
    }
    let mut same_time = seen("eva", &[1, 4]);
    same_time.timestamps[1] = same_time.timestamps[0].clone();
    assert_eq!(messages.check(&[same_time]).len(), 1);
    let mut without_own = seen("ana", &[]);
    without_own.without_own = true;
    assert_eq!(
        messages.check(&[seen("eva", &[1, 4]), without_own]),
        Vec::<String>::new()
    );
}
