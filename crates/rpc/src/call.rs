//! Calling procedures of a server, with a time limit and with errors that say what failed.

mod caller;
mod error;
mod method;

pub use caller::Caller;
pub use error::CallError;
pub use method::Method;

#[cfg(test)]
mod tests;
