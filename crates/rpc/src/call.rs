//! Calls procedures of a server, with a timeout and with errors that say what failed.

mod caller;
mod error;

pub use caller::{Caller, Method};
pub use error::CallError;

#[cfg(test)]
mod tests;
