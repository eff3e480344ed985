//! The terminal's mode, to leave it as it was.
//!
//! Between two lines rustyline takes its own mode back, and the terminal would echo what is typed in
//! that moment: it would stand beside the messages, and once more when the next line is drawn. So the
//! echo is off as long as the client runs.
//!
//! rustyline restores it after each line. A client that is told to end in the middle of one has to do
//! so itself: the thread that reads cannot be interrupted, and just ends with the process.

use std::io::{self, Write as _};

/// The mode before anything was changed.
#[derive(Debug)]
pub(super) struct TerminalMode {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

/// Takes back what rustyline switches on beside the mode: pasted text is marked as such.
const BRACKETED_PASTE_OFF: &str = "\x1b[?2004l";

impl TerminalMode {
    /// Switches the echo off.
    #[cfg(unix)]
    pub(super) fn without_echo() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut without_echo = before.clone();
        without_echo.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &without_echo)?;
        Ok(Self { before })
    }

    #[cfg(not(unix))]
    pub(super) fn without_echo() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Puts the terminal back, on a line of its own if one was being typed.
    pub(super) fn restore(&self, typing: bool) {
        if typing {
            // That nobody can see it is no reason not to restore the mode.
            let _ = write!(io::stdout(), "{BRACKETED_PASTE_OFF}\r\n");
        }
        #[cfg(unix)]
        {
            use rustix::termios::{OptionalActions, tcsetattr};
            if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.before) {
                tracing::debug!(%error, "the terminal's mode is not restored");
            }
        }
    }
}
