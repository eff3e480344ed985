//! What was submitted to a shared log and waits to be sent.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::in_flight::Underway;
use super::submission::{Refused, Submission};
use crate::chat::Moment;
use crate::log::shared::{BATCH_BYTES, encoded_bytes};

/// How long a caller waits for the log before its command is refused.
pub(crate) const WAIT: Duration = Duration::from_secs(5);

/// How many commands a batch has at most, so that the chat is not locked for long while they are applied.
const BATCH: usize = 2_048;

struct Waiting {
    submission: Submission,
    deadline: Instant,
}

/// Commands in the order in which they were submitted, each with the time until which its caller waits.
#[derive(Default)]
pub(super) struct Queue(VecDeque<Waiting>);

impl Queue {
    pub(super) fn push(&mut self, since: Instant, submission: Submission) {
        self.0.push_back(Waiting {
            submission,
            deadline: since + WAIT,
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them is to be applied after what was noted of activity.
    pub(super) fn depends_on_activity(&self) -> bool {
        let mut waiting = self.0.iter();
        waiting.any(|waiting| waiting.submission.depends_on_activity)
    }

    /// Refuses those who waited for too long behind the batch on its way, or for the log to be reached. What
    /// they submitted was never sent.
    pub(super) fn refuse_expired(&mut self, now: Instant) {
        while self.0.front().is_some_and(|first| first.deadline <= now)
            && let Some(expired) = self.0.pop_front()
        {
            expired.submission.pending.reply(Some(Refused::NotNow));
        }
    }

    /// Takes the commands of the next batch: the `record` of activity, if any, and as many as fit.
    pub(super) fn take_batch(
        &mut self,
        record: Option<Submission>,
        now: Instant,
        at: Moment,
    ) -> Vec<Underway> {
        let (mut commands, mut bytes) = (Vec::new(), 0);
        if let Some(record) = record {
            let (entry, _) = record.split(at);
            bytes += encoded_bytes(&entry);
            commands.push(Underway {
                entry,
                deadline: now + WAIT,
                pending: None,
            });
        }
        while commands.len() < BATCH
            && let Some(first) = self.0.front()
            && (commands.is_empty() || bytes + first.submission.bytes() <= BATCH_BYTES)
            && let Some(Waiting {
                submission,
                deadline,
            }) = self.0.pop_front()
        {
            let (entry, pending) = submission.split(at);
            bytes += encoded_bytes(&entry);
            commands.push(Underway {
                entry,
                deadline,
                pending: Some(pending),
            });
        }
        commands
    }
}
