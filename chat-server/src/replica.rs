//! The one way by which the chat changes: a command goes into the log, and is applied when it is there.
//!
//! Nothing is applied, shown to a reader or answered before it is in the log, so no crash takes back what a
//! reader has seen. [`Replica::submit`] is the only caller of [`Chat::apply`]; where there is a log, by way of
//! the thread in [`writer`].

mod follower;
mod in_flight;
mod standing;
mod submission;
mod trouble;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rpc::{Connection, observe};
use thiserror::Error;
use tokio::sync::watch;
use tracing::error;

use crate::activity::{Activities, Activity};
use crate::chat::commands::{Command, RecordActivity};
use crate::chat::{Chat, Kind, Notice};
use crate::clock::Clock;
use crate::log::shared::SharedLog;
use crate::log::{Log, Position};
use crate::wakeups::Wakeups;
use follower::Follower;
pub use standing::Standing;
use submission::{Carried, Submission};
use writer::Writer;

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
    road: Road,
}

/// How commands come into the log.
#[derive(Debug)]
enum Road {
    /// There is none: the chat is in memory alone.
    Memory,
    /// This server has the log to itself.
    Own(Writer),
    /// Several servers share the log.
    Shared(Follower),
}

/// What calls share with the thread that writes the log.
#[derive(Debug)]
struct Shared {
    clock: Clock,
    /// One lock for the whole chat: a command takes about a microsecond and a query clones a few
    /// pointers, so calls spend their time in reading and writing XML, which happens outside. A standard
    /// mutex, because nothing awaits under it.
    state: Mutex<State>,
    wakeups: Wakeups,
    /// The position of the last entry of the log that was applied; 0 if there is none.
    position: AtomicU64,
}

/// What the lock protects.
#[derive(Debug)]
struct State {
    chat: Chat,
    /// Which users called since it was last recorded in the log.
    activities: Activities,
}

impl Replica {
    /// A chat in memory alone, which ends with the process.
    pub fn in_memory(chat: Chat) -> Self {
        Self {
            shared: Arc::new(Shared::new(chat)),
            road: Road::Memory,
        }
    }

    /// A chat that goes on where its log ends.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn following(chat: Chat, log: impl Log) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(chat));
        shared.note_position(log.position());
        let writer = Writer::start(Arc::clone(&shared), log)?;
        Ok(Self {
            shared,
            road: Road::Own(writer),
        })
    }

    /// A chat that follows a log which several servers share, from this place on. The log is opened where
    /// there is a runtime for it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn sharing<L: SharedLog>(
        chat: Chat,
        from: Position,
        open: impl FnOnce() -> L + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(chat));
        let follower = Follower::start(Arc::clone(&shared), open, from)?;
        Ok(Self {
            shared,
            road: Road::Shared(follower),
        })
    }

    /// How the chat stands to a log that several servers share; `None` where there is no such log.
    pub fn standing(&self) -> Option<watch::Receiver<Standing>> {
        match &self.road {
            Road::Shared(follower) => Some(follower.standing.clone()),
            Road::Memory | Road::Own(_) => None,
        }
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
        if matches!(self.road, Road::Memory) {
            if C::DEPENDS_ON_ACTIVITY {
                self.record_activity();
            }
            return Ok(self.shared.apply_now(command));
        }
        let (submission, outcome) = Submission::of(command)?;
        match &self.road {
            Road::Memory => {}
            Road::Own(writer) => writer.submit(Some(submission)),
            Road::Shared(follower) => follower.submit(Some(submission)),
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
        match &self.road {
            Road::Own(writer) => writer.submit(None),
            Road::Shared(follower) => follower.submit(None),
            Road::Memory => {
                if let Some(activity) = self.shared.take_activity() {
                    self.shared.apply_now(activity);
                }
            }
        }
    }
}

impl Shared {
    fn new(chat: Chat) -> Self {
        Self {
            clock: Clock::after(chat.last_moment()),
            state: Mutex::new(State {
                chat,
                activities: Activities::default(),
            }),
            wakeups: Wakeups::default(),
            position: AtomicU64::new(0),
        }
    }

    fn note_position(&self, position: Option<Position>) {
        let Position(position) = position.unwrap_or_default();
        self.position.store(position, Ordering::Relaxed);
    }

    fn apply_now<C: Command>(&self, command: C) -> C::Outcome {
        let (Carried { outcome, remarks }, notices) = self.change(|chat| {
            // The clock is read under the lock: moments reach the chat in their order.
            let at = self.clock.now();
            Carried::out(command, chat, at, None)
        });
        self.wakeups.notify(notices);
        observe::remark(|all| *all = remarks);
        outcome
    }

    /// Changes the chat, and returns which waiting readers are to look again.
    fn change<T>(&self, change: impl FnOnce(&mut Chat) -> T) -> (T, Vec<Notice>) {
        let mut state = self.state.lock();
        let ends_process = AbortOnPanic;
        let outcome = change(&mut state.chat);
        std::mem::forget(ends_process);
        (outcome, state.chat.take_notices())
    }

    /// The entry for what was noted of activity since the last time, if there was any.
    fn take_activity(&self) -> Option<RecordActivity> {
        let activity = self.take_all_activity();
        (!activity.is_empty()).then_some(activity)
    }

    fn take_all_activity(&self) -> RecordActivity {
        let State { chat, activities } = &mut *self.state.lock();
        activities.take(|person| chat.is_registered(person))
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
mod sharing_tests;
#[cfg(test)]
mod tests;
