//! The chat as the dialects use it: commands, queries, waiting for messages, and who is active.

mod waiting;
mod waits;

use std::time::Duration;

use rpc::Connection;
use tokio::sync::watch;

use crate::activity::Activity;
use crate::chat::commands::{Command, RemoveSilentUsers, Removed};
use crate::chat::{Chat, ChatId, Kind, Username};
use crate::log::{Position, SnapshotTime};
use crate::replica::{LogStatus, Refused, Replica};

pub use waits::WaitRefusal;
use waits::Waits;

/// How many silent users are removed by one command, so that other calls wait for a millisecond at most.
const REMOVED_AT_ONCE: usize = 250;

/// The chat, shared between all calls of all dialects.
pub struct ChatService {
    replica: Replica,
    waits: Waits,
    /// Becomes true when no call shall wait any longer.
    stopping: watch::Sender<bool>,
}

impl ChatService {
    pub fn new(replica: Replica) -> Self {
        Self {
            replica,
            waits: Waits::default(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Which chat this is.
    pub fn id(&self) -> Option<ChatId> {
        self.query(|chat| chat.id().cloned())
    }

    /// How long the chat runs, in the terms in which it counts idle time.
    pub fn elapsed(&self) -> Duration {
        self.replica.clock().now().elapsed
    }

    /// How often [`elapsed`](Self::elapsed) must be asked for at least.
    pub fn clock_tick(&self) -> Duration {
        self.replica.clock().tick()
    }

    /// How the chat stands to a log that several servers share; `None` where there is no such log.
    pub fn log_status(&self) -> Option<watch::Receiver<LogStatus>> {
        self.replica.log_status()
    }

    /// Waits until a shared log cannot be followed any more, and returns why.
    pub async fn log_ended(&self) -> String {
        let Some(mut log_status) = self.log_status() else {
            return std::future::pending().await;
        };
        match log_status
            .wait_for(|log_status| log_status.ended.is_some())
            .await
        {
            Ok(log_status) => log_status.ended.as_deref().unwrap_or_default().to_owned(),
            Err(_) => "its follower has ended".to_owned(),
        }
    }

    /// Ends all waiting, now and from now on: the server stops.
    pub fn stop_waiting(&self) {
        self.stopping.send_replace(true);
    }

    pub async fn submit<C: Command>(&self, command: C) -> Result<C::Outcome, Refused> {
        self.replica.submit(command).await
    }

    pub fn query<T>(&self, query: impl FnOnce(&Chat) -> T) -> T {
        self.replica.query(query)
    }

    /// The position of the last entry of the log, where there is one.
    pub fn log_position(&self) -> Option<Position> {
        self.replica.position()
    }

    pub fn snapshot_time(&self) -> &SnapshotTime {
        self.replica.snapshot_time()
    }

    /// Why the log takes no commands, while that is so.
    pub fn log_trouble(&self) -> Option<String> {
        self.replica.trouble()
    }

    pub fn waiting_calls(&self) -> usize {
        self.waits.count()
    }

    pub fn is_available(&self, name: &Username) -> bool {
        let elapsed = self.elapsed();
        self.query(|chat| chat.is_available(name, elapsed))
    }

    /// Notes that a call came under this name. It counts only for a user of this kind.
    pub fn note_activity(
        &self,
        name: &str,
        kind: Kind,
        activity: Activity,
        connection: Option<&Connection>,
    ) {
        self.replica.note_activity(name, kind, activity, connection);
    }

    /// Puts what was noted since the last time into the log.
    pub fn record_activity(&self) {
        self.replica.record_activity();
    }

    /// Removes the users who have been silent for too long.
    pub async fn remove_silent_users(&self) -> Result<Vec<Removed>, Refused> {
        let mut all = Vec::new();
        // What was noted, and is not recorded yet, decides.
        self.record_activity();
        while self.query(|chat| chat.has_silent_users(self.elapsed())) {
            let at_most = REMOVED_AT_ONCE;
            let removed = self.submit(RemoveSilentUsers { at_most }).await?;
            let is_all = removed.len() < at_most;
            all.extend(removed);
            if is_all {
                break;
            }
            // In memory nothing above waits, and other calls of this thread would.
            tokio::task::yield_now().await;
        }
        Ok(all)
    }
}
