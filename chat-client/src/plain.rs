//! Plain mode: what is typed becomes calls, and what servers answer becomes text, exactly as with the
//! original clients. The two dialects differ as their original clients do.
//!
//! `session` is the conversation: the user signs in (`sign_in`) and then types `commands`, while
//! `events` shows what arrives. [`input`] and [`output`] read and write lines; the [`texts`] are the
//! original's.

mod commands;
mod events;
mod failures;
pub mod input;
pub mod output;
mod private_messages;
mod python_list;
mod session;
mod sign_in;
#[cfg(test)]
mod test_support;
pub mod texts;

pub use events::SessionError;
pub use session::{LONGEST_FAREWELL, Session, Settings};
