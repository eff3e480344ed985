//! The terminal's mode, to leave it as it was.
//!
//! Between two lines rustyline takes its own mode back, and the terminal would echo what is typed in
//! that moment: it would stand beside the messages, and once more when the next line is drawn. So the
//! echo is off as long as the client runs.
//!
//! rustyline restores it after each line. A client that is told to end in the middle of one has to do
//! so itself: the thread that reads cannot be interrupted, and just ends with the process. And a client
//! that was stopped in the middle of one, and goes on, finds the mode of whoever used the terminal
//! meanwhile.

use std::io::{self, Write as _};

#[cfg(unix)]
use std::sync::Arc;

#[cfg(unix)]
use parking_lot::Mutex;
#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The mode before anything was changed.
#[derive(Debug)]
pub(super) struct TerminalMode {
    #[cfg(unix)]
    before: Termios,
    #[cfg(unix)]
    while_reading: ReadingMode,
}

/// The mode that rustyline sets while it reads a line. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadingMode {
    #[cfg(unix)]
    noted: Arc<Mutex<Option<Termios>>>,
}

impl ReadingMode {
    /// Notes it, while a line is read.
    pub(super) fn note(&self) {
        #[cfg(unix)]
        if let Ok(mode) = tcgetattr(io::stdin()) {
            *self.noted.lock() = Some(mode);
        }
    }
}

/// Takes back what rustyline switches on beside the mode: pasted text is marked as such.
const BRACKETED_PASTE_OFF: &str = "\x1b[?2004l";

impl TerminalMode {
    /// Switches the echo off.
    #[cfg(unix)]
    pub(super) fn without_echo(while_reading: ReadingMode) -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut without_echo = before.clone();
        without_echo.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &without_echo)?;
        Ok(Self {
            before,
            while_reading,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn without_echo(_: ReadingMode) -> io::Result<Self> {
        Ok(Self {})
    }

    /// Sets rustyline's mode again, in the middle of a line: whoever used the terminal meanwhile has set
    /// another one.
    pub(super) fn resume_reading(&self) {
        #[cfg(unix)]
        if let Some(mode) = &*self.while_reading.noted.lock()
            && let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, mode)
        {
            tracing::debug!(%error, "the terminal's mode is not set again");
        }
    }

    /// Puts the terminal back, on a line of its own if one was being typed.
    pub(super) fn restore(&self, typing: bool) {
        if typing {
            // That nobody can see it is no reason not to restore the mode.
            let _ = write!(io::stdout(), "{BRACKETED_PASTE_OFF}\r\n");
        }
        #[cfg(unix)]
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.before) {
            tracing::debug!(%error, "the terminal's mode is not restored");
        }
    }
}
