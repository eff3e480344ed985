//! Messages in the order in which they were sent, and which of them one sender sent in a row.

use std::collections::VecDeque;
use std::iter;
use std::sync::Arc;

use super::message::Message;

/// Messages of one kind of readers, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    messages: VecDeque<Arc<Message>>,
    /// Where each run of messages of one sender begins, counted from the first message that was ever
    /// in the queue. With it a run is skipped in one step, however long it is.
    runs: VecDeque<usize>,
    /// How many messages were dropped from the front.
    dropped: usize,
}

/// The messages are all that counts: the runs follow from them, and how many were dropped before is not in a
/// snapshot.
impl PartialEq for Queue {
    fn eq(&self, other: &Queue) -> bool {
        self.messages == other.messages
    }
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Adds a message that is newer than all the others.
    pub(super) fn push_back(&mut self, message: Arc<Message>) {
        let last = self.messages.back();
        if last.is_none_or(|last| last.origin != message.origin) {
            self.runs.push_back(self.dropped + self.messages.len());
        }
        self.messages.push_back(message);
    }

    /// Takes the oldest message out.
    pub(super) fn pop_front(&mut self) -> Option<Arc<Message>> {
        let message = self.messages.pop_front()?;
        self.dropped += 1;
        // The first run goes on at the next message, or ended with this one.
        let next_run = self.runs.get(1).copied();
        if self.messages.is_empty() || next_run == Some(self.dropped) {
            self.runs.pop_front();
        } else if let Some(first) = self.runs.front_mut() {
            *first = self.dropped;
        }
        if self.messages.is_empty() {
            self.dropped = 0;
        }
        Some(message)
    }

    /// All of them, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.messages.iter()
    }

    /// All of them, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.messages.iter().rev()
    }

    /// Those that were not `seen`, which is true of the messages up to some place and false from there
    /// on, oldest first.
    pub(super) fn oldest_first(
        &self,
        seen: impl Fn(&Message) -> bool,
    ) -> impl Iterator<Item = &Arc<Message>> {
        self.messages.range(self.first_unseen(seen)..)
    }

    /// Those of [`oldest_first`](Self::oldest_first) that were not sent under the name `own`. Between two
    /// runs of one sender is a message of another, so that there are at most two steps for each message
    /// taken.
    pub(super) fn of_others<'a>(
        &'a self,
        seen: impl Fn(&Message) -> bool,
        own: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Message>> {
        let mut place = self.first_unseen(seen);
        let begins = |run: &usize| *run <= self.dropped + place;
        // The first run that begins after the place.
        let mut next_run = self.runs.partition_point(begins);
        iter::from_fn(move || {
            loop {
                let message = self.messages.get(place)?;
                let run_ends = self
                    .runs
                    .get(next_run)
                    .map_or(self.messages.len(), |run| run - self.dropped);
                if message.origin.as_str() == own {
                    place = run_ends;
                    next_run += 1;
                    continue;
                }
                place += 1;
                if place == run_ends {
                    next_run += 1;
                }
                return Some(message);
            }
        })
    }

    fn first_unseen(&self, seen: impl Fn(&Message) -> bool) -> usize {
        self.messages.partition_point(|message| seen(message))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chat::message::{Recipient, Rendered};
    use crate::chat::{MessageText, Timestamp, Username};

    fn message(sequence: u64, sender: &str) -> Arc<Message> {
        Arc::new(Message {
            sequence,
            timestamp: Timestamp::parse("2025-03-09 07:05:01").unwrap(),
            origin: Username::parse(sender).unwrap(),
            recipient: Recipient::Absent,
            to: None,
            text: MessageText::parse("oi").unwrap(),
            rendered: Rendered::default(),
        })
    }

    fn sequences<'a>(messages: impl Iterator<Item = &'a Arc<Message>>) -> Vec<u64> {
        messages.map(|message| message.sequence).collect()
    }

    proptest! {
        #[test]
        fn ones_own_are_skipped_and_nothing_else(
            senders in prop::collection::vec(prop::sample::select(&["ana", "bia", "eva"][..]), 0..40),
            dropped in 0_usize..40,
            seen in 0_u64..40,
        ) {
            let mut queue = Queue::default();
            for (sequence, sender) in (1..).zip(&senders) {
                queue.push_back(message(sequence, sender));
            }
            for _ in 0..dropped {
                queue.pop_front();
            }
            for own in ["ana", "bia", "eva", "rui"] {
                let is_seen = |message: &Message| message.sequence <= seen;
                let of_others = sequences(queue.of_others(is_seen, own));
                let expected: Vec<u64> = (1..)
                    .zip(&senders)
                    .skip(dropped)
                    .filter(|(sequence, sender)| *sequence > seen && **sender != own)
                    .map(|(sequence, _)| sequence)
                    .collect();
                prop_assert_eq!(of_others, expected);
            }
        }
    }

    #[test]
    fn an_emptied_queue_is_as_new() {
        let mut queue = Queue::default();
        for sequence in 1..=3 {
            queue.push_back(message(sequence, "ana"));
        }
        assert_eq!(queue.runs.len(), 1);
        while queue.pop_front().is_some() {}
        assert_eq!((queue.runs.len(), queue.dropped), (0, 0));
    }
}
