//! Which of the messages that a poll brings are new: none lost, none twice, whatever the server's
//! timestamps are.
//!
//! Servers answer with the messages *after* a timestamp, completely and in order. There are two kinds
//! of them:
//!
//! - An original server has whole seconds, and several messages share one. Asking from the last
//!   timestamp would lose those that come later within its second, so the question goes a second
//!   back, and of the messages of the last timestamp those seen before are left out.
//! - Our server appends a fraction to all but the first message of a second, so that timestamps
//!   strictly increase. Once a fraction shows that it is one of these, the question is asked from
//!   exactly the last timestamp. That matters when it answers with its longest answer, the oldest
//!   messages first: a second back there may be a whole answer of messages seen before.

use std::cmp::Ordering;

use chrono::{NaiveDateTime, TimeDelta};

use super::chat_server::LONGEST_ANSWER;
use super::model::{Message, take_one};

/// Earlier than every message.
const BEFORE_ALL: &str = "1970-01-01 00:00:00";

const WHOLE_SECONDS: &str = "%Y-%m-%d %H:%M:%S";

/// The messages of a room that the user has received.
#[derive(Debug)]
pub struct Dedup {
    last: String,
    /// The messages seen that have the last timestamp.
    at_last: Vec<Message>,
    /// Whether no two messages can have the same timestamp.
    strictly_increasing: bool,
    /// What timestamps do not show.
    missed: Missed,
}

#[derive(Debug, PartialEq, Eq)]
pub struct News {
    /// The messages not seen before, in the server's order.
    pub messages: Vec<Message>,
    /// Whether to ask again at once, because the server may not have answered with everything.
    pub more: bool,
}

impl Dedup {
    /// Begins after the history that `join_room` answered: it counts as seen, and whatever was sent
    /// after it will be new.
    pub fn after(history: Vec<Message>) -> Self {
        let mut seen = Self {
            last: BEFORE_ALL.to_owned(),
            at_last: Vec::new(),
            strictly_increasing: false,
            missed: Missed::default(),
        };
        seen.move_to_end_of(&history);
        seen
    }

    /// The timestamp after which to ask for messages.
    pub fn poll_from(&self) -> String {
        if self.strictly_increasing {
            return self.last.clone();
        }
        // A timestamp that cannot be read is of a server that is neither of the two; it is handed
        // back as it came.
        earlier(&self.last).unwrap_or_else(|| self.last.clone())
    }

    /// Records the server's `answer` and returns the new messages in it.
    pub fn accept(&mut self, answer: Vec<Message>) -> News {
        let may_be_cut = answer.len() >= LONGEST_ANSWER;
        let is_new = self.which_are_new(&answer);
        self.move_to_end_of(&answer);
        let messages: Vec<Message> = answer
            .into_iter()
            .zip(is_new)
            .filter_map(|(message, new)| new.then_some(message))
            .collect();
        self.missed.note(&messages);
        News {
            // Without progress the same question would bring the same answer.
            more: may_be_cut && !messages.is_empty(),
            messages,
        }
    }

    /// Whether to ask for all messages this time, and not for those after a timestamp. Only an original server needs that: its clock may be set back, and messages then
    /// have timestamps before the last one.
    pub const fn wants_all(&self) -> bool {
        !self.strictly_increasing && self.missed.is_due()
    }

    /// Records all the messages that the server has and returns the new ones.
    pub fn accept_all(&mut self, all: Vec<Message>) -> Vec<Message> {
        let news = self.missed.compare(&all, &self.last);
        let news = news.unwrap_or_else(|| {
            let is_new = self.which_are_new(&all).into_iter();
            let new = all.iter().zip(is_new).filter(|(_, new)| *new);
            new.map(|(message, _)| message.clone()).collect()
        });
        self.move_to_end_of(&all);
        news
    }

    /// Stops asking for all messages, because the server does not answer.
    pub fn refuse_all(&mut self) {
        self.missed.give_up();
    }

    /// Records messages that arrived in another way.
    pub fn note(&mut self, messages: &[Message]) {
        self.move_to_end_of(messages);
    }

    /// The timestamp from which a server, of either kind, answers with the last message seen, if it
    /// still has that.
    pub fn probe_from(&self) -> String {
        let second = self.last.split('.').next().unwrap_or_default();
        earlier(second).unwrap_or_else(|| self.last.clone())
    }

    /// Handles a possible restart or replacement of the server, given its answer to
    /// [`Dedup::probe_from`]. If that has none of the last messages received, the server is new and has
    /// nothing that was received.
    pub fn reset_unless_in(&mut self, around: &[Message]) {
        if !self.at_last.iter().any(|seen| around.contains(seen)) {
            *self = Self::after(Vec::new());
        }
    }

    fn which_are_new(&self, answer: &[Message]) -> Vec<bool> {
        // The history of a join is cut at 50 messages. When they all share a second, there are older
        // ones with the last timestamp in front of them.
        let first_seen = answer
            .iter()
            .position(|message| self.at_last.contains(message))
            .unwrap_or(0);
        let mut unaccounted = self.at_last.clone();
        let is_new =
            |(position, message): (usize, &Message)| match message.timestamp.cmp(&self.last) {
                Ordering::Less => false,
                Ordering::Greater => true,
                Ordering::Equal if position < first_seen => false,
                Ordering::Equal => !take_one(&mut unaccounted, message),
            };
        answer.iter().enumerate().map(is_new).collect()
    }

    fn move_to_end_of(&mut self, messages: &[Message]) {
        self.strictly_increasing |= messages
            .iter()
            .any(|message| message.timestamp.contains('.'));
        let Some(newest) = messages.iter().map(|message| &message.timestamp).max() else {
            return;
        };
        if *newest < self.last {
            return;
        }
        self.last.clone_from(newest);
        self.at_last = messages
            .iter()
            .filter(|message| message.timestamp == self.last)
            .cloned()
            .collect();
    }
}

/// A second before this timestamp of whole seconds.
fn earlier(timestamp: &str) -> Option<String> {
    let earlier = NaiveDateTime::parse_from_str(timestamp, WHOLE_SECONDS)
        .ok()?
        .checked_sub_signed(TimeDelta::seconds(1))?;
    Some(earlier.format(WHOLE_SECONDS).to_string())
}

/// Polls without a new message after which all are asked for. A room in which messages arrive shows
/// by them that the clock goes on.
const QUIET_POLLS: u32 = 10;

/// Messages received after which all are asked for in any case: they are kept until then.
const MOST_RECEIVED: usize = 1_000;

/// Finds what timestamps hide: messages that a server accepts after its clock was set back.
///
/// Their timestamps are before the last one, so an original server does not include them in what is later.
/// It keeps a room's messages in one list that only grows. So all of them are requested now and then, and
/// those beyond the previous length of the list that have not been received in between were missed.
#[derive(Debug, Default)]
pub(super) struct Missed {
    /// The length of the list and its last message, when it was last seen.
    list: Option<(usize, Option<Message>)>,
    /// The messages that polls have brought since then.
    received: Vec<Message>,
    /// Polls since then, or since the last message, that brought nothing.
    quiet: u32,
    /// Whether the server's clock is behind the last timestamp, so that only the list shows what is
    /// new.
    is_behind: bool,
    /// Whether this server does not answer with the list.
    is_refused: bool,
}

impl Missed {
    /// Whether to ask for the whole list instead of what is new.
    pub(super) const fn is_due(&self) -> bool {
        !self.is_refused
            && (self.list.is_none()
                || self.is_behind
                || self.quiet >= QUIET_POLLS
                || self.received.len() >= MOST_RECEIVED)
    }

    pub(super) fn note(&mut self, messages: &[Message]) {
        self.quiet = match messages {
            [] => self.quiet.saturating_add(1),
            _ => 0,
        };
        // Without a list there is nothing to compare with.
        if self.list.is_some() {
            self.received.extend_from_slice(messages);
        }
    }

    /// Stops asking for the list, because the server does not answer.
    pub(super) fn give_up(&mut self) {
        *self = Self {
            is_refused: true,
            ..Self::default()
        };
    }

    /// Notes the whole list, and gives which of its messages are new; `None` when it cannot be compared
    /// with the one before. `last` is the last timestamp so far.
    pub(super) fn compare(&mut self, list: &[Message], last: &str) -> Option<Vec<Message>> {
        let before = self
            .list
            .replace((list.len(), list.last().cloned()))
            .filter(|(length, newest)| {
                let then = length.checked_sub(1).and_then(|index| list.get(index));
                *length <= list.len() && then == newest.as_ref()
            });
        let mut received = std::mem::take(&mut self.received);
        self.quiet = 0;
        self.is_behind = list
            .last()
            .is_some_and(|newest| newest.timestamp.as_str() < last);
        let (length, _) = before?;
        let mut news = list.get(length..).unwrap_or_default().to_vec();
        news.retain(|message| !take_one(&mut received, message));
        Some(news)
    }
}

#[cfg(test)]
#[path = "tests/by_timestamp.rs"]
mod tests;
