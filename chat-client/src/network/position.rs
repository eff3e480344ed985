//! How far a room has been read, and reading from there.

use std::time::Duration;

use rpc::CallError;
use tokio::time::Instant;
use tracing::debug;

use super::chat_server::ChatServer;
use super::failure::Failure;
use super::model::{Dialect, Message};
use super::model::{Offers, Room};
use super::{dedup_by_comparing, dedup_by_timestamp};

/// How soon it is tried again after a failure, unless polling is slower than that. A server that was
/// restarted is found again quickly, and one that is down has little to refuse.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A long poll that ends without a message sooner than this was ended by the server: it is stopping, or
/// the user has left the room. Then the next one is delayed.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Position {
    dedup: Dedup,
    /// Where the next long poll starts, if the server offers that.
    cursor: Option<String>,
    /// Whether the server may have been restarted since the last answer.
    may_have_restarted: bool,
}

#[derive(Debug, Default)]
pub(super) struct Received {
    /// The messages not received before, oldest first.
    pub(super) messages: Vec<Message>,
    pub(super) more: bool,
    /// How long to pause before the next long poll.
    pub(super) pause: Duration,
}

impl Position {
    pub(super) fn after(dialect: Dialect, joined: &Room) -> Self {
        Self {
            dedup: Dedup::after(dialect, joined),
            cursor: None,
            may_have_restarted: false,
        }
    }

    /// The user was restored to the room. After a restart of the server what was read is gone, and what
    /// is there now has not been read.
    pub(super) const fn expect_restart(&mut self) {
        self.may_have_restarted = true;
    }

    pub(super) async fn poll(
        &mut self,
        server: &ChatServer,
        user: &str,
        room: &str,
    ) -> Result<Received, Failure> {
        // Polling does not advance it.
        self.cursor = None;
        let (messages, more) = match &mut self.dedup {
            Dedup::ByTimestamp(dedup) => {
                if self.may_have_restarted {
                    let after = dedup.probe_from();
                    let around = server.messages_after(user, room, &after).await?;
                    dedup.reset_unless_in(&around);
                }
                // Extensions mean our server: its timestamps increase whatever its clock does.
                if dedup.wants_all() && server.offers() == Offers::default() {
                    match server.messages(user, room).await {
                        Ok(all) => {
                            self.may_have_restarted = false;
                            return Ok(Received {
                                messages: dedup.accept_all(all),
                                ..Received::default()
                            });
                        }
                        Err(failure) if failure.has_no_answer() => return Err(failure),
                        Err(failure) => {
                            debug!(%failure, "the clock of this server is not checked");
                            dedup.refuse_all();
                        }
                    }
                }
                let after = dedup.poll_from();
                let news = dedup.accept(server.messages_after(user, room, &after).await?);
                (news.messages, news.more)
            }
            Dedup::ByComparing(dedup) => {
                let answer = server.messages(user, room).await?;
                if self.may_have_restarted {
                    dedup.reset_unless_in(&answer);
                }
                (dedup.accept(answer), false)
            }
        };
        self.may_have_restarted = false;
        Ok(Received {
            messages,
            more,
            pause: Duration::ZERO,
        })
    }

    pub(super) async fn wait(
        &mut self,
        server: &ChatServer,
        user: &str,
        room: &str,
    ) -> Result<Received, Failure> {
        let Some(cursor) = self.cursor.clone() else {
            return self.begin_to_wait(server, user, room).await;
        };
        let asked = Instant::now();
        let page = match server
            .wait(user, room, &cursor, server.longest_wait())
            .await
        {
            Ok(page) => page,
            Err(failure) => {
                if matches!(
                    &failure,
                    Failure::Unanswered {
                        error: CallError::Fault(_),
                        ..
                    }
                ) {
                    debug!(%failure, "the cursor is of no use any more");
                    self.cursor = None;
                }
                return Err(failure);
            }
        };
        // A cursor of another life means the beginning of this one, so no check is needed.
        self.may_have_restarted = false;
        self.dedup.note(&page.messages);
        self.cursor = Some(page.cursor);
        let ended_early = page.messages.is_empty() && asked.elapsed() < SHORTEST_WAIT;
        Ok(Received {
            messages: page.messages,
            more: false,
            pause: if ended_early {
                RETRY_AFTER
            } else {
                Duration::ZERO
            },
        })
    }

    /// Finds a cursor without a gap after what was read.
    ///
    /// The first wait can only begin *from now on*, and messages may have come since the room was read.
    /// So they are polled for, after the cursor was taken; and if none has come since then, none is
    /// delivered twice.
    async fn begin_to_wait(
        &mut self,
        server: &ChatServer,
        user: &str,
        room: &str,
    ) -> Result<Received, Failure> {
        let now = server.wait(user, room, "", Duration::ZERO).await?.cursor;
        let received = self.poll(server, user, room).await?;
        // From here on nothing may fail, or what was received would be lost.
        match server.wait(user, room, &now, Duration::ZERO).await {
            Ok(page) if page.messages.is_empty() && !received.more => {
                self.cursor = Some(page.cursor);
            }
            // Whether the poll had what has come is not known. The next round will show it.
            Ok(_) => {}
            Err(failure) => debug!(%failure, "cannot wait yet"),
        }
        Ok(received)
    }
}

/// The filter of duplicates: no message is lost, none is shown twice.
///
/// Dialect classic is asked for messages after a timestamp. Dialect accounts answers with all messages each
/// time, with timestamps of minutes, so new ones are found by comparing.
#[derive(Debug)]
pub(super) enum Dedup {
    ByTimestamp(dedup_by_timestamp::Dedup),
    ByComparing(dedup_by_comparing::Dedup),
}

impl Dedup {
    pub(super) fn after(dialect: Dialect, room: &Room) -> Self {
        let history = room.history.clone();
        match dialect {
            Dialect::Classic => Self::ByTimestamp(dedup_by_timestamp::Dedup::after(history)),
            Dialect::Accounts => Self::ByComparing(dedup_by_comparing::Dedup::after(
                history,
                room.history_is_cut,
            )),
        }
    }

    /// Records messages that arrived in another way than by polling.
    pub(super) fn note(&mut self, messages: &[Message]) {
        match self {
            Self::ByTimestamp(dedup) => dedup.note(messages),
            Self::ByComparing(dedup) => dedup.note(messages),
        }
    }
}
