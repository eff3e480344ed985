//! The terminal: what is written to it, what is read from it.
//!
//! Nothing in here knows where a text comes from. Whatever is written passes [`escaping`], so that
//! nobody's name or message can play tricks on a terminal.

pub mod escaping;
pub mod hidden_typing;
pub mod input;
pub mod output;
pub mod python_list;
pub mod texts;
