//! Writing the log: what waits is appended in one transaction, applied, and answered (group commit).
//!
//! One thread writes at a time. A single client's commands are written by the thread that submits them, because handing
//! them to another thread and the outcome back would take as long as the disk. What is submitted meanwhile is queued for
//! the thread of the log, which writes all of it at once.
//!
//! With many clients at the same time that alone makes small batches, of those who happened to call during a
//! sync, and each transaction costs some 50 µs of processor time: so before it writes, the thread lets the runtime's
//! ready tasks submit what they have.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::runtime::{Handle, RuntimeFlavor};
use tracing::error;

use super::replica_state::ReplicaState;
use super::submission::{Refused, Submission, Submitted};
use super::trouble::Trouble;
use crate::log::{AppendError, Log, Position};

/// How many commands are written in one transaction at most: so many that syncing costs each of them next
/// to nothing, so few that the chat is not locked for long while they are applied.
const BATCH: usize = 512;

/// How long ready tasks are waited for at most. With 64 clients on two processors it takes 0.2 ms.
const GATHER_AT_MOST: Duration = Duration::from_millis(1);

/// After how many batches of one command in a row they are taken to come from a single client. Among batches of many
/// clients there is now and then one with a single command, of the client that was answered first.
pub(super) const BATCHES_OF_ONE_CLIENT: u32 = 16;

/// How many tasks are woken one by one from outside the runtime. For more it is worth a task that wakes them.
const WOKEN_FROM_OUTSIDE: usize = 2;

/// The log and its writing, as the callers that submit commands see it.
pub(super) struct Writer {
    queue: Arc<WriteQueue>,
    thread: Option<JoinHandle<()>>,
}

/// Where commands wait for the thread that writes.
struct WriteQueue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    /// Locked by the thread that writes. Where both locks are held, this one was taken first, or only tried.
    appender: Mutex<Appender>,
}

#[derive(Default)]
struct Waiting {
    submitted: VecDeque<Submitted>,
    /// Whether the thread of the log is to take a snapshot.
    is_snapshot_due: bool,
    /// No more will be submitted, or a panic has left the log in an unknown state.
    is_closed: bool,
}

impl Writer {
    pub(super) fn start(shared: Arc<ReplicaState>, log: impl Log) -> std::io::Result<Self> {
        let runtime = Handle::try_current().ok();
        let queue = Arc::new(WriteQueue {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            appender: Mutex::new(Appender {
                shared,
                log: Box::new(log),
                runtime,
                trouble: Trouble::default(),
                written_alone: 0,
            }),
        });
        let running = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || running.run())?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Has recorded what was noted of activity, without waiting for it.
    pub(super) fn record_activity(&self) {
        let waiting = &mut self.queue.waiting.lock();
        self.queue.push(waiting, Submitted::RecordActivity);
    }

    #[cfg(test)]
    pub(super) fn thread_of_log(&self) -> std::thread::ThreadId {
        self.thread.as_ref().unwrap().thread().id()
    }

    /// The thread of the log may still be writing for a moment after a caller has its answer.
    #[cfg(test)]
    pub(super) fn wait_until_idle(&self) {
        drop(self.queue.appender.lock());
    }

    /// Writes a command before this returns if no other thread is writing, and queues it otherwise.
    pub(super) fn write_or_queue(&self, submission: Submission) {
        let queue = &self.queue;
        let mut waiting = queue.waiting.lock();
        if waiting.submitted.is_empty()
            && !waiting.is_closed
            && is_thread_of_runtime()
            && let Some(mut appender) = queue.appender.try_lock()
            && appender.has_single_client()
        {
            drop(waiting);
            let closes = CloseOnPanic(queue);
            // Other tasks of this thread go on elsewhere: a disk may take its time.
            let is_kept = tokio::task::block_in_place(|| {
                appender.write(vec![Submitted::Command(submission)])
            });
            std::mem::forget(closes);
            if is_kept && appender.log.is_snapshot_due() {
                // The thread of the log takes it, and no caller waits for that.
                queue.waiting.lock().is_snapshot_due = true;
                queue.arrived.notify_one();
            }
        } else {
            queue.push(&mut waiting, Submitted::Command(submission));
        }
    }
}

/// Whether other threads take over what this one cannot do while it writes.
fn is_thread_of_runtime() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Waits until everything that was submitted is written.
impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.waiting.lock().is_closed = true;
        self.queue.arrived.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the writer of the log panicked");
        }
    }
}

impl WriteQueue {
    fn push(&self, waiting: &mut Waiting, submitted: Submitted) {
        // When it is dropped, its caller gets the answer that the outcome is not known.
        if !waiting.is_closed {
            waiting.submitted.push_back(submitted);
            self.arrived.notify_one();
        }
    }

    /// Writes and applies what is queued, until the queue is closed and empty.
    fn run(&self) {
        let closes = CloseOnPanic(self);
        loop {
            let mut waiting = self.waiting.lock();
            while waiting.submitted.is_empty() && !waiting.is_snapshot_due {
                if waiting.is_closed {
                    std::mem::forget(closes);
                    return;
                }
                self.arrived.wait(&mut waiting);
            }
            waiting.is_snapshot_due = false;
            drop(waiting);
            let mut appender = self.appender.lock();
            // A single client has nothing more to submit before it has its answer.
            if !appender.has_single_client() {
                appender.gather();
            }
            // Not earlier: what waits keeps its place before what is submitted later.
            let batch: Vec<Submitted> = {
                let mut waiting = self.waiting.lock();
                let count = waiting.submitted.len().min(BATCH);
                waiting.submitted.drain(..count).collect()
            };
            let is_kept = appender.write(batch);
            if is_kept && appender.log.is_snapshot_due() {
                appender.take_snapshot();
            }
        }
    }
}

/// After a panic it is not known what is in the log: nothing more is written, and no caller waits for it.
struct CloseOnPanic<'a>(&'a WriteQueue);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting.lock();
        waiting.is_closed = true;
        waiting.submitted.clear();
        waiting.is_snapshot_due = false;
        self.0.arrived.notify_one();
    }
}

/// Appends to the log, applies and answers.
struct Appender {
    shared: Arc<ReplicaState>,
    log: Box<dyn Log>,
    runtime: Option<Handle>,
    trouble: Trouble,
    /// How many batches in a row had at most one command.
    written_alone: u32,
}

impl Appender {
    fn has_single_client(&self) -> bool {
        self.written_alone >= BATCHES_OF_ONE_CLIENT
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

    /// Appends, applies and answers. Returns whether the log took it.
    fn write(&mut self, submitted: Vec<Submitted>) -> bool {
        // Now and then at least, because activity is recorded all the time.
        self.trouble.report_end(Instant::now());
        let commands = submitted
            .iter()
            .filter(|one| matches!(one, Submitted::Command(_)));
        self.written_alone = match commands.count() {
            0 | 1 => self.written_alone.saturating_add(1),
            _ => 0,
        };
        // Activity and what depends on it are kept together or not at all.
        let activity = submitted
            .iter()
            .any(Submitted::depends_on_activity)
            .then(|| self.shared.take_activity())
            .flatten();
        let record = activity.clone().map(Submission::of).and_then(Result::ok);
        let record = record.map(|(submission, _)| submission);
        let at = self.shared.clock.now();
        let (entries, mut pending): (Vec<_>, Vec<_>) = record
            .into_iter()
            .chain(submitted.into_iter().filter_map(Submitted::command))
            .map(|submission| submission.split(at))
            .unzip();
        if entries.is_empty() {
            return true;
        }
        let (refused, notices) = match self.log.append(&entries) {
            Ok(()) => {
                self.trouble.written();
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
                self.trouble.occurred(&cause, Instant::now());
                *self.shared.trouble.lock() = Some(cause.to_string());
                if let Some(activity) = activity {
                    self.shared.state.lock().activities.put_back(activity);
                }
                let refused = match cause {
                    AppendError::DiskFull | AppendError::Busy | AppendError::Stopped => {
                        Refused::NotNow
                    }
                    AppendError::Uncertain | AppendError::Broken(_) => Refused::Unknown,
                };
                (Some(refused), Vec::new())
            }
        };
        let shared = Arc::clone(&self.shared);
        let tasks = pending.len() + shared.wakeups.waiting(&notices);
        let reply = move || {
            shared.wakeups.notify(notices);
            for one in pending {
                one.reply(refused);
            }
        };
        // A thread of the runtime wakes its tasks at a fraction of what it costs from outside.
        match &self.runtime {
            Some(runtime) if tasks > WOKEN_FROM_OUTSIDE => {
                drop(runtime.spawn(async move { reply() }));
            }
            _ => reply(),
        }
        refused.is_none()
    }

    fn take_snapshot(&mut self) {
        let state = self.shared.state.lock().chat.snapshot();
        self.log.snapshot(state);
    }
}
