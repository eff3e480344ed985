//! The terminal's mode, to leave it as it was.
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
    #[cfg(unix)]
    pub(super) fn remember() -> io::Result<Self> {
        let before = rustix::termios::tcgetattr(io::stdin())?;
        Ok(Self { before })
    }

    #[cfg(not(unix))]
    pub(super) fn remember() -> io::Result<Self> {
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
