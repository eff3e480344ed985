//! The vocabulary of the wire: what the binder, the chat server and the client say to each other.
//!
//! Method names with their parameters, well-known ports, texts, and the structs of both dialects in
//! both directions. There is no input or output here: servers and clients share this crate so that
//! neither can misspell what the other expects. `docs/protocol.md` says the same in prose.

pub mod accounts;
pub mod binder;
pub mod characters;
pub mod classic;
pub mod endpoint;
pub mod fault;
pub mod procedure;
pub mod reading;
pub mod refusal;
