//! The terminal's mode, which is restored at the end.
//!
//! As long as the client runs, the terminal neither echoes nor collects lines nor makes signals of keys.
//! rustyline has that only while it reads a line, and gives it up between two lines: what is typed in
//! that moment would stand beside the messages, and once more when the next line is drawn.
//!
//! The mode is taken again when the process goes on after it was stopped: the shell has set its own in
//! the meantime.

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

    use parking_lot::Mutex;
    use rustix::termios::{
        ControlModes, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios,
        tcgetattr, tcsetattr,
    };

    use crate::terminal::display::write;

    /// Pasted text is marked as such: rustyline switches it on with each line.
    const BRACKETED_PASTE_ON: &str = "\x1b[?2004h";
    const BRACKETED_PASTE_OFF: &str = "\x1b[?2004l";

    /// The mode before anything was changed, and the one while the client runs.
    #[derive(Debug)]
    pub(in crate::terminal) struct TerminalMode {
        /// The terminal itself: standard input is replaced later.
        terminal: OwnedFd,
        before: Termios,
        while_open: Termios,
        /// Held while the mode is changed. After the last restoring, a late thread must not take the terminal again.
        is_over: Mutex<bool>,
    }

    impl TerminalMode {
        pub(in crate::terminal) fn take() -> io::Result<Self> {
            let terminal = io::stdin().as_fd().try_clone_to_owned()?;
            let before = tcgetattr(&terminal)?;
            let mut while_open = before.clone();
            // The same as rustyline's, of which nothing but the keys is left to decide.
            while_open.input_modes.remove(
                InputModes::BRKINT
                    | InputModes::ICRNL
                    | InputModes::INPCK
                    | InputModes::ISTRIP
                    | InputModes::IXON,
            );
            while_open.control_modes.insert(ControlModes::CS8);
            while_open.local_modes.remove(
                LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG,
            );
            while_open.special_codes[SpecialCodeIndex::VMIN] = 1;
            while_open.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(&terminal, OptionalActions::Now, &while_open)?;
            Ok(Self {
                terminal,
                before,
                while_open,
                is_over: Mutex::new(false),
            })
        }

        pub(in crate::terminal) fn terminal(&self) -> BorrowedFd<'_> {
            self.terminal.as_fd()
        }

        pub(in crate::terminal) const fn while_open(&self) -> &Termios {
            &self.while_open
        }

        /// The key that suspends, usually Ctrl-Z.
        pub(in crate::terminal) fn suspend_key(&self) -> Option<u8> {
            let key = self.before.special_codes[SpecialCodeIndex::VSUSP];
            // So a key is switched off: 0 on Linux, 255 elsewhere.
            (key != 0 && key != u8::MAX).then_some(key)
        }

        /// Takes the terminal again after another program had it.
        pub(in crate::terminal) fn retake(&self) {
            let is_over = self.is_over.lock();
            if !*is_over {
                self.set(&self.while_open);
                write(BRACKETED_PASTE_ON);
            }
        }

        /// Lends the terminal to the shell, from where the cursor is on.
        pub(in crate::terminal) fn lend(&self) {
            let _changing = self.is_over.lock();
            write(BRACKETED_PASTE_OFF);
            write("\r\n");
            self.set(&self.before);
        }

        /// Restores the terminal at the end, on a line of its own if one was being typed.
        pub(in crate::terminal) fn restore(&self, typing: bool) {
            let mut is_over = self.is_over.lock();
            *is_over = true;
            // Before the writes, which wait for a terminal that takes nothing.
            self.set(&self.before);
            write(BRACKETED_PASTE_OFF);
            if typing {
                write("\r\n");
            }
        }

        fn set(&self, mode: &Termios) {
            if let Err(error) = tcsetattr(&self.terminal, OptionalActions::Now, mode) {
                tracing::debug!(%error, "the terminal's mode is not set");
            }
        }
    }
}

#[cfg(unix)]
pub(super) use unix::TerminalMode;

#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct TerminalMode;

#[cfg(not(unix))]
impl TerminalMode {
    pub(super) const fn take() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) const fn retake(&self) {}

    pub(super) const fn restore(&self, _typing: bool) {}
}
