//! The board's feed: what a server was asked and what it answered, live, for a page that shows it.
//!
//! A [`Board`] observes the calls of a server (see [`rpc::Observer`]) and reports them over HTTP: a stream
//! of [`events`], the details of a call, the rules of the lab. While no page is open, nothing is
//! collected. The page itself is the binder's. The [`WireLog`] prints the same calls to a terminal.

mod backlog;
mod board;
mod call_tree;
mod calls;
#[cfg(test)]
mod contract_tests;
mod event_log;
pub mod events;
mod feed;
mod flags;
mod guard;
mod masking;
mod observer;
mod open_calls;
mod parts;
mod places;
mod pretty;
mod reporter;
pub mod routes;
mod secrets;
mod stream;
mod summary;
mod wire_log;

pub use board::{Board, Identity, Snapshot, TakeSnapshots};
pub use flags::BoardFlags;
pub use guard::{Guard, page_origins};
pub use pretty::unmasked as indented_xml;
pub use secrets::PrivateTexts;
pub use wire_log::WireLog;
