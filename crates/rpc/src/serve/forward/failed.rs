//! The reasons for which a forwarded call has no answer.

use std::time::Duration;

use thiserror::Error;

/// Why a call has no answer that could be passed on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Failed {
    /// It certainly did not arrive.
    #[error("not delivered: {0}")]
    NotDelivered(String),
    /// The server closed the connection before the first byte of an answer.
    #[error("the server closed the connection before its answer")]
    ServerClosed,
    /// The answer is incomplete.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The answer is too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The memory for answers is used up.
    #[error("too many large answers at the same time")]
    NoBudget,
    /// There was no answer in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The server has not answered yet, and is left.
    #[error(
        "no answer of a server that is not registered any more; the call may have been carried out"
    )]
    Left,
    /// The client does not wait any more.
    #[error("the client has gone")]
    ClientGone,
}
