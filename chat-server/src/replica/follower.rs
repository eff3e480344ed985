//! The follower of a log that several servers share, as those who submit see it.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::error;

use super::following::Following;
use super::log_status::LogStatus;
use super::replica_state::ReplicaState;
use super::submission::Submitted;
use crate::log::Position;
use crate::log::shared::SharedLog;

/// The task that follows the log, on a thread of its own.
pub(super) struct Follower {
    submissions: Option<UnboundedSender<(Instant, Submitted)>>,
    pub(super) log_status: watch::Receiver<LogStatus>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Runs the task on a thread of its own, so that it needs no runtime to end.
    pub(super) fn start<L: SharedLog>(
        shared: Arc<ReplicaState>,
        open: impl FnOnce() -> L + Send + 'static,
        from: Position,
    ) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (submissions, submitted) = unbounded_channel();
        let (log_status, watched) = watch::channel(LogStatus::behind(from));
        let callers = Handle::try_current().ok();
        let run = move || {
            runtime.block_on(async move {
                let following = Following::new(shared, open(), submitted, log_status, callers);
                following.run().await;
            });
        };
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(run)?;
        Ok(Self {
            submissions: Some(submissions),
            log_status: watched,
            thread: Some(thread),
        })
    }

    /// Runs the task on the runtime of a test, with its clock.
    #[cfg(test)]
    pub(super) fn spawn<L: SharedLog>(
        shared: Arc<ReplicaState>,
        log: L,
        from: Position,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (submissions, submitted) = unbounded_channel();
        let (log_status, watched) = watch::channel(LogStatus::behind(from));
        let following = Following::new(shared, log, submitted, log_status, None);
        let task = tokio::spawn(following.run());
        let follower = Self {
            submissions: Some(submissions),
            log_status: watched,
            thread: None,
        };
        (follower, task)
    }

    pub(super) fn submit(&self, submitted: Submitted) {
        if let Some(submissions) = &self.submissions {
            // The task lives as long as this sender, unless the log cannot be followed any more. Then the
            // callers find that their command was dropped.
            let _ = submissions.send((Instant::now(), submitted));
        }
    }
}

/// Waits until everything that was submitted is written or refused.
impl Drop for Follower {
    fn drop(&mut self) {
        self.submissions = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the follower of the log panicked");
        }
    }
}
