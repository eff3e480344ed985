//! Interactive mode, for a person at a terminal.
//!
//! - `conversation` is the event loop. It never waits for a server, so typing goes on: `input` is
//!   what the user typed, `events` what arrived, `queue` runs calls as tasks (`tasks`) and
//!   `results` shows their outcomes. `prompt` is the question that the next line answers.
//! - `commands` is the table of commands, by which `parse` reads lines and `completion` completes
//!   them.
//! - `rendering` formats what is shown, with the `texts` of the chosen `language`.

mod commands;
mod completion;
mod conversation;
mod events;
mod failure_texts;
mod input;
mod language;
mod other_rooms;
mod own_messages;
mod parse;
mod prompt;
mod queue;
#[cfg(test)]
mod readme_tests;
mod rendering;
mod results;
mod room;
mod sign_in;
mod signals;
mod tasks;
mod texts;

pub use conversation::{Settings, converse};
pub use language::Language;
pub use signals::ended_from_outside;
pub use texts::Text;
