//! The harness of all tests of the whole system: servers in this process, programs as child processes,
//! calls from Rust and from Python, raw connections, and waiting with a deadline.
//!
//! No port is fixed: a server takes port 0 and prints its address. No test sleeps and hopes: a condition
//! holds before [`DEADLINE`], or the test fails with everything that the programs printed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a harness fails the test, with the place that called it"
)]
#![allow(
    missing_docs,
    reason = "a harness, documented where a name does not say it"
)]

pub mod binaries;
pub mod calling;
pub mod descriptors;
pub mod dialect;
pub mod etcd;
pub mod in_process;
pub mod kept_chat;
pub mod language;
pub mod ledger;
pub mod odd_binder;
pub mod program;
pub mod python;
pub mod raw_server;
mod rewrapping;
pub mod runtime;
pub mod server;
pub mod terminal;
pub mod terminal_client;
pub mod waiting;
pub mod wire;

pub use calling::{Caller, Seen};
pub use descriptors::allow_open_files;
pub use etcd::Etcd;
pub use in_process::InProcess;
pub use kept_chat::KeptChat;
pub use language::{Binder, Language};
pub use program::Program;
pub use runtime::runtime;
pub use server::Server;
pub use terminal::Terminal;
pub use terminal_client::TerminalClient;
pub use waiting::{DEADLINE, eventually};
