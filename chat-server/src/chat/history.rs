//! The messages a room keeps, and finding those that one reader may see.
//!
//! A poll costs what it returns, whatever the room keeps: broadcasts and each person's private messages
//! are kept apart, so that no reader walks past messages of others. Finding a place in them is a binary
//! search, and a reader's own messages are skipped a run at a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::identity::PersonId;
use super::message::Message;
use super::queue::Queue;
use super::timestamp::Timestamp;

/// How many bytes of text the messages of one answer have at most, but for the last one. Written as XML
/// a byte is at most five (`&amp;`), and clients read no answer above 64 MiB. A thousand messages of
/// people who type stay far below it.
pub(super) const TEXT_AT_MOST: usize = 8 << 20;

/// The newest messages of a room.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct History {
    /// For each message kept, by its sequence, who may read it.
    timeline: BTreeMap<u64, Option<PersonId>>,
    broadcasts: Queue,
    /// What each person may read alone; never an empty queue.
    private: HashMap<PersonId, Queue>,
    approximate_bytes: usize,
}

/// A message that was dropped.
pub(super) struct DroppedMessage {
    /// The person who has no private message left here, if the dropped one was the last.
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
            Some(person) => self.private.get_mut(&person).and_then(Queue::pop_front),
            None => self.broadcasts.pop_front(),
        };
        if let Some(message) = dropped {
            self.approximate_bytes -= message.approximate_bytes();
        }
        let emptied_inbox =
            to.filter(|person| self.private.get(person).is_some_and(Queue::is_empty));
        if let Some(person) = emptied_inbox {
            self.private.remove(&person);
        }
        Some(DroppedMessage { emptied_inbox })
    }

    /// Drops everything that only `person` may read.
    pub(super) fn drop_private(&mut self, person: PersonId) {
        for message in self.private.remove(&person).iter().flat_map(Queue::iter) {
            self.approximate_bytes -= message.approximate_bytes();
            self.timeline.remove(&message.sequence);
        }
    }

    /// The persons with private messages here, in no particular order.
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
        let private = self.inbox(reader).into_iter().flat_map(Queue::newest_first);
        let newest_first = |one: &Message, other: &Message| one.sequence > other.sequence;
        let mut budget = Budget::new(at_most);
        let merged = merge(self.broadcasts.newest_first(), private, newest_first);
        let mut messages = budget.take_from(merged);
        messages.reverse();
        messages
    }

    /// The oldest `at_most` messages after `last` that `reader` may see, oldest first.
    ///
    /// Where there are more than one answer can have, those sent under the name `own` are left out
    /// first. A client that moves its timestamp on by the messages of others only would otherwise be
    /// given the same answer of its own messages for ever.
    pub(super) fn after_timestamp(
        &self,
        reader: Option<PersonId>,
        own: &str,
        last: Timestamp,
        at_most: usize,
    ) -> Vec<Arc<Message>> {
        let seen = |message: &Message| message.timestamp <= last;
        let mut budget = Budget::new(at_most);
        let mut unseen = self.oldest_first(reader, seen);
        let messages = budget.take_from(unseen.by_ref());
        if unseen.next().is_none() {
            return messages;
        }
        let inbox = self.inbox(reader).into_iter();
        let others = merge(
            self.broadcasts.of_others(seen, own),
            inbox.flat_map(|inbox| inbox.of_others(seen, own)),
            is_older,
        );
        let mut budget = Budget::new(at_most);
        let mut answer = budget.take_from(others);
        // What is left of the answer's size is for the oldest of its own.
        let own = messages
            .iter()
            .filter(|message| message.origin.as_str() == own);
        answer.extend(budget.take_from(own));
        answer.sort_unstable_by_key(|message| message.sequence);
        answer
    }

    /// The oldest `at_most` messages after the one numbered `sequence` that `reader` may see, oldest
    /// first.
    pub(super) fn after_sequence(
        &self,
        reader: Option<PersonId>,
        sequence: u64,
        at_most: usize,
    ) -> Vec<Arc<Message>> {
        let seen = |message: &Message| message.sequence <= sequence;
        Budget::new(at_most).take_from(self.oldest_first(reader, seen))
    }

    /// The messages that `reader` may see and has not `seen`, which is true of the messages up to some
    /// place and false from there on.
    fn oldest_first<'a>(
        &'a self,
        reader: Option<PersonId>,
        seen: impl Fn(&Message) -> bool + Copy + 'a,
    ) -> impl Iterator<Item = &'a Arc<Message>> {
        let inbox = self.inbox(reader).into_iter();
        merge(
            self.broadcasts.oldest_first(seen),
            inbox.flat_map(move |inbox| inbox.oldest_first(seen)),
            is_older,
        )
    }

    fn inbox(&self, reader: Option<PersonId>) -> Option<&Queue> {
        self.private.get(&reader?)
    }
}

fn is_older(one: &Message, other: &Message) -> bool {
    one.sequence < other.sequence
}

/// What one answer has room for.
struct Budget {
    messages: usize,
    text: usize,
}

impl Budget {
    fn new(at_most: usize) -> Budget {
        Budget {
            messages: at_most,
            text: 0,
        }
    }

    /// The first messages of `source` until the answer is full: with so many messages, or with texts
    /// of [`TEXT_AT_MOST`] bytes or more.
    fn take_from<'a>(
        &mut self,
        source: impl Iterator<Item = &'a Arc<Message>>,
    ) -> Vec<Arc<Message>> {
        let mut taken = Vec::new();
        let mut source = source;
        while self.messages > 0 && self.text < TEXT_AT_MOST {
            let Some(message) = source.next() else {
                break;
            };
            self.messages -= 1;
            self.text += message.text.as_str().len();
            taken.push(Arc::clone(message));
        }
        taken
    }
}

/// Two queues as one, in the order of `before`, which both have. It takes no more from either than is
/// taken from it, and one to look at.
fn merge<'a>(
    broadcasts: impl Iterator<Item = &'a Arc<Message>>,
    private: impl Iterator<Item = &'a Arc<Message>>,
    before: impl Fn(&Message, &Message) -> bool,
) -> impl Iterator<Item = &'a Arc<Message>> {
    let (mut broadcasts, mut private) = (broadcasts.peekable(), private.peekable());
    std::iter::from_fn(move || match (broadcasts.peek(), private.peek()) {
        (Some(one), Some(other)) if before(other, one) => private.next(),
        (Some(_), _) => broadcasts.next(),
        (None, _) => private.next(),
    })
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
            sequences(&history.after_timestamp(Some(ANA), "ana", last, 9))
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

    /// A message of `sender`, numbered and dated by its sequence.
    fn said_by(sender: &str, sequence: u64, to: Option<PersonId>) -> Arc<Message> {
        let mut said = message(sequence, to);
        Arc::get_mut(&mut said).unwrap().origin = Username::parse(sender).unwrap();
        said
    }

    #[test]
    fn where_not_all_fits_the_readers_own_are_left_out_first() {
        let mut history = History::default();
        for sequence in 1..=9 {
            let sender = if sequence % 4 == 0 { "bia" } else { "ana" };
            history.push(said_by(sender, sequence, None));
        }
        history.push(said_by("ana", 10, Some(ANA)));
        history.push(said_by("bia", 11, Some(ANA)));
        let start = Timestamp::parse("2025-03-09 07:05:01").unwrap();
        let after =
            |own, at_most| sequences(&history.after_timestamp(Some(ANA), own, start, at_most));
        assert_eq!(after("ana", 11), (1..=11).collect::<Vec<_>>());
        assert_eq!(after("ana", 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
        assert_eq!(after("ana", 4), [1, 4, 8, 11]);
        assert_eq!(after("ana", 2), [4, 8]);
        assert_eq!(after("bia", 8), [1, 2, 3, 5, 6, 7, 9, 10]);
        assert_eq!(after("caio", 4), [1, 2, 3, 4]);
        assert_eq!(after("caio", 0), [0; 0]);
    }

    #[test]
    fn long_texts_of_ones_own_do_not_hide_those_of_others() {
        let text = MessageText::parse(&"x".repeat(16 << 10)).unwrap();
        let mut history = History::default();
        for sequence in 1..=600 {
            let mut long = said_by("ana", sequence, None);
            Arc::get_mut(&mut long).unwrap().text = text.clone();
            history.push(long);
        }
        history.push(said_by("bia", 601, None));
        history.push(said_by("bia", 602, Some(ANA)));
        let start = Timestamp::parse("2025-03-09 07:05:01").unwrap();
        let answer = sequences(&history.after_timestamp(Some(ANA), "ana", start, 1_000));
        let expected: Vec<_> = (1..=512).chain([601, 602]).collect();
        assert_eq!(answer, expected);
    }

    #[test]
    fn merging_takes_no_more_than_it_returns() {
        let queue: Vec<_> = (0..1_000).map(|sequence| message(sequence, None)).collect();
        let taken = Cell::new(0);
        let count = |_: &&Arc<Message>| taken.set(taken.get() + 1);
        let (even, odd) = (queue.iter().step_by(2), queue.iter().skip(1).step_by(2));
        let merged = merge(even.inspect(count), odd.inspect(count), is_older);
        let merged = Budget::new(10).take_from(merged);
        assert_eq!(sequences(&merged), (0..10).collect::<Vec<_>>());
        assert_eq!(taken.get(), 11);
    }
}
