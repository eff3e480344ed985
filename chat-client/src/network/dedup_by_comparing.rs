//! What is new in an answer that brings everything each time.
//!
//! An original server answers with every message that a user may see, ours with the newest thousand.
//! So what was answered before is at the beginning of what is answered now, unless the window has
//! slid: then its first messages are missing. Timestamps do not help, because they have only minutes.

use super::chat_server::LONGEST_ANSWER;
use super::model::Message;

/// The messages of a room that the user has received.
#[derive(Debug)]
pub struct Dedup {
    /// The last answer, and the messages noted after it.
    known: Vec<Message>,
    /// Whether there may be messages before `known` that an answer brings: when it is no more than the
    /// end of a history that was cut.
    older_may_come: bool,
}

impl Dedup {
    /// Begins after the history that `join_room` answered, as far as the user may see it.
    pub const fn after(history: Vec<Message>, history_is_cut: bool) -> Self {
        Self {
            known: history,
            older_may_come: history_is_cut,
        }
    }

    /// Records the server's whole `answer` and returns the new messages in it.
    pub fn accept(&mut self, answer: Vec<Message>) -> Vec<Message> {
        let old = self.how_many_are_old(&answer);
        let news = answer.get(old..).unwrap_or_default().to_vec();
        self.known = answer;
        self.older_may_come = false;
        news
    }

    /// Handles a possible restart or replacement of the server, given its whole `answer`. If that does
    /// not begin with all messages received, the server is new and has nothing that was received, even if
    /// its first messages look alike.
    pub fn reset_unless_in(&mut self, answer: &[Message]) {
        let has_all = match self.older_may_come {
            true => end_of_last(&self.known, answer).is_some(),
            false => answer.starts_with(&self.known),
        };
        if !has_all {
            *self = Self::after(Vec::new(), false);
        }
    }

    /// Records messages that arrived in another way.
    pub fn note(&mut self, messages: &[Message]) {
        self.known.extend_from_slice(messages);
        let too_many = self.known.len().saturating_sub(LONGEST_ANSWER);
        if too_many > 0 {
            self.known.drain(..too_many);
            self.older_may_come = true;
        }
    }

    /// How many messages at the beginning of the answer are not new.
    fn how_many_are_old(&self, answer: &[Message]) -> usize {
        let known = self.known.as_slice();
        if self.older_may_come
            && let Some(end) = end_of_last(known, answer)
        {
            return end;
        }
        // The fewest that have slid out of the window: with an answer that only grew, none.
        (0..known.len())
            .filter_map(|slid| known.get(slid..))
            .find(|rest| answer.starts_with(rest))
            .map_or(0, <[Message]>::len)
    }
}

/// Where the last stretch of `answer` that equals all of `known` ends.
fn end_of_last(known: &[Message], answer: &[Message]) -> Option<usize> {
    if known.is_empty() {
        // A history full of what is private between others: whatever is there was there before.
        return Some(answer.len());
    }
    answer
        .windows(known.len())
        .rposition(|stretch| stretch == known)
        .map(|start| start + known.len())
}

#[cfg(test)]
#[path = "tests/by_comparing.rs"]
mod tests;
