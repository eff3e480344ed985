//! The wire log on the terminal of a conversation.
//!
//! It goes to standard error. When that is the terminal at which somebody types, it would be written
//! into the middle of the line; so as long as there is a screen, it is shown there like everything else.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use board::WireLog;
use parking_lot::Mutex;
use rpc::Observers;

use super::screen::Display;

/// Where the wire log is written at the moment. A clone is the same place.
#[derive(Clone, Debug, Default)]
pub struct WireOutput {
    screen: Arc<Mutex<Option<Display>>>,
}

impl WireOutput {
    /// The wire log that is written here, if it is asked for.
    #[must_use]
    pub fn log(&self, asked_for: bool) -> Observers {
        if !asked_for || !io::stderr().is_terminal() {
            return WireLog::observers(asked_for);
        }
        let output = self.clone();
        Observers::none().and(Arc::new(WireLog::written_by(move |text| {
            output.write(text)
        })))
    }

    fn write(&self, text: &str) {
        match &*self.screen.lock() {
            Some(display) => display.show(text),
            // When nobody can read it, there is nobody to tell.
            None => drop(io::stderr().write_all(text.as_bytes())),
        }
    }

    /// From now on it is shown there, or written past all screens again.
    pub(super) fn show_on(&self, screen: Option<&Display>) {
        *self.screen.lock() = screen.cloned();
    }
}
