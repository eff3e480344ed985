//! What docs/protocol.md promises, as tables: each row is a call with the answer that it must get.
//!
//! The rows of a table are one conversation with one server, in their order. The system tests make it with
//! a fresh server, and the checker with any server, under names of its own (see [`Row::renamed`]).
#![allow(
    missing_docs,
    reason = "tables, documented where a name does not say it"
)]

pub mod accounts;
pub mod binder;
mod both;
pub mod classic;
mod renaming;
pub mod table;
pub mod value;
pub mod wrong_calls;

pub use table::{Answer, Faults, Row, Seen};
