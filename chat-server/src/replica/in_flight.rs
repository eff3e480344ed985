//! The batch that is on its way into a shared log.

use tokio::time::Instant;
use tracing::error;

use super::submission::{Pending, Refused};
use crate::chat::commands::{AnyCommand, RecordActivity};
use crate::chat::{Chat, Moment};
use crate::log::{Entry, Position};

/// A command of the batch.
pub(super) struct Underway {
    pub(super) entry: Entry,
    /// Until when its caller waits.
    pub(super) deadline: Instant,
    /// The caller, unless it was refused by now.
    pub(super) pending: Option<Box<dyn Pending>>,
}

/// A batch that is sent under the same number until its fate is known.
pub(super) struct InFlight {
    pub(super) number: u64,
    pub(super) at: Moment,
    pub(super) batch: Vec<u8>,
    pub(super) commands: Vec<Underway>,
    /// What the batch records of activity; to be recorded again if the batch is withdrawn.
    pub(super) activity: Option<RecordActivity>,
    /// Whether the log may have it, or may still get it.
    pub(super) may_be_appended: bool,
}

impl InFlight {
    /// Carries out the commands that callers wait for with their own types, and the others as they were
    /// written. The outcomes are sent later.
    pub(super) fn apply(&mut self, chat: &mut Chat, position: Position) {
        for command in &mut self.commands {
            match &mut command.pending {
                Some(pending) => pending.apply(chat, self.at, Some(position)),
                None => apply_written(&command.entry, chat),
            }
        }
    }

    pub(super) fn reply(self, refused: Option<Refused>) {
        for command in self.commands {
            if let Some(pending) = command.pending {
                pending.reply(refused);
            }
        }
    }

    /// Refuses the callers that have waited for too long.
    pub(super) fn expire(&mut self, now: Instant) {
        for command in &mut self.commands {
            if command.deadline <= now
                && let Some(pending) = command.pending.take()
            {
                pending.reply(Some(Refused::Unknown));
            }
        }
    }

    pub(super) fn has_callers(&self) -> bool {
        self.commands.iter().any(|one| one.pending.is_some())
    }

    /// Whether a caller is going to wait no longer than until then.
    pub(super) fn expires_before(&self, then: Instant) -> bool {
        let mut waiting = self.commands.iter().filter(|one| one.pending.is_some());
        waiting.any(|command| command.deadline <= then)
    }
}

/// Carries out a command without a caller that waits.
fn apply_written(entry: &Entry, chat: &mut Chat) {
    match AnyCommand::decode(entry.kind, &entry.fields) {
        Ok(command) => drop(command.apply(chat, entry.at)),
        // This process wrote it.
        Err(cause) => {
            error!(%cause, "an own command cannot be read back: the server ends");
            std::process::abort();
        }
    }
}
