//! The thread that writes the log: it takes what waits, appends it in one transaction, applies it, and
//! replies (group commit).
//!
//! What is submitted while it syncs goes into the next batch. With many clients at the same time that alone
//! makes small batches, of those who happened to call during a sync, and each transaction costs some 50 µs of
//! processor time: so before it writes, it lets the runtime's ready tasks submit what they have.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tracing::error;

use super::refused::Refused;
use super::shared::Shared;
use super::submission::{Submission, Submitted};
use super::trouble::Trouble;
use crate::log::{AppendError, Log, Position};

/// How many commands are written in one transaction at most: so many that syncing costs each of them next
/// to nothing, so few that the chat is not locked for long while they are applied.
const BATCH: usize = 512;

/// How long ready tasks are waited for at most. With 64 clients on two processors it takes 0.2 ms.
const GATHER_AT_MOST: Duration = Duration::from_millis(1);

/// The thread, as those who submit see it.
#[derive(Debug)]
pub(super) struct Writer {
    submissions: Option<mpsc::Sender<Submitted>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(shared: Arc<Shared>, log: impl Log) -> std::io::Result<Self> {
        let (submissions, submitted) = mpsc::channel();
        let following = Following {
            shared,
            log,
            submitted,
            runtime: Handle::try_current().ok(),
            trouble: Trouble::default(),
        };
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || following.run())?;
        Ok(Self {
            submissions: Some(submissions),
            thread: Some(thread),
        })
    }

    pub(super) fn submit(&self, submitted: Submitted) {
        if let Some(submissions) = &self.submissions {
            // The thread lives as long as this sender.
            let _ = submissions.send(submitted);
        }
    }
}

/// Waits until everything that was submitted is written.
impl Drop for Writer {
    fn drop(&mut self) {
        self.submissions = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the writer of the log panicked");
        }
    }
}

/// What the thread works with.
struct Following<L> {
    shared: Arc<Shared>,
    log: L,
    submitted: mpsc::Receiver<Submitted>,
    runtime: Option<Handle>,
    trouble: Trouble,
}

impl<L: Log> Following<L> {
    /// Writes and applies what is submitted, until the last sender is gone.
    fn run(mut self) {
        let mut last_batch = 0;
        while let Ok(first) = self.submitted.recv() {
            // A single client has nothing more to submit before it has its answer.
            if last_batch > 1 {
                self.gather();
            }
            let mut batch = vec![first];
            batch.extend(self.submitted.try_iter().take(BATCH - 1));
            last_batch = batch.len();
            self.write(batch);
        }
    }

    /// Waits until the runtime's tasks that are ready now have submitted what they have.
    fn gather(&self) {
        let Some(runtime) = &self.runtime else { return };
        let (done, gathered) = mpsc::sync_channel(1);
        runtime.spawn(async move {
            // It goes on after the runtime has looked what arrived on its connections, and behind that.
            tokio::task::yield_now().await;
            let _ = done.send(());
        });
        // A runtime that is blocked or gone is not waited for.
        let _ = gathered.recv_timeout(GATHER_AT_MOST);
    }

    fn write(&mut self, submitted: Vec<Submitted>) {
        let needs_activity =
            |one: &Submitted| one.as_ref().is_none_or(|one| one.depends_on_activity);
        // Activity and what depends on it are kept together or not at all.
        let activity = submitted
            .iter()
            .any(needs_activity)
            .then(|| self.shared.take_activity())
            .flatten();
        let record = activity.clone().map(Submission::of).and_then(Result::ok);
        let record = record.map(|(submission, _)| submission);
        let at = self.shared.clock.now();
        let (entries, mut pending): (Vec<_>, Vec<_>) = record
            .into_iter()
            .chain(submitted.into_iter().flatten())
            .map(|submission| submission.split(at))
            .unzip();
        if entries.is_empty() {
            return;
        }
        let (refused, notices) = match self.log.append(&entries) {
            Ok(()) => {
                self.trouble.ended();
                *self.shared.trouble.lock() = None;
                let last = self.log.position();
                let first = last.map(|last| last.0 + 1 - entries.len() as u64);
                let ((), notices) = self.shared.change(|chat| {
                    for (one, number) in pending.iter_mut().zip(0..) {
                        let position = first.map(|first| Position(first + number));
                        one.apply(chat, at, position);
                    }
                });
                self.shared.note_position(last);
                (None, notices)
            }
            Err(cause) => {
                self.trouble.occurred(&cause);
                *self.shared.trouble.lock() = Some(cause.to_string());
                if let Some(activity) = activity {
                    self.shared.state.lock().activities.put_back(activity);
                }
                let refused = match cause {
                    AppendError::DiskFull | AppendError::Busy => Refused::NotNow,
                    AppendError::Uncertain | AppendError::Broken(_) => Refused::Unknown,
                };
                (Some(refused), Vec::new())
            }
        };
        let shared = Arc::clone(&self.shared);
        let reply = move || {
            shared.wakeups.notify(notices);
            for one in pending {
                one.reply(refused);
            }
        };
        // A thread of the runtime wakes its tasks at a fraction of what it costs from outside.
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(async move { reply() })),
            None => reply(),
        }
        if refused.is_none() && self.log.is_snapshot_due() {
            let state = self.shared.state.lock().chat.snapshot();
            self.log.snapshot(state);
        }
    }
}
