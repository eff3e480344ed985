//! The one way by which the chat changes: a command goes into the log, and is applied when it is there.
//!
//! Nothing is applied, shown to a reader or answered before it is in the log, so no crash takes back what a
//! reader has seen. [`Replica::submit`] is the only caller of [`Chat::apply`].

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rpc::Connection;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::{error, info};

use crate::activity::{Activities, Activity};
use crate::chat::commands::{Command, RecordActivity};
use crate::chat::{Chat, Kind, Moment, Notice};
use crate::clock::Clock;
use crate::log::{AppendError, Entry, Log};
use crate::wakeups::Wakeups;

/// How many commands are written in one transaction at most: so many that syncing costs each of them next
/// to nothing, so few that the chat is not locked for long while they are applied.
const BATCH: usize = 512;

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The log takes nothing now. Nothing was done.
    #[error("the chat cannot be written at present")]
    NotNow,
    /// The log failed, and it is not known whether it took this.
    #[error("it is not known whether it was written")]
    Unknown,
}

/// The chat, and the log that it follows.
#[derive(Debug)]
pub struct Replica {
    shared: Arc<Shared>,
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    /// One lock for the whole chat: a command takes about a microsecond and a query clones a few
    /// pointers, so calls spend their time in reading and writing XML, which happens outside. A standard
    /// mutex, because nothing awaits under it.
    state: Mutex<State>,
    wakeups: Wakeups,
}

/// What the lock protects.
#[derive(Debug)]
struct State {
    chat: Chat,
    /// Which users called since it was last recorded in the log.
    activities: Activities,
}

/// The thread that writes the log.
#[derive(Debug)]
struct Writer {
    submissions: mpsc::Sender<Submission>,
    thread: JoinHandle<()>,
}

/// What the writer is given.
enum Submission {
    /// A command on its way through the log.
    Command {
        kind: &'static str,
        fields: String,
        depends_on_activity: bool,
        pending: Box<dyn Pending>,
    },
    /// What was noted of activity is to be recorded.
    RecordActivity,
}

impl Replica {
    /// A chat in memory alone, which ends with the process.
    pub fn in_memory(chat: Chat) -> Self {
        Self {
            shared: Shared::new(chat),
            writer: None,
        }
    }

    /// A chat that goes on where its log ends.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn following(chat: Chat, log: impl Log) -> std::io::Result<Self> {
        let shared = Shared::new(chat);
        let (submissions, received) = mpsc::channel();
        let following = Arc::clone(&shared);
        let runtime = Handle::try_current().ok();
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || following.write(log, &received, runtime.as_ref()))?;
        Ok(Self {
            shared,
            writer: Some(Writer {
                submissions,
                thread,
            }),
        })
    }

    /// Reads the chat.
    pub fn query<T>(&self, query: impl FnOnce(&Chat) -> T) -> T {
        query(&self.shared.state.lock().chat)
    }

    /// The calls that wait for messages.
    pub fn wakeups(&self) -> &Wakeups {
        &self.shared.wakeups
    }

    /// The clock by which commands are stamped.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Carries out a command. When this returns its outcome, the command is in the log.
    ///
    /// Commands submitted one after the other are carried out in this order, even if the first outcome is
    /// not waited for.
    ///
    /// # Errors
    /// When the log does not take it.
    pub async fn submit<C: Command>(&self, command: C) -> Result<C::Outcome, Refused> {
        if C::DEPENDS_ON_ACTIVITY && self.writer.is_none() {
            self.record_activity();
        }
        self.begin(command).await
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
        match &self.writer {
            None => {
                let activity = self.shared.take_activity();
                if !activity.is_empty() {
                    self.shared.apply_now(activity);
                }
            }
            // The writer lives as long as this sender.
            Some(writer) => drop(writer.submissions.send(Submission::RecordActivity)),
        }
    }

    /// Submits the command now, and returns its outcome later.
    fn begin<C: Command>(
        &self,
        command: C,
    ) -> impl Future<Output = Result<C::Outcome, Refused>> + Send + use<C> {
        let begun = match &self.writer {
            None => Begun::Done(Some(self.shared.apply_now(command))),
            Some(writer) => Begun::Submitted(writer.submit(command)),
        };
        async move {
            match begun {
                Begun::Done(outcome) => outcome.ok_or(Refused::Unknown),
                // The writer answers everything, or the process is about to end.
                Begun::Submitted(reply) => reply.await.unwrap_or(Err(Refused::Unknown)),
            }
        }
    }
}

enum Begun<T> {
    Done(Option<T>),
    Submitted(oneshot::Receiver<Result<T, Refused>>),
}

/// Waits until everything that was submitted is written.
impl Drop for Replica {
    fn drop(&mut self) {
        if let Some(Writer {
            submissions,
            thread,
        }) = self.writer.take()
        {
            drop(submissions);
            if thread.join().is_err() {
                error!("the writer of the log panicked");
            }
        }
    }
}

impl Writer {
    fn submit<C: Command>(&self, command: C) -> oneshot::Receiver<Result<C::Outcome, Refused>> {
        let (reply, outcome) = oneshot::channel();
        // Without fields the reply is dropped.
        if let Some(fields) = fields(&command) {
            let pending = Box::new(Typed {
                command: Some(command),
                outcome: None,
                reply,
            });
            // The writer lives as long as this sender.
            let _ = self.submissions.send(Submission::Command {
                kind: C::KIND,
                fields,
                depends_on_activity: C::DEPENDS_ON_ACTIVITY,
                pending,
            });
        }
        outcome
    }
}

/// The fields of a command as JSON. Commands are texts and numbers, which JSON can always hold.
fn fields<C: Command>(command: &C) -> Option<String> {
    serde_json::to_string(command)
        .inspect_err(|cause| error!(%cause, command = C::KIND, "a command cannot be written"))
        .ok()
}

impl Submission {
    fn needs_activity(&self) -> bool {
        match self {
            Self::Command {
                depends_on_activity,
                ..
            } => *depends_on_activity,
            Self::RecordActivity => true,
        }
    }
}

/// A submitted command with an outcome of a type that the writer need not know.
trait Pending: Send {
    fn apply(&mut self, chat: &mut Chat, at: Moment);

    /// Replies: with the outcome, or with the refusal of a command that was not applied.
    fn reply(self: Box<Self>, refused: Option<Refused>);
}

struct Typed<C: Command> {
    command: Option<C>,
    outcome: Option<C::Outcome>,
    reply: oneshot::Sender<Result<C::Outcome, Refused>>,
}

impl<C: Command> Pending for Typed<C> {
    fn apply(&mut self, chat: &mut Chat, at: Moment) {
        self.outcome = self.command.take().map(|command| chat.apply(at, command));
    }

    fn reply(self: Box<Self>, refused: Option<Refused>) {
        let outcome = self.outcome.ok_or(refused.unwrap_or(Refused::Unknown));
        // The caller may have hung up.
        let _ = self.reply.send(outcome);
    }
}

impl Shared {
    fn new(chat: Chat) -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::after(chat.last_moment()),
            state: Mutex::new(State {
                chat,
                activities: Activities::default(),
            }),
            wakeups: Wakeups::default(),
        })
    }

    fn apply_now<C: Command>(&self, command: C) -> C::Outcome {
        let (outcome, notices) = self.change(|chat| {
            // The clock is read under the lock: moments reach the chat in their order.
            let at = self.clock.now();
            chat.apply(at, command)
        });
        self.wakeups.notify(notices);
        outcome
    }

    fn change<T>(&self, change: impl FnOnce(&mut Chat) -> T) -> (T, Vec<Notice>) {
        let mut state = self.state.lock();
        let ends_process = AbortOnPanic;
        let outcome = change(&mut state.chat);
        std::mem::forget(ends_process);
        (outcome, state.chat.take_notices())
    }

    /// The entry for what was noted of activity since the last time.
    fn take_activity(&self) -> RecordActivity {
        let State { chat, activities } = &mut *self.state.lock();
        activities.take(|person| chat.is_registered(person))
    }

    /// Writes and applies what is submitted, until the last sender is gone.
    fn write(
        self: &Arc<Self>,
        mut log: impl Log,
        submissions: &mpsc::Receiver<Submission>,
        runtime: Option<&Handle>,
    ) {
        let mut trouble = Trouble::default();
        while let Ok(first) = submissions.recv() {
            let mut batch = vec![first];
            // What was submitted while the batch before was being synced goes into the next one.
            batch.extend(submissions.try_iter().take(BATCH - 1));
            let (mut entries, mut pending) = (Vec::new(), Vec::new());
            // Activity and what depends on it are kept together or not at all.
            let mut activity = RecordActivity::default();
            if batch.iter().any(Submission::needs_activity) {
                activity = self.take_activity();
            }
            let at = self.clock.now();
            if !activity.is_empty()
                && let Some(fields) = fields(&activity)
            {
                let kind = RecordActivity::KIND;
                entries.push(Entry { at, kind, fields });
            }
            for submission in batch {
                if let Submission::Command {
                    kind,
                    fields,
                    pending: one,
                    ..
                } = submission
                {
                    entries.push(Entry { at, kind, fields });
                    pending.push(one);
                }
            }
            if entries.is_empty() {
                continue;
            }
            let (refused, notices) = match log.append(&entries) {
                Ok(()) => {
                    trouble.ended();
                    let ((), notices) = self.change(|chat| {
                        if !activity.is_empty() {
                            chat.apply(at, activity);
                        }
                        for one in &mut pending {
                            one.apply(chat, at);
                        }
                    });
                    (None, notices)
                }
                Err(cause) => {
                    trouble.occurred(&cause);
                    self.state.lock().activities.put_back(activity);
                    let refused = match cause {
                        AppendError::DiskFull | AppendError::Busy => Refused::NotNow,
                        AppendError::Uncertain | AppendError::Broken(_) => Refused::Unknown,
                    };
                    (Some(refused), Vec::new())
                }
            };
            let shared = Arc::clone(self);
            let wake = move || {
                shared.wakeups.notify(notices);
                for one in pending {
                    one.reply(refused);
                }
            };
            // A thread of the runtime wakes its tasks at a fraction of what it costs from outside.
            match runtime {
                Some(runtime) => drop(runtime.spawn(async move { wake() })),
                None => wake(),
            }
            if refused.is_none() && log.is_snapshot_due() {
                let chat = self.state.lock().chat.clone();
                log.snapshot(chat);
            }
        }
    }
}

/// How long nothing is said of trouble that comes and goes: on a full disk a short command may have room
/// where a long one has none.
const QUIET_FOR: Duration = Duration::from_secs(60);

/// Trouble with the log, which is reported when it begins and ends, and not for each command.
#[derive(Default)]
struct Trouble {
    is_reported: bool,
    last_report: Option<Instant>,
}

impl Trouble {
    fn occurred(&mut self, cause: &AppendError) {
        let is_recent = self
            .last_report
            .is_some_and(|report| report.elapsed() < QUIET_FOR);
        if !self.is_reported && !is_recent {
            error!(%cause, "commands are refused; reading goes on");
            self.is_reported = true;
            self.last_report = Some(Instant::now());
        }
    }

    fn ended(&mut self) {
        if std::mem::take(&mut self.is_reported) {
            info!("the chat can be written again");
        }
    }
}

/// A command that panics half-way leaves a state that no log gives. The process ends, and a restart applies
/// the log from the beginning; to go on would be to serve what cannot be trusted.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        error!("a command panicked: the server ends, because the chat may be half changed");
        std::process::abort();
    }
}

#[cfg(test)]
mod tests;
