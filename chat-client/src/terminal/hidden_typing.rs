//! Typing that the terminal does not show: of passwords.
//!
//! Only the terminal's echo is switched off. The line is read by the reader of all other lines: two
//! readers of one terminal would take lines from each other.

#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};
#[cfg(unix)]
use std::sync::Arc;

/// The terminal that lines come from. It belongs to the input: a session that reads from elsewhere must
/// not change the mode of a terminal that the process happens to have.
#[derive(Debug)]
pub struct Terminal {
    #[cfg(unix)]
    terminal: Arc<OwnedFd>,
}

#[cfg(unix)]
impl Terminal {
    /// The terminal behind this input. `None` when it is a pipe or a file: there is nothing to hide.
    pub fn behind(input: impl AsFd) -> Option<Self> {
        let terminal = input.as_fd().try_clone_to_owned().ok()?;
        rustix::termios::isatty(&terminal).then(|| Self {
            terminal: Arc::new(terminal),
        })
    }

    /// Hides what is typed from now on. `None` when that cannot be done.
    pub fn hide_typing(&self) -> Option<HiddenTyping> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let hide = || {
            let before = tcgetattr(&self.terminal)?;
            let mut hiding = before.clone();
            hiding.local_modes.remove(LocalModes::ECHO);
            tcsetattr(&self.terminal, OptionalActions::Now, &hiding)?;
            Ok(before)
        };
        let before = hide()
            .inspect_err(|error: &rustix::io::Errno| {
                tracing::warn!(%error, "the password will be seen");
            })
            .ok()?;
        Some(HiddenTyping {
            terminal: Arc::clone(&self.terminal),
            before,
        })
    }
}

#[cfg(not(unix))]
impl Terminal {
    /// None: how to find one differs too much here.
    pub fn behind<T>(_: T) -> Option<Self> {
        tracing::warn!("passwords will be seen");
        None
    }

    pub const fn hide_typing(&self) -> Option<HiddenTyping> {
        None
    }
}

/// The time during which nothing that is typed is shown. Dropping it ends it.
#[derive(Debug)]
pub struct HiddenTyping {
    #[cfg(unix)]
    terminal: Arc<OwnedFd>,
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Drop for HiddenTyping {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
