//! A conversation: what is typed becomes calls, what servers answer and what arrives becomes text.
//!
//! The user signs in (`sign_in`), then runs one command after the other (`commands`) while events are
//! shown (`events`), and finally leaves.

use std::io::Write;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::events::{End, Events, Flow, SessionError};
use super::input::{Line, Lines};
use super::output::Output;
use super::texts;
use crate::network::{Arrivals, Chat, Receiving};

/// How long leaving may wait for the server.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// The longest that a conversation continues after it was stopped: an answer to the call that takes the
/// name may be waited for, and then one to the call that gives it back.
pub const LONGEST_FAREWELL: Duration = Duration::from_secs(2 * FAREWELL.as_secs() + 1);

/// What flags answered before the conversation began, and how it receives.
#[derive(Clone, Debug)]
pub struct Settings {
    pub user: Option<String>,
    /// The room to be in from the beginning; it is created if need be.
    pub room: Option<String>,
    /// How messages of the room one is in are received.
    pub receiving: Receiving,
}

#[derive(Debug)]
pub struct Session<W> {
    pub(super) chat: Chat,
    pub(super) lines: Lines,
    pub(super) events: Events<W>,
    pub(super) settings: Settings,
    pub(super) room: Option<String>,
}

impl<W: Write> Session<W> {
    /// A conversation in `chat` by `lines` and `output`, which ends early when `stop` is cancelled.
    pub fn new(
        (chat, arrivals): (Chat, Arrivals),
        lines: Lines,
        output: Output<W>,
        stop: CancellationToken,
        settings: Settings,
    ) -> Self {
        Self {
            events: Events::new(chat.dialect(), output, stop, arrivals),
            chat,
            lines,
            settings,
            room: None,
        }
    }

    /// Talks until the user leaves, and gives the user's name back.
    pub async fn run(mut self) -> Result<(), SessionError> {
        let ending = match self.sign_in_and_run().await {
            Ok(()) => End::Finished,
            Err(ending) => ending,
        };
        let last_words = match ending {
            End::Finished => self.events.output().say(texts::LEAVING),
            // Below the prompt, and below the ^C that the terminal writes into it.
            End::Stopped => self.events.output().interrupt(texts::LEAVING),
            End::Failed(_) => Ok(()),
        };
        self.sign_out().await;
        match ending {
            End::Failed(error) => Err(error),
            End::Finished | End::Stopped => last_words.map_err(SessionError::OutputGone),
        }
    }

    async fn sign_in_and_run(&mut self) -> Flow<()> {
        self.sign_in().await?;
        if let Some(room) = self.settings.room.take() {
            self.enter(&room).await?;
        }
        self.run_commands().await
    }

    async fn sign_out(&mut self) {
        let Some(user) = self.chat.user() else {
            return;
        };
        match tokio::time::timeout(FAREWELL, self.chat.sign_out()).await {
            Ok(Ok(())) => info!(?user, "left"),
            Ok(Err(failure)) => warn!(?user, %failure, "the chat was not left properly"),
            Err(_) => warn!(?user, "the chat was not left in time"),
        }
    }

    pub(super) async fn ask(&mut self, prompt: &str) -> Flow<Line> {
        self.events.output().ask(prompt)?;
        let line = self.events.show_until(self.lines.next()).await?;
        line.ok_or(End::Finished)
    }

    /// Asks for a line that goes to the server. `None` when it is not UTF-8, which is said: a name or a
    /// message in which some characters are others must not be sent as if it had been typed.
    pub(super) async fn ask_text(&mut self, prompt: &str) -> Flow<Option<String>> {
        match self.ask(prompt).await? {
            Line::Text(text) => Ok(Some(text)),
            Line::NotUtf8(shown) => {
                self.say(&texts::not_utf8(&shown))?;
                Ok(None)
            }
        }
    }

    pub(super) fn say(&mut self, line: &str) -> Flow<()> {
        Ok(self.events.output().say(line)?)
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
