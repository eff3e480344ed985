//! What the tests stand on: servers in this process, real programs as child processes, calls made
//! from Rust and from Python, and waiting with a deadline.
//!
//! Nothing here has a fixed port and nothing sleeps for luck: a server takes port 0 and says where it
//! is, and what is waited for either happens before [`DEADLINE`] or fails the test with everything
//! that the programs printed.

pub(crate) mod binaries;
pub(crate) mod calling;
pub(crate) mod in_process;
pub(crate) mod language;
pub(crate) mod mixtures;
pub(crate) mod odd_binder;
pub(crate) mod program;
pub(crate) mod python;
pub(crate) mod server;
pub(crate) mod terminal_client;
pub(crate) mod waiting;

pub(crate) use calling::{Caller, Seen};
pub(crate) use language::{Binder, Language};
pub(crate) use program::Program;
pub(crate) use server::Server;
pub(crate) use terminal_client::TerminalClient;
pub(crate) use waiting::{DEADLINE, eventually};
