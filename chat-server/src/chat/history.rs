//! The messages a room keeps, and finding those that one reader may see.
//!
//! A poll costs what it returns, whatever the room keeps: broadcasts and each person's private messages
//! are kept apart, so that no reader walks past messages of others. Finding a place in them is a binary
//! search.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::message::Message;
use super::timestamp::Timestamp;
use super::user::PersonId;

/// How many bytes of text the messages of one answer have at most, but for the last one. Written as XML
/// a byte is at most six (`&quot;`), and clients read no answer above 64 MiB. A thousand messages of
/// people who type stay far below it.
pub(super) const TEXT_AT_MOST: usize = 8 << 20;

/// The newest messages of a room.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct History {
    /// For each message kept, by its sequence, who may read it.
    timeline: BTreeMap<u64, Option<PersonId>>,
    broadcasts: VecDeque<Arc<Message>>,
    /// What each person may read alone; never an empty queue.
    private: HashMap<PersonId, VecDeque<Arc<Message>>>,
    approximate_bytes: usize,
}

/// A message that was dropped.
pub(super) struct DroppedMessage {
    /// The person for whom no message is left here, if the dropped one was the last of its own.
    pub(super) emptied_inbox: Option<PersonId>,
}

impl History {
    /// How many messages are kept.
    pub(super) fn len(&self) -> usize {
        self.timeline.len()
    }

    /// About how many bytes of memory the messages take.
    pub(super) fn approximate_bytes(&self) -> usize {
        self.approximate_bytes
    }

    /// Keeps one more message, later than all before it.
    pub(super) fn push(&mut self, message: Arc<Message>) {
        self.timeline.insert(message.sequence, message.to);
        self.approximate_bytes += message.approximate_bytes();
        match message.to {
            None => self.broadcasts.push_back(message),
            Some(person) => self.private.entry(person).or_default().push_back(message),
        }
    }

    /// Drops the oldest message.
    pub(super) fn drop_oldest(&mut self) -> Option<DroppedMessage> {
        let (_, to) = self.timeline.pop_first()?;
        let dropped = match to {
            Some(person) => self.private.get_mut(&person).and_then(VecDeque::pop_front),
            None => self.broadcasts.pop_front(),
        };
        if let Some(message) = dropped {
            self.approximate_bytes -= message.approximate_bytes();
        }
        let emptied_inbox =
            to.filter(|person| self.private.get(person).is_some_and(VecDeque::is_empty));
        if let Some(person) = emptied_inbox {
            self.private.remove(&person);
        }
        Some(DroppedMessage { emptied_inbox })
    }

    /// Drops everything that only `person` may read.
    pub(super) fn drop_private(&mut self, person: PersonId) {
        for message in self.private.remove(&person).into_iter().flatten() {
            self.approximate_bytes -= message.approximate_bytes();
            self.timeline.remove(&message.sequence);
        }
    }

    /// The persons for whom private messages are kept, in no particular order.
    pub(super) fn inboxes(&self) -> impl Iterator<Item = PersonId> {
        self.private.keys().copied()
    }

    /// All messages, oldest first.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Arc<Message>> {
        let mut broadcasts = self.broadcasts.iter();
        let mut private: HashMap<PersonId, _> = self
            .private
            .iter()
            .map(|(person, inbox)| (*person, inbox.iter()))
            .collect();
        self.timeline.values().filter_map(move |to| match to {
            None => broadcasts.next(),
            Some(person) => private.get_mut(person)?.next(),
        })
    }

    /// The newest `at_most` messages that `reader` may see, oldest first.
    pub(super) fn newest(&self, reader: Option<PersonId>, at_most: usize) -> Vec<Arc<Message>> {
        let private = self.inbox(reader).into_iter().flatten();
        let mut messages = merge(
            self.broadcasts.iter().rev(),
            private.rev(),
            |one, other| one.sequence > other.sequence,
            at_most,
        );
        messages.reverse();
        messages
    }

    /// The oldest `at_most` messages after `last` that `reader` may see, oldest first.
    pub(super) fn after_timestamp(
        &self,
        reader: Option<PersonId>,
        last: Timestamp,
        at_most: usize,
    ) -> Vec<Arc<Message>> {
        self.unseen(reader, |message| message.timestamp <= last, at_most)
    }

    /// The oldest `at_most` messages after the one numbered `sequence` that `reader` may see, oldest
    /// first.
    pub(super) fn after_sequence(
        &self,
        reader: Option<PersonId>,
        sequence: u64,
        at_most: usize,
    ) -> Vec<Arc<Message>> {
        self.unseen(reader, |message| message.sequence <= sequence, at_most)
    }

    /// The oldest `at_most` messages that `reader` may see and has not `seen`, which is true of the
    /// messages up to some place and false from there on.
    fn unseen(
        &self,
        reader: Option<PersonId>,
        seen: impl Fn(&Message) -> bool,
        at_most: usize,
    ) -> Vec<Arc<Message>> {
        let tail = |queue: &VecDeque<Arc<Message>>| queue.partition_point(|one| seen(one))..;
        let private = self.inbox(reader).map(|inbox| inbox.range(tail(inbox)));
        merge(
            self.broadcasts.range(tail(&self.broadcasts)),
            private.into_iter().flatten(),
            |one, other| one.sequence < other.sequence,
            at_most,
        )
    }

    fn inbox(&self, reader: Option<PersonId>) -> Option<&VecDeque<Arc<Message>>> {
        self.private.get(&reader?)
    }
}

/// The first `at_most` messages of two queues together, in the order of `before`, which both have.
/// It takes no more from either than it returns, and one to look at. They are fewer where their texts
/// together have more than [`TEXT_AT_MOST`] bytes.
fn merge<'a>(
    broadcasts: impl Iterator<Item = &'a Arc<Message>>,
    private: impl Iterator<Item = &'a Arc<Message>>,
    before: impl Fn(&Message, &Message) -> bool,
    at_most: usize,
) -> Vec<Arc<Message>> {
    let (mut broadcasts, mut private) = (broadcasts.peekable(), private.peekable());
    let next = || match (broadcasts.peek(), private.peek()) {
        (Some(one), Some(other)) if before(other, one) => private.next(),
        (Some(_), _) => broadcasts.next(),
        (None, _) => private.next(),
    };
    let mut text = 0;
    std::iter::from_fn(next)
        .take(at_most)
        .take_while(|message| {
            let fits = text < TEXT_AT_MOST;
            text += message.text.as_str().len();
            fits
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::chat::message::{Recipient, Rendered};
    use crate::chat::names::Username;
    use crate::chat::text::MessageText;

    const ANA: PersonId = PersonId(1);
    const BIA: PersonId = PersonId(2);

    fn message(sequence: u64, to: Option<PersonId>) -> Arc<Message> {
        let timestamp = format!("2025-03-09 07:05:01.{sequence:06}");
        Arc::new(Message {
            sequence,
            timestamp: Timestamp::parse(&timestamp).unwrap(),
            origin: Username::parse("caio").unwrap(),
            recipient: Recipient::Absent,
            to,
            text: MessageText::parse("oi").unwrap(),
            rendered: Rendered::default(),
        })
    }

    /// Messages numbered from 1, to these readers.
    fn history(bound: usize, readers: &[Option<PersonId>]) -> History {
        let mut history = History::default();
        for (sequence, to) in (1..).zip(readers) {
            history.push(message(sequence, *to));
            while history.len() > bound {
                history.drop_oldest();
            }
        }
        history
    }

    fn sequences(messages: &[Arc<Message>]) -> Vec<u64> {
        messages.iter().map(|message| message.sequence).collect()
    }

    #[test]
    fn a_reader_sees_broadcasts_and_its_own_in_one_order() {
        let history = history(9, &[Some(ANA), None, Some(BIA), Some(ANA), None, Some(BIA)]);
        let newest = |reader, at_most| sequences(&history.newest(reader, at_most));
        assert_eq!(newest(None, 9), [2, 5]);
        assert_eq!(newest(Some(ANA), 9), [1, 2, 4, 5]);
        assert_eq!(newest(Some(BIA), 3), [3, 5, 6]);
        assert_eq!(newest(Some(PersonId(3)), 9), [2, 5]);
        assert_eq!(newest(Some(ANA), 0), [0; 0]);
        let since = |reader, sequence, at_most| {
            sequences(&history.after_sequence(reader, sequence, at_most))
        };
        assert_eq!(since(Some(ANA), 0, 2), [1, 2]);
        assert_eq!(since(Some(ANA), 2, 2), [4, 5]);
        assert_eq!(since(Some(BIA), 6, 2), [0; 0]);
    }

    #[test]
    fn after_a_timestamp_means_strictly_after() {
        let history = history(9, &[None, Some(ANA), None]);
        let after = |text: &str| {
            let last = Timestamp::parse(text).unwrap();
            sequences(&history.after_timestamp(Some(ANA), last, 9))
        };
        assert_eq!(after("2025-03-09 07:05:01.000001"), [2, 3]);
        assert_eq!(after("2025-03-09 07:05:01"), [1, 2, 3]);
        assert_eq!(after("2025-03-09 07:05:01.000003"), [0; 0]);
    }

    #[test]
    fn the_oldest_go_first_whoever_they_are_for() {
        let kept = history(2, &[Some(ANA), None, Some(BIA), None]);
        assert_eq!(kept.len(), 2);
        assert_eq!(sequences(&kept.newest(Some(BIA), 9)), [3, 4]);
        assert_eq!(sequences(&kept.newest(Some(ANA), 9)), [4]);
        assert!(!kept.private.contains_key(&ANA), "an empty queue is gone");
        assert_eq!(
            kept.approximate_bytes(),
            2 * message(1, None).approximate_bytes()
        );
        assert_eq!(history(0, &[None, Some(ANA)]), History::default());
    }

    #[test]
    fn what_a_person_leaves_behind_makes_room_for_others() {
        let mut history = history(3, &[Some(ANA), None, Some(ANA)]);
        history.drop_private(ANA);
        assert_eq!(history.len(), 1);
        history.push(message(4, None));
        assert_eq!(sequences(&history.newest(Some(ANA), 9)), [2, 4]);
        assert_eq!(
            history.approximate_bytes(),
            2 * message(1, None).approximate_bytes()
        );
        history.drop_oldest();
        assert_eq!(sequences(&history.newest(Some(ANA), 9)), [4]);
    }

    #[test]
    fn long_texts_make_an_answer_of_fewer_messages_and_the_rest_follows() {
        let text = MessageText::parse(&"x".repeat(16 << 10)).unwrap();
        let mut history = History::default();
        for sequence in 1..=600 {
            let mut long = message(sequence, None);
            Arc::get_mut(&mut long).unwrap().text = text.clone();
            history.push(long);
        }
        // 512 times 16 KiB are 8 MiB.
        let newest = sequences(&history.newest(None, 1_000));
        assert_eq!(newest, (89..=600).collect::<Vec<_>>());
        let since = |sequence| sequences(&history.after_sequence(None, sequence, 1_000));
        assert_eq!(since(0), (1..=512).collect::<Vec<_>>());
        assert_eq!(since(512), (513..=600).collect::<Vec<_>>());
    }

    #[test]
    fn merging_takes_no_more_than_it_returns() {
        let queue: Vec<_> = (0..1_000).map(|sequence| message(sequence, None)).collect();
        let taken = Cell::new(0);
        let count = |_: &&Arc<Message>| taken.set(taken.get() + 1);
        let (even, odd) = (queue.iter().step_by(2), queue.iter().skip(1).step_by(2));
        let merged = merge(
            even.inspect(count),
            odd.inspect(count),
            |one, other| one.sequence < other.sequence,
            10,
        );
        assert_eq!(sequences(&merged), (0..10).collect::<Vec<_>>());
        assert_eq!(taken.get(), 11);
    }
}
