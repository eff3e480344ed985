//! Calling procedures of a server, with a time limit and with errors that say what failed.

mod caller;
mod error;

pub use caller::Caller;
pub use error::CallError;
