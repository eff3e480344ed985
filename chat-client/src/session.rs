//! A conversation: what is typed becomes calls, what servers answer and what arrives becomes text.
//!
//! This is the one place that knows both [`crate::network`] and [`crate::screen`].
//! Registering comes first (`registering`), then one [`command`] after the other is obeyed
//! (`obeying`), all the time attention is paid to what arrives (`attention`), and at the end the user
//! is unregistered.

mod attention;
pub mod command;
pub mod failures;
mod obeying;
mod registering;

use std::io::{self, Write};
use std::time::Duration;

use rpc::CallError;
use thiserror::Error;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::network::classic::ChatServer;
use crate::screen::input::Lines;
use crate::screen::output::Screen;
use crate::screen::texts;
use attention::Attention;

/// How long leaving may wait for the server, so that the user never does.
const FAREWELL: Duration = Duration::from_secs(2);

/// The longest that a conversation goes on after it was told to end: an answer to the call that takes
/// the name may be waited for, and then one to the call that gives it back.
pub const LONGEST_FAREWELL: Duration = Duration::from_secs(2 * FAREWELL.as_secs() + 1);

/// What flags answered before the conversation began, and how it polls.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The answer to the first question for a name.
    pub user: Option<String>,
    /// The room to be in from the beginning; it is created if need be.
    pub room: Option<String>,
    /// How often the room one is in is polled.
    pub poll_every: Duration,
}

/// How a conversation can fail. Whatever a server says in it is no failure of the conversation.
#[derive(Debug, Error)]
pub enum SessionError {
    /// Standard output is gone.
    #[error("cannot write to standard output: {0}")]
    OutputGone(io::Error),
    /// The server stopped answering before the user was registered.
    #[error("the chat server stopped answering: {0}; start `chat-server` again")]
    ServerGone(CallError),
}

/// Why the conversation ends.
#[derive(Debug)]
enum Ending {
    /// By `exit`, or because there is nothing more to read.
    Finished,
    /// By a signal.
    Told,
    /// By a failure.
    Failed(SessionError),
}

impl From<io::Error> for Ending {
    fn from(error: io::Error) -> Self {
        Self::Failed(SessionError::OutputGone(error))
    }
}

impl From<CallError> for Ending {
    fn from(error: CallError) -> Self {
        Self::Failed(SessionError::ServerGone(error))
    }
}

/// The value of a step, or why there is no next one.
type Step<T> = Result<T, Ending>;

/// A conversation of one user with one chat server.
#[derive(Debug)]
pub struct Session<W> {
    server: ChatServer,
    lines: Lines,
    attention: Attention<W>,
    settings: Settings,
    /// The name that the server has given us.
    user: Option<String>,
    /// The room we are in.
    room: Option<String>,
}

impl<W: Write> Session<W> {
    /// A conversation with `server` by `lines` and `screen`, which ends early when `told` becomes
    /// true.
    #[must_use]
    pub fn new(
        server: ChatServer,
        lines: Lines,
        screen: Screen<W>,
        told: watch::Receiver<bool>,
        settings: Settings,
    ) -> Self {
        Self {
            server,
            lines,
            attention: Attention::new(screen, told),
            settings,
            user: None,
            room: None,
        }
    }

    /// Talks until the user leaves, and gives the user's name back.
    ///
    /// # Errors
    /// When it cannot go on. The name is given back all the same, if that can still be done.
    pub async fn run(mut self) -> Result<(), SessionError> {
        let ending = match self.register_and_obey().await {
            Ok(()) => Ending::Finished,
            Err(ending) => ending,
        };
        let last_words = match ending {
            Ending::Finished => self.attention.screen().say(texts::LEAVING),
            // Below the prompt, and below the ^C that the terminal writes into it.
            Ending::Told => self.attention.screen().interrupt(texts::LEAVING),
            Ending::Failed(_) => Ok(()),
        };
        self.unregister().await;
        match ending {
            Ending::Failed(error) => Err(error),
            Ending::Finished | Ending::Told => last_words.map_err(SessionError::OutputGone),
        }
    }

    async fn register_and_obey(&mut self) -> Step<()> {
        let user = self.register().await?;
        if let Some(room) = self.settings.room.take() {
            self.enter(&user, &room).await?;
        }
        self.obey_commands(&user).await
    }

    async fn unregister(&mut self) {
        let Some(user) = self.user.take() else {
            return;
        };
        let call = self.server.unregister_user(&user);
        match tokio::time::timeout(FAREWELL, call).await {
            Ok(Ok(answer)) => info!(?user, ?answer, "left"),
            Ok(Err(error)) => warn!(?user, %error, "the name could not be given back"),
            Err(_) => warn!(?user, "the name could not be given back in time"),
        }
    }

    /// Asks for a line.
    async fn ask(&mut self, prompt: &str) -> Step<String> {
        self.attention.screen().ask(prompt)?;
        let line = self.attention.attend(self.lines.next()).await?;
        line.ok_or(Ending::Finished)
    }

    fn say(&mut self, line: &str) -> Step<()> {
        Ok(self.attention.screen().say(line)?)
    }
}

#[cfg(test)]
mod tests;
