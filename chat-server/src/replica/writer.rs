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
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::runtime::{Handle, RuntimeFlavor};
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

/// After how many batches of one command in a row they are taken to come from a single client. Among batches of many
/// clients there is now and then one with a single command, of the client that was answered first.
const SINGLE_CLIENT: u32 = 16;

/// How many tasks are woken one by one from outside the runtime. For more it is worth a task that wakes them.
const WOKEN_FROM_OUTSIDE: usize = 2;

/// The log with those who write it, as those who submit see them.
pub(super) struct Writer {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// Where commands wait for the thread that writes.
struct Desk {
    queue: Mutex<Queue>,
    arrived: Condvar,
    /// Locked by the thread that writes. Where both locks are held, this one was taken first, or only tried.
    pen: Mutex<Pen>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Submitted>,
    /// No more will be submitted, or a panic has left the log in an unknown state.
    is_closed: bool,
}

impl fmt::Debug for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Writer")
    }
}

impl Writer {
    pub(super) fn start(shared: Arc<Shared>, log: impl Log) -> std::io::Result<Self> {
        let runtime = Handle::try_current().ok();
        let desk = Arc::new(Desk {
            queue: Mutex::default(),
            arrived: Condvar::new(),
            pen: Mutex::new(Pen {
                shared,
                log: Box::new(log),
                runtime,
                trouble: Trouble::default(),
                written_alone: 0,
            }),
        });
        let works_at = Arc::clone(&desk);
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || works_at.run())?;
        Ok(Self {
            desk,
            thread: Some(thread),
        })
    }

    /// Queues a command, or has recorded what was noted of activity, without waiting for it.
    pub(super) fn submit(&self, submitted: Submitted) {
        self.desk.push(&mut self.desk.queue.lock(), submitted);
    }

    /// Writes a command before this returns if no other thread is writing, and queues it otherwise.
    pub(super) fn submit_and_wait(&self, submission: Submission) {
        let desk = &self.desk;
        let mut queue = desk.queue.lock();
        if queue.waiting.is_empty()
            && !queue.is_closed
            && is_thread_of_runtime()
            && let Some(mut pen) = desk.pen.try_lock()
            && pen.has_single_client()
        {
            drop(queue);
            let closes = CloseOnPanic(desk);
            // Other tasks of this thread go on elsewhere: a disk may take its time.
            let is_kept = tokio::task::block_in_place(|| pen.write(vec![Some(submission)]));
            std::mem::forget(closes);
            if is_kept && pen.log.is_snapshot_due() {
                // The thread of the log takes it, and no caller waits for that.
                self.submit(None);
            }
        } else {
            desk.push(&mut queue, Some(submission));
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
        self.desk.queue.lock().is_closed = true;
        self.desk.arrived.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the writer of the log panicked");
        }
    }
}

impl Desk {
    fn push(&self, queue: &mut Queue, submitted: Submitted) {
        // When it is dropped, its caller gets the answer that the outcome is not known.
        if !queue.is_closed {
            queue.waiting.push_back(submitted);
            self.arrived.notify_one();
        }
    }

    /// Writes and applies what is queued, until the queue is closed and empty.
    fn run(&self) {
        let closes = CloseOnPanic(self);
        loop {
            let mut queue = self.queue.lock();
            while queue.waiting.is_empty() {
                if queue.is_closed {
                    std::mem::forget(closes);
                    return;
                }
                self.arrived.wait(&mut queue);
            }
            drop(queue);
            let mut pen = self.pen.lock();
            // A single client has nothing more to submit before it has its answer.
            if !pen.has_single_client() {
                pen.gather();
            }
            // Not earlier: what waits keeps its place before what is submitted later.
            let batch: Vec<Submitted> = {
                let mut queue = self.queue.lock();
                let count = queue.waiting.len().min(BATCH);
                queue.waiting.drain(..count).collect()
            };
            let is_kept = pen.write(batch);
            if is_kept && pen.log.is_snapshot_due() {
                pen.take_snapshot();
            }
        }
    }
}

/// After a panic it is not known what is in the log: nothing more is written, and no caller waits for it.
struct CloseOnPanic<'a>(&'a Desk);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue.lock();
        queue.is_closed = true;
        queue.waiting.clear();
        self.0.arrived.notify_one();
    }
}

/// What it takes to write.
struct Pen {
    shared: Arc<Shared>,
    log: Box<dyn Log>,
    runtime: Option<Handle>,
    trouble: Trouble,
    /// How many batches in a row had one command only.
    written_alone: u32,
}

impl Pen {
    fn has_single_client(&self) -> bool {
        self.written_alone >= SINGLE_CLIENT
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
        self.written_alone = match submitted.iter().flatten().count() {
            0 | 1 => self.written_alone.saturating_add(1),
            _ => 0,
        };
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
            return true;
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

#[cfg(test)]
mod tests;
