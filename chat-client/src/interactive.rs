//! The comfortable mode, for a person at a terminal.
//!
//! - [`screen`] is the terminal: a thread that reads lines with rustyline, and shows texts above the
//!   line that is being typed.
//! - [`conversation`] decides: what is typed becomes calls, what arrives becomes text. It never waits
//!   for a server, so that typing goes on whatever the servers do.
//! - [`rendering`] makes lines of what is to be shown; the words are those of [`crate::language`].
//! - [`completion`] is what Tab knows, [`history_file`] where typed lines are remembered, [`signals`]
//!   what comes from outside, [`wire`] where the wire log goes meanwhile.

mod completion;
mod conversation;
mod history_file;
mod rendering;
mod screen;
mod signals;
mod wire;

use std::io::{self, IsTerminal as _};

pub use conversation::Settings;
pub use conversation::converse;
pub use rendering::ColorChoice;
pub use screen::ScreenError;
pub use signals::ended_from_outside;
pub use wire::WireOutput;

/// A line as it is written to the terminal outside a conversation: broken between words.
#[must_use]
pub fn wrapped(line: &str) -> String {
    rendering::wrapped(line)
}

/// Whether there is a person at a terminal that can be drawn on: both standard input and output are
/// one, and it is not one of those that can only go forward, line after line.
#[must_use]
pub fn is_possible() -> bool {
    /// As rustyline has it: on these it gives up editing.
    const DUMB: [&str; 3] = ["dumb", "cons25", "emacs"];
    let kind = std::env::var("TERM").unwrap_or_default();
    io::stdin().is_terminal() && io::stdout().is_terminal() && !DUMB.contains(&kind.as_str())
}
