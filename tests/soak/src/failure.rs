//! How a run fails.

use std::fmt::Write as _;

use thiserror::Error;

#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The binder did not learn again where the chat server is.
    #[error("the binder after its restart: {reason}")]
    Binder { reason: String },
    /// A client was answered in a way that the protocol does not have, or not at all for too long.
    #[error("client {client}: {reason}")]
    Client { client: u32, reason: String },
    /// Messages were lost, doubled, or shown out of order.
    #[error("{} messages are not where they belong:{}", .0.len(), first(.0))]
    Messages(Vec<String>),
    /// A task of the run itself failed.
    #[error("the run itself failed: {0}")]
    Run(#[from] tokio::task::JoinError),
}

/// The first few, which tell what kind of fault it is.
fn first(violations: &[String]) -> String {
    violations
        .iter()
        .take(10)
        .fold(String::new(), |mut lines, violation| {
            // A string takes everything.
            let _ = write!(lines, "\n  {violation}");
            lines
        })
}
