//! What a server's timestamps hide: messages that it takes after its clock was set back.
//!
//! Their timestamps are before the last one, so that an original server does not answer with them when
//! it is asked for what is later. It keeps a room's messages in one list that only grows. So now and
//! then all of them are asked for, and those beyond the length of the list before that have not been
//! received in between are the ones that were missed.

use crate::network::Message;

/// Polls without a new message after which all are asked for. A room in which messages arrive shows
/// by them that the clock goes on.
const QUIET_POLLS: u32 = 10;

/// Messages received after which all are asked for in any case: they are kept until then.
const MOST_RECEIVED: usize = 1_000;

/// What is known of a server's whole list of messages.
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

    /// Notes what a poll has brought.
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

    /// Does without the list, because the server does not answer with it.
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
        news.retain(|message| {
            // Messages may be alike, so each one received accounts for one in the list.
            match received.iter().position(|other| other == message) {
                Some(index) => {
                    received.swap_remove(index);
                    false
                }
                None => true,
            }
        });
        Some(news)
    }
}
