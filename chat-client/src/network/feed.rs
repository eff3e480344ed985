//! What arrives in a room while one is in it: a task that polls, and goes on whatever happens.

use std::time::Duration;

use protocol::classic::Message;
use rpc::CallError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tracing::{debug, info, warn};

use super::classic::ChatServer;
use super::seen::Seen;

/// Failed polls in a row after which the user is told. A single one is nothing to worry about: the
/// next brings what it missed.
const FAILURES_TOLD: u32 = 3;

/// Messages that may wait to be shown. Beyond it polling waits, so that a screen that stands still
/// does not fill the memory.
const WAITING: usize = 64;

/// Something that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A message of the room, one's own among them.
    Message(Message),
    /// Several polls in a row had no answer.
    ServerSilent,
    /// A poll has an answer again. What was missed follows.
    ServerBack,
}

/// The arrivals of one room. Dropping it ends the polling.
#[derive(Debug)]
pub struct Feed {
    arrivals: mpsc::Receiver<Arrival>,
    polling: JoinHandle<()>,
}

impl Feed {
    /// Starts polling for `user` in `room`, at once and then `every` so often. `history` is what
    /// joining the room brought.
    #[must_use]
    pub fn start(
        server: ChatServer,
        user: String,
        room: String,
        history: Vec<Message>,
        every: Duration,
    ) -> Self {
        let (sender, arrivals) = mpsc::channel(WAITING);
        let poller = Poller {
            server,
            user,
            room,
            seen: Seen::after(history),
            failures: 0,
            arrivals: sender,
        };
        Self {
            arrivals,
            polling: tokio::spawn(poller.run(every)),
        }
    }

    /// The next arrival. May be cancelled without losing one.
    pub async fn next(&mut self) -> Arrival {
        match self.arrivals.recv().await {
            Some(arrival) => arrival,
            // The task ends only with this feed.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.polling.abort();
    }
}

/// Nobody receives any more.
struct Unwanted;

struct Poller {
    server: ChatServer,
    user: String,
    room: String,
    seen: Seen,
    /// Failed polls since the last answer.
    failures: u32,
    arrivals: mpsc::Sender<Arrival>,
}

impl Poller {
    async fn run(mut self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        // After a slow answer the server is given its pause all the same.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.poll().await.is_err() {
                return;
            }
        }
    }

    /// Asks until there is nothing more to be had.
    async fn poll(&mut self) -> Result<(), Unwanted> {
        loop {
            let after = self.seen.ask_after();
            let answer = self
                .server
                .receive_new_messages(&self.user, &self.room, &after)
                .await;
            match answer {
                Ok(messages) => {
                    self.succeeded().await?;
                    let news = self.seen.absorb(messages);
                    for message in news.messages {
                        self.tell(Arrival::Message(message)).await?;
                    }
                    if !news.more {
                        return Ok(());
                    }
                }
                Err(error) => return self.failed(&error).await,
            }
        }
    }

    async fn succeeded(&mut self) -> Result<(), Unwanted> {
        let failures = std::mem::take(&mut self.failures);
        if failures > 0 {
            info!(room = ?self.room, failures, "polling works again");
        }
        if failures >= FAILURES_TOLD {
            self.tell(Arrival::ServerBack).await?;
        }
        Ok(())
    }

    async fn failed(&mut self, error: &CallError) -> Result<(), Unwanted> {
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            warn!(room = ?self.room, %error, "a poll failed; trying again");
        } else {
            debug!(room = ?self.room, %error, failures = self.failures, "a poll failed");
        }
        if self.failures == FAILURES_TOLD {
            self.tell(Arrival::ServerSilent).await?;
        }
        Ok(())
    }

    async fn tell(&self, arrival: Arrival) -> Result<(), Unwanted> {
        self.arrivals.send(arrival).await.map_err(|_| Unwanted)
    }
}

#[cfg(test)]
mod tests;
