//! The vocabulary of the wire, shared by the binder, the chat server and the client.
//!
//! Method names with their parameters, well-known ports, texts, and the structs of both dialects in both
//! directions, without input or output. `docs/protocol.md` describes the same in prose. `fault`,
//! `procedure`, `reading` and `endpoint` are XML-RPC for any service; `rpc` uses these alone.

pub mod accounts;
pub mod agent;
pub mod binder;
pub mod characters;
pub mod classic;
pub mod endpoint;
pub mod fault;
pub mod procedure;
pub mod reading;
pub mod refusal;
