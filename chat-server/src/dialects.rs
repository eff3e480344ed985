//! Dialects: translations between what goes over the wire and the chat.
//!
//! A dialect turns parameters into a command or query and its outcome into texts, structs and faults.
//! No rule of the chat lives here, and no text of a dialect lives in the chat.

pub mod accounts;
pub mod classic;
mod refusal;

/// The most messages in one answer. A client that is behind by more asks again from the last.
const MESSAGES_AT_MOST: usize = 1_000;
