//! A room's new messages: a task that receives them and continues after failures.
//!
//! A server that offers `wait_messages` delivers them at once, by one long poll at a time. Every other
//! server is polled, and so is any if that is configured. When calls fail, the user is restored
//! (`recovery`), and the missed messages are received.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::chat::{Chat, Connection, Trouble};
use super::events::Feed;
use super::failure::Failure;
use super::model::Room;
use super::model::{Message, Receiving};
use super::position::{Position, RETRY_AFTER};
use super::recovery::{RecoverError, Recovery};

/// Consecutive failures after which the user is notified. A single one does not matter: the next attempt
/// brings what it missed.
const FAILURES_BEFORE_NOTICE: u32 = 3;

/// Messages that may wait to be shown. A full buffer pauses the receiving, so that a stopped screen does
/// not fill the memory.
const BUFFERED: usize = 64;

/// Polls after which it is checked whether the server still knows the user. One that was restarted
/// between two polls answers them as if there were no new messages.
const POLLS_BEFORE_CHECK: u32 = 5;

/// How often the binder is asked whether it still names the server, where there are several.
const NAMED_CHECKED_EVERY: Duration = Duration::from_secs(4);

/// Starts receiving in `room`, after what joining it brought.
pub(super) fn start(chat: Chat, room: String, joined: &Room, receiving: Receiving) -> Feed {
    let (sender, messages) = mpsc::channel(BUFFERED);
    let now = chat.now();
    let dialect = now.server.dialect();
    let follower = Follower {
        chat,
        room,
        receiving,
        every: match receiving {
            Receiving::AtOnce => dialect.polls_every(),
            Receiving::Every(every) => every,
        },
        position: Position::after(dialect, joined),
        generation: now.generation,
        chat_generation: now.chat_generation,
        checked: Instant::now(),
        failures: 0,
        polls: 0,
        messages: sender,
    };
    Feed::of(messages, tokio::spawn(follower.run()))
}

/// The feed was dropped, or the user has left the room.
struct Finished;

struct Follower {
    chat: Chat,
    room: String,
    receiving: Receiving,
    /// How often it is polled, where it is.
    every: Duration,
    position: Position,
    /// Of the connection by which the last call was made.
    generation: u64,
    chat_generation: u64,
    /// When the binder was last asked whether it names the server.
    checked: Instant,
    failures: u32,
    /// Polls since the server has shown that it knows the user.
    polls: u32,
    messages: mpsc::Sender<Message>,
}

impl Follower {
    async fn run(mut self) {
        while let Ok(pause) = self.step().await {
            // The pace at which this server is asked, or [`RETRY_AFTER`]; dropping the feed ends it.
            tokio::time::sleep(pause).await;
        }
        debug!(room = ?self.room, "the feed is over");
    }

    /// Receives once, and gives how long to pause.
    async fn step(&mut self) -> Result<Duration, Finished> {
        let now = self.chat.now();
        let user = self.chat.user().ok_or(Finished)?;
        if !self.chat.is_in(&self.room) {
            return Err(Finished);
        }
        let is_reconnected =
            std::mem::replace(&mut self.generation, now.generation) != now.generation;
        if is_reconnected {
            self.failures = 0;
            // Another server of the same chat has what was read before, sooner or later.
            let before = std::mem::replace(&mut self.chat_generation, now.chat_generation);
            if before != now.chat_generation {
                self.position.expect_restart();
            }
        }
        let waits = self.receiving == Receiving::AtOnce && now.server.offers().waiting;
        let received = if waits {
            self.position.wait(&now.server, &user, &self.room).await
        } else {
            self.position.poll(&now.server, &user, &self.room).await
        };
        match received {
            Ok(received) => {
                self.succeeded();
                if now.server.is_shared() && self.checked.elapsed() >= NAMED_CHECKED_EVERY {
                    self.checked = Instant::now();
                    self.chat.check_named_later(&now);
                }
                for message in received.messages {
                    self.messages.send(message).await.map_err(|_| Finished)?;
                }
                if waits || received.more {
                    return Ok(received.pause);
                }
                self.polls += 1;
                if self.polls >= POLLS_BEFORE_CHECK {
                    self.polls = 0;
                    return self.check_registered(&now).await;
                }
                Ok(self.every)
            }
            Err(failure) => self.failed(&now, failure).await,
        }
    }
}

impl Follower {
    fn succeeded(&mut self) {
        let failures = std::mem::take(&mut self.failures);
        if failures > 0 {
            info!(room = ?self.room, failures, "receiving works again");
            self.chat.notify_back();
        }
    }

    async fn failed(
        &mut self,
        now: &Connection,
        mut failure: Failure,
    ) -> Result<Duration, Finished> {
        let forgotten = self.chat.forgotten(&failure, Some(&self.room));
        if forgotten.is_none() && failure.is_unknown() {
            // The user has left the room meanwhile.
            return Err(Finished);
        }
        let trouble = self.chat.trouble(&failure, Some(&self.room));
        match self.chat.restore(now, trouble).await {
            Ok(Recovery::Continued | Recovery::Anew) => return Ok(Duration::ZERO),
            Err(RecoverError::SignedOut) => return Err(Finished),
            Ok(Recovery::Unneeded) => {}
            Err(error) => error.add_to(&mut failure),
        }
        if !self.chat.is_in(&self.room) {
            // It was left while the server did not answer.
            return Err(Finished);
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            warn!(room = ?self.room, %failure, "nothing received; trying again");
        } else {
            debug!(room = ?self.room, %failure, failures = self.failures, "nothing received");
        }
        if self.failures == FAILURES_BEFORE_NOTICE {
            self.chat.notify_lost(failure);
        }
        Ok(match self.receiving {
            Receiving::AtOnce => RETRY_AFTER,
            Receiving::Every(every) => every,
        })
    }

    /// Finds out whether the server still knows the user.
    async fn check_registered(&self, now: &Connection) -> Result<Duration, Finished> {
        match self.chat.restore(now, Trouble::NoAnswer).await {
            Ok(Recovery::Continued | Recovery::Anew) => Ok(Duration::ZERO),
            Err(RecoverError::SignedOut) => Err(Finished),
            // The next poll will fail as well, and say so.
            Ok(Recovery::Unneeded) | Err(_) => Ok(self.every),
        }
    }
}

#[cfg(test)]
#[path = "tests/feed.rs"]
mod tests;
