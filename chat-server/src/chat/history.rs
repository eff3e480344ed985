//! The messages a room keeps, and finding those that one reader may see.
//!
//! A poll costs what it returns, whatever the room keeps: broadcasts and each person's private messages
//! are kept apart, so that no reader walks past messages of others. Finding a place in them is a binary
//! search, and a reader's own messages are skipped a run at a time.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::identity::PersonId;
use super::message::Message;
use super::queue::Queue;
use super::timestamp::Timestamp;
use super::usage::Sender;

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
    /// What is kept of each sender; never nothing.
    sent: HashMap<Sender, Sent>,
}

/// The messages of one sender.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sent {
    bytes: usize,
    /// Their sequences, oldest first.
    sequences: VecDeque<u64>,
}

pub(super) struct DroppedMessage {
    pub(super) message: Arc<Message>,
    /// The person who has no private message left here, if the dropped one was the last.
    pub(super) emptied_inbox: Option<PersonId>,
    /// The oldest message that is left of the same sender.
    pub(super) next_of_sender: Option<u64>,
}

impl History {
    pub(super) fn len(&self) -> usize {
        self.timeline.len()
    }

    /// About how many bytes of memory the messages take.
    pub(super) fn approximate_bytes(&self) -> usize {
        self.sent.values().map(|sent| sent.bytes).sum()
    }

    /// The sequence of the oldest message.
    pub(super) fn oldest(&self) -> Option<u64> {
        Some(*self.timeline.first_key_value()?.0)
    }

    /// Keeps one more message, later than all before it. Returns whether it is the only one of its sender.
    pub(super) fn push(&mut self, message: Arc<Message>) -> bool {
        self.timeline.insert(message.sequence, message.to);
        let sent = self.sent.entry(Sender::of(&message)).or_default();
        sent.bytes += message.approximate_bytes();
        sent.sequences.push_back(message.sequence);
        let is_first = sent.sequences.len() == 1;
        match message.to {
            None => self.broadcasts.push_back(message),
            Some(person) => self.private.entry(person).or_default().push_back(message),
        }
        is_first
    }

    pub(super) fn drop_message(&mut self, sequence: u64) -> Option<DroppedMessage> {
        let to = self.timeline.remove(&sequence)?;
        let message = match to {
            Some(person) => self.private.get_mut(&person)?.remove(sequence)?,
            None => self.broadcasts.remove(sequence)?,
        };
        let emptied_inbox =
            to.filter(|person| self.private.get(person).is_some_and(Queue::is_empty));
        if let Some(person) = emptied_inbox {
            self.private.remove(&person);
        }
        let sender = Sender::of(&message);
        let sent = self.sent.get_mut(&sender)?;
        sent.bytes -= message.approximate_bytes();
        if let Ok(place) = sent.sequences.binary_search(&sequence) {
            sent.sequences.remove(place);
        }
        let next_of_sender = sent.sequences.front().copied();
        if next_of_sender.is_none() {
            self.sent.remove(&sender);
        }
        Some(DroppedMessage {
            message,
            emptied_inbox,
            next_of_sender,
        })
    }

    /// The sequences of the messages that only `person` may read.
    pub(super) fn private_to(&self, person: PersonId) -> Vec<u64> {
        let inbox = self.inbox(Some(person)).into_iter().flat_map(Queue::iter);
        inbox.map(|message| message.sequence).collect()
    }

    /// Each sender, what its messages take, and the oldest; in no particular order.
    pub(super) fn senders(&self) -> impl Iterator<Item = (&Sender, usize, u64)> {
        let senders = self.sent.iter();
        senders.filter_map(|(sender, sent)| Some((sender, sent.bytes, *sent.sequences.front()?)))
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
mod tests;
