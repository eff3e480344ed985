//! The terminal client of the distributed chat.
//!
//! - [`network`] finds the chat server, calls it and receives from it.
//! - [`plain`] is the mode of the original clients, for scripts and comparisons; [`interactive`] is the
//!   mode for a person at a terminal. Both use [`terminal`].
//! - [`startup`] goes from the [`flags`] to a conversation; [`failure`] has the exit codes,
//!   [`state_files`] the log and the history, [`invocation`] the commands that messages tell to type.
//! - [`embedded`] is a binder and a chat server inside this process.
#![allow(
    missing_docs,
    reason = "the modules of a program, documented where a name does not say it"
)]

pub mod embedded;
pub mod failure;
pub mod flags;
pub mod interactive;
pub mod invocation;
pub mod network;
pub mod plain;
pub mod startup;
pub mod state_files;
pub mod terminal;
