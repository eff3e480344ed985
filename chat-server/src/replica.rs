//! The one way by which the chat changes: a command goes into the log, and is applied when it is there.
//!
//! Nothing is applied, shown to a reader or answered before it is in the log, so no crash takes back what a
//! reader has seen. Callers use [`Replica::submit`]. Where this server has the log to itself, [`writer`] appends and
//! applies; where several servers share it, [`following`] applies what comes back from it.

mod follower;
mod following;
mod in_flight;
mod log_status;
mod queue;
mod replica_state;
mod submission;
mod trouble;
mod writer;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rpc::{Connection, observe};
use tokio::sync::watch;

use crate::activity::Activity;
use crate::chat::commands::Command;
use crate::chat::{Chat, Kind};
use crate::clock::Clock;
use crate::log::shared::SharedLog;
use crate::log::{Log, Position, SnapshotTime};
use crate::wakeups::Wakeups;
use follower::Follower;
pub use log_status::LogStatus;
use replica_state::ReplicaState;
pub use submission::Refused;
use submission::{Carried, Submission, Submitted};
use writer::Writer;

/// The chat, and the log that it follows.
pub struct Replica {
    shared: Arc<ReplicaState>,
    log_access: LogAccess,
}

/// How commands come into the log.
enum LogAccess {
    /// There is none: the chat is in memory alone.
    Memory,
    /// This server has the log to itself.
    Own(Writer),
    /// Several servers share the log.
    Shared(Follower),
}

impl Replica {
    /// A chat in memory alone, which ends with the process.
    pub fn in_memory(chat: Chat) -> Self {
        Self {
            shared: Arc::new(ReplicaState::new(chat)),
            log_access: LogAccess::Memory,
        }
    }

    /// A chat that goes on where its log ends.
    pub fn with_own_log(chat: Chat, mut log: impl Log) -> std::io::Result<Self> {
        let shared = Arc::new(ReplicaState::new(chat));
        log.mark_snapshots(shared.snapshot_time.clone());
        shared.note_position(log.position());
        let writer = Writer::start(Arc::clone(&shared), log)?;
        Ok(Self {
            shared,
            log_access: LogAccess::Own(writer),
        })
    }

    /// A chat that follows a log which several servers share, from this place on. The log is opened where
    /// there is a runtime for it.
    pub fn with_shared_log<L: SharedLog>(
        chat: Chat,
        from: Position,
        open: impl FnOnce() -> L + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(ReplicaState::new(chat));
        let follower = Follower::start(Arc::clone(&shared), open, from)?;
        Ok(Self {
            shared,
            log_access: LogAccess::Shared(follower),
        })
    }

    /// How the chat stands to a log that several servers share; `None` where there is no such log.
    pub fn log_status(&self) -> Option<watch::Receiver<LogStatus>> {
        match &self.log_access {
            LogAccess::Shared(follower) => Some(follower.log_status.clone()),
            LogAccess::Memory | LogAccess::Own(_) => None,
        }
    }

    pub fn query<T>(&self, query: impl FnOnce(&Chat) -> T) -> T {
        query(&self.shared.state.lock().chat)
    }

    /// The calls that wait for messages.
    pub fn wakeups(&self) -> &Wakeups {
        &self.shared.wakeups
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Carries out a command. When this returns its outcome, the command is in the log.
    ///
    /// Commands submitted one after the other are carried out in this order, even if the first outcome is
    /// not waited for.
    pub async fn submit<C: Command>(&self, command: C) -> Result<C::Outcome, Refused> {
        if matches!(self.log_access, LogAccess::Memory) {
            if C::DEPENDS_ON_ACTIVITY {
                self.record_activity();
            }
            return Ok(self.shared.apply_now(command));
        }
        let (submission, outcome) = Submission::of(command)?;
        match &self.log_access {
            LogAccess::Memory => {}
            LogAccess::Own(writer) => writer.write_or_queue(submission),
            LogAccess::Shared(follower) => follower.submit(Submitted::Command(submission)),
        }
        // The writer answers everything, or the process is about to end.
        let Carried { outcome, remarks } = outcome.await.unwrap_or(Err(Refused::Unknown))?;
        observe::remark(|all| *all = remarks);
        Ok(outcome)
    }

    /// The position of the last entry of the log that was applied, where the log is on disk.
    pub fn position(&self) -> Option<Position> {
        let position = self.shared.position.load(Ordering::Relaxed);
        (position > 0).then_some(Position(position))
    }

    pub fn snapshot_time(&self) -> &SnapshotTime {
        &self.shared.snapshot_time
    }

    /// Why the log takes no commands, while that is so.
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble.lock().clone()
    }

    /// Notes that a call came under this name. It counts only for a user of this kind.
    pub fn note_activity(
        &self,
        name: &str,
        kind: Kind,
        activity: Activity,
        connection: Option<&Connection>,
    ) {
        let mut state = self.shared.state.lock();
        if let Some(person) = state.chat.person_named(name, kind) {
            state.activities.note(person, activity, connection);
        }
    }

    /// Puts what was noted since the last time into the log, without waiting for it. What the log does not
    /// take goes into the next entry: a user who called while the disk was full is not silent.
    pub fn record_activity(&self) {
        match &self.log_access {
            LogAccess::Own(writer) => writer.record_activity(),
            LogAccess::Shared(follower) => follower.submit(Submitted::RecordActivity),
            LogAccess::Memory => {
                if let Some(activity) = self.shared.take_activity() {
                    self.shared.apply_now(activity);
                }
            }
        }
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod sharing_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod writer_tests;
