//! The terminal client of the distributed chat.
//!
//! - [`flags`] is what the user can choose; [`startup`] goes from there to a conversation;
//!   [`failure`] is how that can fail, with an exit code for each way; [`log_file`] is where the log
//!   goes, since the terminal belongs to the conversation.
//! - [`network`] finds the chat server, calls it, and receives from it: [`network::discovery`],
//!   [`network::chat`], [`network::feed`], and [`network::seen`], which decides what is new.
//! - [`screen`] writes and reads: [`screen::output`], [`screen::input`], the client's own words in
//!   [`screen::texts`], and [`screen::escaping`] of everybody else's.
//! - [`session`] is the conversation itself, and the one place that knows both.
//! - [`interactive`] is the other conversation, for a person at a terminal: its own way to write and
//!   read, with [`commands`] that can be typed in several ways and texts in a [`language`] of choice.
//! - [`invocation`] is how to start the programs from where the user is, for what messages say to type.
//! - [`embedded`] is the whole chat inside this process, for whoever has no servers running.

pub mod commands;
pub mod embedded;
pub mod failure;
pub mod flags;
pub mod interactive;
pub mod invocation;
pub mod language;
pub mod log_file;
pub mod network;
pub mod screen;
pub mod session;
pub mod startup;
