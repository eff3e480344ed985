//! The screen of interactive mode: a thread that reads from the terminal, and the one place that writes
//! to it.
//!
//! Reading a line blocks, so it is done on a separate thread (`reader`). The thread sends an [`Input`],
//! the conversation answers at once with a [`Reply`], and the thread asks the current [`Question`]. Texts
//! can be shown at any time through [`Display`].

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc as blocking;
use std::thread;
use std::time::Duration;

use rustyline::error::ReadlineError;
use thiserror::Error;
use tokio::sync::mpsc;

use super::display::{Display, write};
use super::helper::Helper;
#[cfg(unix)]
use super::keyboard::Keyboard;
use super::mode::TerminalMode;
use super::palette::Palette;
use super::question::{Complete, Current, Input, Next, Question, Reply};
use super::reader::Reader;
use super::tall::Tall;

/// How long the last words may take: a slow line, but not one that is held.
const LAST_WORDS: Duration = Duration::from_secs(2);

#[derive(Debug, Error)]
pub enum ScreenError {
    /// The terminal cannot be used as rustyline needs it.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] ReadlineError),
    /// The system has no thread to give, or does not report the terminal's mode.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// The conversation's end of the screen. Dropping it leaves the terminal as it was.
#[derive(Debug)]
pub(crate) struct Screen {
    display: Display,
    current: Current,
    replies: blocking::Sender<Reply>,
    input: mpsc::UnboundedReceiver<Input>,
    mode: Arc<TerminalMode>,
    /// `None` when nothing can be put before the editor, or when nothing more may be typed.
    #[cfg(unix)]
    keyboard: Option<Keyboard>,
    tall: Tall,
}

impl Screen {
    /// Takes over the terminal, and asks the first question, or another that follows soon. `memory` is
    /// the file in which lines are remembered.
    pub(crate) fn open(
        (first, next): (Question, Next),
        complete: Complete,
        palette: Palette,
        memory: Option<PathBuf>,
    ) -> Result<Self, ScreenError> {
        let (display, current) = (Display::default(), Current::new(first, next == Next::Ask));
        let tall = Tall::new(|name| std::env::var(name).ok());
        let helper = Helper::new(display.clone(), complete, palette, tall.clone());
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
            move || display.run_waker(printer)
        })?;
        let (replies, replied) = blocking::channel();
        let (sender, input) = mpsc::unbounded_channel();
        let mode = Arc::new(TerminalMode::take()?);
        #[cfg(unix)]
        let keyboard = Keyboard::open(
            Arc::clone(&mode),
            display.clone(),
            tall.clone(),
            sender.clone(),
        )
        .inspect_err(|error| tracing::warn!(%error, "what is not UTF-8 will end the client"))
        .ok();
        thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || reader.read(&replied, &sender))
            .inspect_err(|_| mode.restore(false))?;
        Ok(Self {
            display,
            current,
            replies,
            input,
            mode,
            #[cfg(unix)]
            keyboard,
            tall,
        })
    }

    pub(crate) const fn display(&self) -> &Display {
        &self.display
    }

    /// The next input. May be cancelled without losing anything.
    pub(crate) async fn next_input(&mut self) -> Input {
        self.input.recv().await.unwrap_or(Input::End)
    }

    /// Replies to a line or an interruption, which must happen at once: the next question is this one, or
    /// another that follows soon.
    pub(crate) fn reply(&self, reply: Reply, question: Question) {
        match reply.next {
            Next::AskSoon => self.current.prepare(question),
            Next::AskWhenSignedIn => self.current.hold(question),
            Next::Ask | Next::Stop => self.current.change(question),
        }
        // The thread is gone only when the terminal is.
        let _ = self.replies.send(reply);
    }

    /// Makes this the current question, which is asked next.
    pub(crate) fn ask(&self, question: Question) {
        self.current.change(question);
    }

    /// Asks this soon, if the outcome of a login was waited for.
    pub(crate) fn release(&self, question: Question) {
        self.current.release(question);
    }

    /// Takes the terminal again after the process was stopped, and redraws what was typed.
    pub(crate) fn resume_after_stop(&self) {
        self.mode.retake();
        if self.display.is_reading() {
            self.display.redraw();
        }
    }

    /// Stops reading: what is typed from now on is for the next program.
    pub(crate) fn stop_reading(&mut self) {
        #[cfg(unix)]
        drop(self.keyboard.take());
    }

    /// Restores the terminal, with these last words at the end.
    pub(crate) fn close(self, last_words: &str) {
        // First of all, or the thread would write them above the line that is being typed.
        self.display.close();
        self.display.show(last_words);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.display.close();
        self.tall.abandon();
        let (mode, display) = (Arc::clone(&self.mode), self.display.clone());
        let (done, is_done) = blocking::channel();
        let last_words = move || {
            mode.restore(display.is_reading());
            write(&display.take());
            // The other end waits no longer if the terminal was held for too long.
            let _ = done.send(());
        };
        // On a thread, because a terminal that takes nothing must not keep the client from ending.
        if thread::Builder::new().spawn(last_words).is_ok() {
            let _ = is_done.recv_timeout(LAST_WORDS);
        }
    }
}

/// Whether standard input and output are a terminal that can be drawn on, not one that can only append
/// lines.
pub fn is_possible() -> bool {
    /// The terminals on which rustyline does not edit.
    const DUMB: [&str; 3] = ["dumb", "cons25", "emacs"];
    let kind = std::env::var("TERM").unwrap_or_default();
    io::stdin().is_terminal() && io::stdout().is_terminal() && !DUMB.contains(&kind.as_str())
}
