//! What a user can ask for in interactive mode.
//!
//! [`table`] has each word that is a command, once: lines are read by it ([`parse`]), words are
//! completed from it, `/help` is written from it, and the READMEs' tables are checked against it.

pub mod addressed;
pub mod parse;
#[cfg(test)]
mod readme;
pub mod table;

pub use addressed::Addressed;
pub use parse::{Names, Typed, parse};

/// A command, before it is known what it is to be done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Create a room.
    Create,
    /// Enter a room.
    Join,
    /// Send a message.
    Send,
    /// Send a message to one user of the room.
    Message,
    /// List the rooms.
    List,
    /// List the users of the room.
    Users,
    /// Leave the room.
    Leave,
    /// Show the room's last messages again.
    History,
    /// Empty the screen.
    Clear,
    /// Say what can be typed.
    Help,
    /// Leave the chat.
    Exit,
}

/// A command with all that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Create the room of this name.
    Create(String),
    /// Enter the room of this name.
    Join(String),
    /// Send this to the room.
    Say(String),
    /// Send this to one user of the room.
    Whisper(Addressed),
    /// List the rooms.
    List,
    /// List the users of the room.
    Users,
    /// Leave the room.
    Leave,
    /// Show so many of the room's last messages again.
    History(usize),
    /// Empty the screen.
    Clear,
    /// Say what can be typed.
    Help,
    /// Leave the chat.
    Exit,
}
