//! The terminal: a thread that reads from it, and the one place that writes to it.
//!
//! Reading a line blocks, so it happens on a thread of its own ([`reader`]). It goes question by
//! question: the thread gives what it hears ([`Heard`]), the conversation says at once how it goes on
//! ([`Reply`]), and the thread asks the [`Question`] that is current by then. Texts can be shown at any
//! time, by [`Display`].

mod display;
mod drawing;
mod helper;
#[cfg(unix)]
mod keyboard;
mod layout;
mod mode;
mod question;
mod reader;
mod resizing;
mod tall;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc as waiting;
use std::thread;

use rustyline::error::ReadlineError;
use thiserror::Error;
use tokio::sync::mpsc;

pub(super) use display::Display;
use helper::Helper;
#[cfg(unix)]
use keyboard::Keyboard;
pub(super) use layout::width;
use mode::TerminalMode;
use question::Current;
pub(super) use question::{Answer, Question};
use reader::Reader;
pub(super) use resizing::size;
use tall::Tall;

use super::completion::Known;
use super::rendering::Palette;

/// What was heard from the user.
#[derive(Debug)]
pub(super) enum Heard {
    /// A line.
    Line {
        /// What was typed.
        line: String,
        /// What was asked for when it was typed: another question may be current by now.
        answers: Answer,
    },
    /// Ctrl-C: the line was thrown away.
    Interrupted {
        /// Whether there was nothing to throw away.
        was_empty: bool,
    },
    /// A byte that is not UTF-8, for the first time. It is typed on as `\xe1`, and needs no reply.
    NotUtf8(u8),
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// What becomes of the prompt and the line that was typed at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Echo {
    /// They stay.
    Stays,
    /// This is shown in their place.
    Replaced(String),
    /// They stay, unless another question follows soon: an outcome that says the same is shown above it.
    ReplacedSoon,
    /// The screen is emptied.
    Cleared,
}

/// What the conversation says to a line or an interruption.
#[derive(Debug)]
pub(super) struct Reply {
    /// What becomes of the prompt and the typed line.
    pub(super) echo: Echo,
    /// What goes into the history although it was not typed as a command.
    pub(super) remember: Option<String>,
    /// How it goes on.
    pub(super) next: Next,
}

/// How it goes on after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// With the current question.
    Ask,
    /// With a question that follows soon, when an outcome is there.
    AskSoon,
    /// With a question that depends on whether a password is taken. None is asked before that: what is
    /// typed may be the next attempt, which must not be seen.
    AskWhenSignedIn,
    /// Not at all.
    Stop,
}

/// Why there is no screen.
#[derive(Debug, Error)]
pub enum ScreenError {
    /// The terminal cannot be used as rustyline needs it.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] ReadlineError),
    /// The system has no thread to give, or does not tell the terminal's mode.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// The conversation's end of the screen. Dropping it leaves the terminal as it was.
#[derive(Debug)]
pub(super) struct Screen {
    display: Display,
    current: Current,
    replies: waiting::Sender<Reply>,
    heard: mpsc::UnboundedReceiver<Heard>,
    mode: Arc<TerminalMode>,
    /// `None` when nothing can be put before the editor, or when nothing is to be typed any more.
    #[cfg(unix)]
    keyboard: Option<Keyboard>,
    tall: Tall,
}

impl Screen {
    /// Takes over the terminal, and asks the first question, or another that follows soon. `memory` is
    /// the file in which lines are remembered.
    pub(super) fn open(
        (first, next): (Question, Next),
        known: Known,
        palette: Palette,
        memory: Option<PathBuf>,
    ) -> Result<Self, ScreenError> {
        let (display, current) = (Display::default(), Current::new(first, next == Next::Ask));
        let tall = Tall::new(|name| std::env::var(name).ok());
        let helper = Helper::new(display.clone(), known, palette, tall.clone());
        let mut reader = Reader::new(
            helper,
            display.clone(),
            current.clone(),
            memory,
            tall.clone(),
        )?;
        let printer = reader.printer()?;
        thread::Builder::new().name("waker".to_owned()).spawn({
            let display = display.clone();
            move || display.keep_awake(printer)
        })?;
        let (replies, replied) = waiting::channel();
        let (tell, heard) = mpsc::unbounded_channel();
        let mode = Arc::new(TerminalMode::take()?);
        #[cfg(unix)]
        let keyboard = Keyboard::open(Arc::clone(&mode), display.clone(), tell.clone())
            .inspect_err(|error| tracing::warn!(%error, "what is not UTF-8 will end the client"))
            .ok();
        thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || reader.read(&replied, &tell))
            .inspect_err(|_| mode.restore(false))?;
        Ok(Self {
            display,
            current,
            replies,
            heard,
            mode,
            #[cfg(unix)]
            keyboard,
            tall,
        })
    }

    /// Where texts are shown.
    pub(super) const fn display(&self) -> &Display {
        &self.display
    }

    /// What is heard next. May be cancelled without losing anything.
    pub(super) async fn hear(&mut self) -> Heard {
        self.heard.recv().await.unwrap_or(Heard::End)
    }

    /// Says how it goes on: with this question, or with another one that follows soon. A line and an
    /// interruption need a reply, and at once.
    pub(super) fn reply(&self, reply: Reply, question: Question) {
        match reply.next {
            Next::AskSoon => self.current.prepare(question),
            Next::AskWhenSignedIn => self.current.hold(question),
            Next::Ask | Next::Stop => self.current.change(question),
        }
        // The thread is gone only when the terminal is.
        let _ = self.replies.send(reply);
    }

    /// Makes this the current question: it is asked next, or soon if that was replied.
    pub(super) fn ask(&self, question: Question) {
        self.current.change(question);
    }

    /// Asks this soon, if the outcome of a login was waited for.
    pub(super) fn release(&self, question: Question) {
        self.current.release(question);
    }

    /// Takes the terminal again after the process was stopped: what was typed is drawn anew, and goes on.
    pub(super) fn take_back(&self) {
        self.mode.take_again();
        if self.display.is_reading() {
            self.display.draw_anew();
        }
    }

    /// Reads nothing more: what is typed from now on is for the next program.
    pub(super) fn stop_reading(&mut self) {
        #[cfg(unix)]
        drop(self.keyboard.take());
    }

    /// Leaves the terminal as it was, with these last words below everything.
    pub(super) fn close(self, last_words: &str) {
        // First of all, or the thread would write them above the line that is being typed.
        self.display.close();
        self.display.show(last_words);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.display.close();
        self.tall.finish();
        self.mode.restore(self.display.is_reading());
        // That nobody can read it any more is no reason to do anything else.
        let _ = io::stdout().write_all(self.display.take().as_bytes());
        let _ = io::stdout().flush();
    }
}
