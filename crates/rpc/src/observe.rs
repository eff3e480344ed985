//! Watching calls: one place sees every exchange, served or made, and tells it to observers.
//!
//! Nothing in the chat or its dialects knows that somebody watches. While nobody does, a call costs
//! the question whether anybody does, and nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dxr::{Fault, Value};
use protocol::procedure::Procedure;

/// Who is on the other side of a call that is being watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// We answer a call that came from there.
    Caller(SocketAddr),
    /// We make a call to there (`host:port`, as it was looked up).
    Server(Arc<str>),
}

/// A number that tells the calls of this process apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl CallId {
    /// The next number.
    pub fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// A call that was read and is about to be carried out or sent.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Its number, the same when it ends.
    pub id: CallId,
    /// The other side.
    pub peer: &'a Peer,
    /// The method it asks for.
    pub method: &'a str,
    /// What the method is, when the server has it.
    pub procedure: Option<&'static Procedure>,
    /// The parameters as they came; what is secret among them must not be shown.
    pub parameters: &'a [Value],
    /// What the caller's program calls itself (`User-Agent`).
    pub agent: Option<&'a str>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// With an answer.
    Answered,
    /// With a fault.
    Fault(Fault),
    /// With nothing: no answer came, or it was dropped on purpose.
    Nothing,
}

/// What the HTTP layer knows of an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpFacts {
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub version: &'static str,
    /// The path of the request.
    pub path: String,
    /// What the caller's program calls itself.
    pub agent: Option<String>,
    /// Whether the connection is kept for another call.
    pub keep_alive: bool,
}

/// A call and its answer, complete.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The call's number.
    pub id: CallId,
    /// The other side.
    pub peer: Peer,
    /// The method, when the request could be read.
    pub method: Option<String>,
    /// The request's body.
    pub request: Bytes,
    /// The answer's body; empty when none came.
    pub answer: Bytes,
    /// How it ended.
    pub outcome: Outcome,
    /// What HTTP knows of it.
    pub http: HttpFacts,
    /// What the lab did to it, if anything.
    pub effect: Option<&'static str>,
    /// From the arrival of the request to the answer, or from sending to receiving.
    pub duration: Duration,
}

/// Somebody who watches calls. It is told on the way of the call and must not block.
pub trait Observer: Send + Sync {
    /// Whether anybody looks at the moment. If nobody does, nothing is collected for it.
    fn is_watching(&self) -> bool;

    /// A call begins.
    fn began(&self, call: &Call<'_>);

    /// A call has ended. One that could not be read ends without having begun.
    fn ended(&self, exchange: &Exchange);
}

/// All who watch the calls of one server or client.
#[derive(Clone, Default)]
pub struct Observers(Vec<Arc<dyn Observer>>);

impl std::fmt::Debug for Observers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Observers({})", self.0.len())
    }
}

impl Observers {
    /// Nobody.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// These and one more.
    #[must_use]
    pub fn and(mut self, observer: Arc<dyn Observer>) -> Self {
        self.0.push(observer);
        self
    }

    /// Whether anybody looks at the moment.
    pub fn are_watching(&self) -> bool {
        self.0.iter().any(|observer| observer.is_watching())
    }

    pub(crate) fn began(&self, call: &Call<'_>) {
        for observer in self.watching() {
            observer.began(call);
        }
    }

    pub(crate) fn ended(&self, exchange: &Exchange) {
        for observer in self.watching() {
            observer.ended(exchange);
        }
    }

    fn watching(&self) -> impl Iterator<Item = &Arc<dyn Observer>> {
        self.0.iter().filter(|observer| observer.is_watching())
    }
}
