//! Typing that the terminal does not show: of passwords.
//!
//! Only the terminal's echo is switched off. The line is read by whoever reads all others: two readers
//! of one terminal would take lines from each other.

/// The time during which nothing that is typed is shown. Dropping it ends it.
#[derive(Debug)]
pub struct HiddenTyping {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl HiddenTyping {
    /// Begins it, if standard input is a terminal.
    #[must_use]
    pub fn begin() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        // There is nothing to hide in a pipe.
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut hiding = before.clone();
        hiding.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Now, &hiding)
            .inspect_err(|error| tracing::warn!(%error, "the password will be seen"))
            .ok()?;
        Some(Self { before })
    }
}

#[cfg(unix)]
impl Drop for HiddenTyping {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }
}

#[cfg(not(unix))]
impl HiddenTyping {
    /// Does nothing: how a terminal is told differs too much here.
    #[must_use]
    pub fn begin() -> Option<Self> {
        tracing::warn!("the password will be seen");
        None
    }
}
