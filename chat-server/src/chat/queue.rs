//! Messages in the order in which they were sent, and which of them one sender sent in a row.

use std::collections::VecDeque;
use std::iter;
use std::sync::Arc;

use super::message::Message;

/// Messages of one kind of readers, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Queue {
    messages: VecDeque<Arc<Message>>,
    /// The sequence of the first message of each run of messages of one sender. With it a run is skipped in
    /// one step, however long it is.
    runs: VecDeque<u64>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Adds a message that is newer than all the others.
    pub(super) fn push_back(&mut self, message: Arc<Message>) {
        let last = self.messages.back();
        if last.is_none_or(|last| last.origin != message.origin) {
            self.runs.push_back(message.sequence);
        }
        self.messages.push_back(message);
    }

    pub(super) fn remove(&mut self, sequence: u64) -> Option<Arc<Message>> {
        // Mostly the oldest.
        let is_first = self.messages.front()?.sequence == sequence;
        let place = if is_first { 0 } else { self.place_of(sequence) };
        let found = self.messages.get(place)?.sequence == sequence;
        let message = found.then(|| self.messages.remove(place))??;
        if let Ok(run) = self.runs.binary_search(&sequence) {
            let before = place
                .checked_sub(1)
                .and_then(|before| self.messages.get(before));
            let next = self.messages.get(place);
            match next {
                // The run begins with the next message now.
                Some(next) if next.origin == message.origin => {
                    if let Some(first) = self.runs.get_mut(run) {
                        *first = next.sequence;
                    }
                }
                _ => {
                    self.runs.remove(run);
                    // The runs on both sides are one now, if they are of the same sender.
                    if let (Some(before), Some(next)) = (before, next)
                        && before.origin == next.origin
                    {
                        self.runs.remove(run);
                    }
                }
            }
        }
        Some(message)
    }

    /// All of them, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.messages.iter()
    }

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
        iter::from_fn(move || {
            loop {
                let message = self.messages.get(place)?;
                if message.origin.as_str() != own {
                    place += 1;
                    return Some(message);
                }
                let next_run = self.runs.partition_point(|run| *run <= message.sequence);
                place = match self.runs.get(next_run) {
                    Some(run) => self.place_of(*run),
                    None => self.messages.len(),
                };
            }
        })
    }

    fn first_unseen(&self, seen: impl Fn(&Message) -> bool) -> usize {
        self.messages.partition_point(|message| seen(message))
    }

    fn place_of(&self, sequence: u64) -> usize {
        self.first_unseen(|message| message.sequence < sequence)
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
            from: None,
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
            removed in prop::collection::vec(1_u64..41, 0..30),
            seen in 0_u64..40,
        ) {
            let mut queue = Queue::default();
            for (sequence, sender) in (1..).zip(&senders) {
                queue.push_back(message(sequence, sender));
            }
            let mut expected: Vec<(u64, &str)> = (1..).zip(senders).collect();
            for sequence in removed {
                let is_there = expected.iter().any(|(one, _)| *one == sequence);
                prop_assert_eq!(queue.remove(sequence).is_some(), is_there);
                expected.retain(|(one, _)| *one != sequence);
            }
            let runs = expected.chunk_by(|(_, one), (_, next)| one == next);
            prop_assert!(queue.runs.iter().eq(runs.map(|run| &run[0].0)));
            for own in ["ana", "bia", "eva", "rui"] {
                let is_seen = |message: &Message| message.sequence <= seen;
                let of_others = sequences(queue.of_others(is_seen, own));
                let expected: Vec<u64> = expected
                    .iter()
                    .filter(|(sequence, sender)| *sequence > seen && *sender != own)
                    .map(|(sequence, _)| *sequence)
                    .collect();
                prop_assert_eq!(of_others, expected);
            }
        }
    }
}
