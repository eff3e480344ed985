//! A command on its way through the log, and back to its caller with an outcome of its own type.

use rpc::observe::Remarks;
use thiserror::Error;
use tokio::sync::oneshot;
use tracing::error;

use crate::chat::commands::Command;
use crate::chat::{Chat, Moment};
use crate::log::{Entry, Position};

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The log takes nothing now, or nothing any more. Nothing was done.
    #[error("the chat cannot be written at present")]
    NotNow,
    /// The log failed, and it is not known whether it took this.
    #[error("it is not known whether it was written")]
    Unknown,
}

pub(super) struct Submission {
    kind: &'static str,
    fields: String,
    pub(super) depends_on_activity: bool,
    pub(super) pending: Box<dyn Pending>,
}

/// What is to be written into the log.
pub(super) enum Submitted {
    Command(Submission),
    /// What was noted of activity since it was last recorded.
    RecordActivity,
}

impl Submitted {
    pub(super) fn command(self) -> Option<Submission> {
        match self {
            Self::Command(submission) => Some(submission),
            Self::RecordActivity => None,
        }
    }

    pub(super) fn depends_on_activity(&self) -> bool {
        match self {
            Self::Command(submission) => submission.depends_on_activity,
            Self::RecordActivity => true,
        }
    }
}

/// A command with an outcome of a type that the writer need not know.
pub(super) trait Pending: Send {
    /// Applies the command, which is at this position of the log, if that is known.
    fn apply(&mut self, chat: &mut Chat, at: Moment, position: Option<Position>);

    /// Replies: with the outcome, or with the refusal of a command that was not applied.
    fn reply(self: Box<Self>, refused: Option<Refused>);
}

/// What a caller waits for.
pub(super) type Reply<C> = oneshot::Receiver<Result<Carried<C>, Refused>>;

pub(super) struct Carried<C: Command> {
    pub(super) outcome: C::Outcome,
    pub(super) remarks: Remarks,
}

impl<C: Command> Carried<C> {
    pub(super) fn out(command: C, chat: &mut Chat, at: Moment, position: Option<Position>) -> Self {
        let remarks = Remarks {
            position: position.map(|position| position.0),
            repeated: command.repeats(chat),
        };
        let outcome = chat.apply(at, command);
        Self { outcome, remarks }
    }
}

impl Submission {
    /// # Errors
    /// When the command cannot be written as JSON. Commands are texts and numbers, which can always be.
    pub(super) fn of<C: Command>(command: C) -> Result<(Self, Reply<C>), Refused> {
        let fields = serde_json::to_string(&command).map_err(|cause| {
            error!(%cause, command = C::KIND, "a command cannot be written");
            Refused::NotNow
        })?;
        let (reply, outcome) = oneshot::channel();
        let submission = Self {
            kind: C::KIND,
            fields,
            depends_on_activity: C::DEPENDS_ON_ACTIVITY,
            pending: Box::new(Typed {
                command: Some(command),
                carried: None,
                reply,
            }),
        };
        Ok((submission, outcome))
    }

    /// About how many bytes it takes in a batch.
    pub(super) fn bytes(&self) -> usize {
        self.kind.len() + self.fields.len()
    }

    /// What goes into the log, and what is left to do when it is there.
    pub(super) fn split(self, at: Moment) -> (Entry, Box<dyn Pending>) {
        let entry = Entry {
            at,
            kind: self.kind,
            fields: self.fields,
        };
        (entry, self.pending)
    }
}

struct Typed<C: Command> {
    command: Option<C>,
    carried: Option<Carried<C>>,
    reply: oneshot::Sender<Result<Carried<C>, Refused>>,
}

impl<C: Command> Pending for Typed<C> {
    fn apply(&mut self, chat: &mut Chat, at: Moment, position: Option<Position>) {
        let command = self.command.take();
        self.carried = command.map(|command| Carried::out(command, chat, at, position));
    }

    fn reply(self: Box<Self>, refused: Option<Refused>) {
        let outcome = self.carried.ok_or(refused.unwrap_or(Refused::Unknown));
        // The caller may have hung up.
        let _ = self.reply.send(outcome);
    }
}
