//! Watching calls: one place sees every exchange, served or made, and tells it to an observer.
//!
//! Nothing in the chat or its dialects knows that somebody watches.

mod wire_log;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use wire_log::WireLog;

/// Who made the call that is being watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// We answered a call that came from there.
    Caller(SocketAddr),
    /// We made a call to there (`host:port`, as it was looked up).
    Server(Arc<str>),
}

/// A call and its answer, complete.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The other side.
    pub peer: Peer,
    /// The method, when the request could be read.
    pub method: Option<String>,
    /// The request's body.
    pub request: Bytes,
    /// The answer's body; empty when none came.
    pub answer: Bytes,
    /// From the arrival of the request to the answer, or from sending to receiving.
    pub duration: Duration,
}

/// Somebody who watches calls. Observers are told after the answer is ready and must not block.
pub trait Observer: Send + Sync {
    /// A call was answered.
    fn exchanged(&self, exchange: Exchange);
}
