//! Waiting for one thing while handling others: messages are shown and a signal is obeyed whether the
//! user is typing or a call is in flight.

use std::future::Future;
use std::io::{self, Write};

use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::failures;
use super::output::Output;
use super::private_messages::PrivateMessages;
use super::texts;
use crate::network::{Arrivals, Dialect, Event, Failure, Feed, Message};

/// How a conversation can fail. A server's refusal is not a failure of the conversation.
#[derive(Debug, Error)]
pub enum SessionError {
    #[error("cannot write to standard output: {0}")]
    OutputGone(io::Error),
    /// The server stopped answering before the user was registered.
    #[error("the chat server stopped answering: {0}; start `chat-server` again")]
    ServerGone(Failure),
}

#[derive(Debug)]
pub(super) enum End {
    /// By `exit`, or because there is nothing more to read.
    Finished,
    Stopped,
    Failed(SessionError),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Failed(SessionError::OutputGone(error))
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(SessionError::ServerGone(failure))
    }
}

/// A value, or why the conversation ends.
pub(super) type Flow<T> = Result<T, End>;

/// What goes on while the conversation is waiting.
#[derive(Debug)]
pub(super) struct Events<W> {
    dialect: Dialect,
    output: Output<W>,
    stop: CancellationToken,
    arrivals: Arrivals,
    listening: Option<Listening>,
    private_messages: PrivateMessages,
}

#[derive(Debug)]
struct Listening {
    /// Their own messages are not shown.
    user: String,
    room: String,
}

impl<W: Write> Events<W> {
    pub(super) fn new(
        dialect: Dialect,
        output: Output<W>,
        stop: CancellationToken,
        arrivals: Arrivals,
    ) -> Self {
        Self {
            dialect,
            output,
            stop,
            arrivals,
            listening: None,
            private_messages: PrivateMessages::default(),
        }
    }

    pub(super) const fn output(&mut self) -> &mut Output<W> {
        &mut self.output
    }

    /// Listens to this room instead of the previous one.
    pub(super) fn listen(&mut self, user: String, room: String, feed: Feed) {
        self.arrivals.listen(feed);
        self.listening = Some(Listening { user, room });
    }

    pub(super) fn stop_listening(&mut self) {
        self.arrivals.stop_listening();
        self.listening = None;
    }

    /// Shows the private messages of a join's history that were not shown before.
    pub(super) fn show_private(&mut self, room: &str, history: &[Message]) -> Flow<()> {
        for message in self.private_messages.take_unshown(room, history) {
            self.output
                .interrupt(&texts::arriving_message(self.dialect, &message))?;
        }
        Ok(())
    }

    /// Waits for `awaited` and shows what arrives meanwhile.
    pub(super) async fn show_until<T>(&mut self, awaited: impl Future<Output = T>) -> Flow<T> {
        tokio::pin!(awaited);
        let outcome = loop {
            let event = tokio::select! {
                // In this order: a signal comes before input, and what arrived before an answer is shown
                // before it.
                biased;
                () = self.stop.cancelled() => return Err(End::Stopped),
                event = self.arrivals.next() => event,
                outcome = &mut awaited => break outcome,
            };
            self.show(event)?;
        };
        // What a call did on its way, such as signing in again, is said before its answer.
        while let Some(event) = self.arrivals.ready() {
            self.show(event)?;
        }
        Ok(outcome)
    }

    /// Waits for the answer to a call. `None` after a failure, which is shown to the user.
    pub(super) async fn answer<T>(
        &mut self,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Flow<Option<T>> {
        self.reply_or(failures::line, call).await
    }

    /// The same, with other words for a failure.
    pub(super) async fn reply_or<T>(
        &mut self,
        in_words: fn(&Failure) -> String,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Flow<Option<T>> {
        match self.show_until(call).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) => {
                warn!(%failure, "a call failed");
                self.output.say(&in_words(&failure))?;
                Ok(None)
            }
        }
    }

    fn show(&mut self, event: Event) -> Flow<()> {
        let text = match event {
            Event::Message(message) => {
                let Some(Listening { user, room }) = &self.listening else {
                    return Ok(());
                };
                self.private_messages.shown(room, &message);
                if *user == message.origin {
                    return Ok(());
                }
                texts::arriving_message(self.dialect, &message)
            }
            Event::Lost { .. } => texts::SERVER_SILENT.to_owned(),
            Event::Back => texts::SERVER_BACK.to_owned(),
            Event::Restored(restored) => texts::restored(&restored),
            Event::NameGone(refused) => texts::name_gone(&refused.text),
            Event::RoomGone { room, refused } => texts::room_gone(&room, &refused.text),
        };
        Ok(self.output.interrupt(&text)?)
    }
}
