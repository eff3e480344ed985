//! What calls share with the thread that writes or follows the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rpc::observe;
use tracing::error;

use super::submission::Carried;
use crate::activity::Activities;
use crate::chat::commands::{Command, RecordActivity};
use crate::chat::{Chat, Notice};
use crate::clock::Clock;
use crate::log::{Position, SnapshotTime};
use crate::wakeups::Wakeups;

/// How often open connections are recorded at most.
const CONNECTED_EVERY: Duration = Duration::from_secs(1);

pub(super) struct ReplicaState {
    pub(super) clock: Clock,
    /// One lock for the whole chat: a command takes about a microsecond and a query clones a few
    /// pointers, so calls spend their time in reading and writing XML, which happens outside. The
    /// mutex blocks its thread, because nothing awaits under it.
    pub(super) state: Mutex<LockedState>,
    pub(super) wakeups: Wakeups,
    /// The position of the last entry of the log that was applied; 0 if there is none.
    pub(super) position: AtomicU64,
    pub(super) snapshot_time: SnapshotTime,
    /// Why the log takes no commands, while that is so.
    pub(super) trouble: Mutex<Option<String>>,
}

/// What the lock protects.
pub(super) struct LockedState {
    pub(super) chat: Chat,
    /// Which users called since it was last recorded in the log.
    pub(super) activities: Activities,
}

impl ReplicaState {
    pub(super) fn new(chat: Chat) -> Self {
        Self {
            clock: Clock::after(chat.last_moment()),
            state: Mutex::new(LockedState {
                chat,
                activities: Activities::default(),
            }),
            wakeups: Wakeups::default(),
            position: AtomicU64::new(0),
            snapshot_time: SnapshotTime::default(),
            trouble: Mutex::default(),
        }
    }

    pub(super) fn note_position(&self, position: Option<Position>) {
        let Position(position) = position.unwrap_or_default();
        self.position.store(position, Ordering::Relaxed);
    }

    pub(super) fn apply_now<C: Command>(&self, command: C) -> C::Outcome {
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
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Chat) -> T) -> (T, Vec<Notice>) {
        let mut state = self.state.lock();
        let ends_process = AbortOnPanic;
        let outcome = change(&mut state.chat);
        std::mem::forget(ends_process);
        (outcome, state.chat.take_notices())
    }

    /// The entry for what was noted of activity since the last time, if there was any.
    pub(super) fn take_activity(&self) -> Option<RecordActivity> {
        let activity = self.take_all_activity();
        (!activity.is_empty()).then_some(activity)
    }

    pub(super) fn take_all_activity(&self) -> RecordActivity {
        let now = self.clock.now().elapsed;
        let LockedState { chat, activities } = &mut *self.state.lock();
        // A user who was seen within this time keeps its name by every rule.
        let fresh = CONNECTED_EVERY.min(chat.policy().timeouts.shortest() / 4);
        activities.take(now, fresh, |person| chat.is_registered(person))
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
