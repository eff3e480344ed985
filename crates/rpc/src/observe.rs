//! Observing calls: each exchange, served or made, passes through here.
//!
//! Services do not know of observers. Without an active one, a call costs a single check.

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use dxr::Fault;
use protocol::procedure::Procedure;

/// The remote end of an observed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The client that called us.
    Caller(SocketAddr),
    /// The server that we call, as `host:port`.
    Server(Arc<str>),
}

/// The number of a call, unique in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl CallId {
    /// The next number.
    pub fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// A call that is about to be executed or sent.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The same at its end.
    pub id: CallId,
    /// The other side.
    pub peer: &'a Peer,
    /// The method it asks for.
    pub method: &'a str,
    /// Its declaration, when the server has the method.
    pub procedure: Option<&'static Procedure>,
    /// The request's body, unmasked: secrets in it must not be shown.
    pub request: &'a Bytes,
    /// The caller's `User-Agent`.
    pub agent: Option<&'a str>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// With an answer.
    Answered,
    /// With a fault.
    Fault(Fault),
    /// Without an answer: none came, or it was dropped on purpose.
    Nothing,
}

/// The HTTP side of an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpFacts {
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub version: &'static str,
    /// The path of the request.
    pub path: String,
    /// The caller's `User-Agent`.
    pub agent: Option<String>,
    /// Whether the connection stays open for another call.
    pub keep_alive: bool,
}

impl HttpFacts {
    /// The facts after a call that ended so: without an answer, the connection is closed.
    pub(crate) fn after(self, outcome: &Outcome) -> Self {
        Self {
            keep_alive: self.keep_alive && !matches!(outcome, Outcome::Nothing),
            ..self
        }
    }
}

/// A call with its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The call's number.
    pub id: CallId,
    /// The other side.
    pub peer: Peer,
    /// `None` when the request could not be read.
    pub method: Option<String>,
    /// The declaration of the method, when it is known.
    pub procedure: Option<&'static Procedure>,
    /// The request's body.
    pub request: Bytes,
    /// Empty when there was no answer.
    pub answer: Bytes,
    /// How it ended.
    pub outcome: Outcome,
    /// The HTTP side.
    pub http: HttpFacts,
    /// The lab's action on it, if any.
    pub effect: Option<&'static str>,
    /// What the service remarked on the call.
    pub remarks: Remarks,
    /// From the arrival of the request to the answer, or from sending to receiving.
    pub duration: Duration,
}

/// What a service says of a call to observers, beside its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The place of what the call changed in the service's log.
    pub position: Option<u64>,
    /// Whether the call repeats one that was carried out before, and was not carried out again.
    pub repeated: bool,
}

tokio::task_local! {
    static REMARKS: Cell<Remarks>;
}

/// Changes the remarks on the call that is being executed. Without observers this has no effect.
pub fn remark(change: impl FnOnce(&mut Remarks)) {
    // The error means that the call is not observed.
    let _ = REMARKS.try_with(|cell| {
        let mut remarks = cell.get();
        change(&mut remarks);
        cell.set(remarks);
    });
}

/// Runs an observed call, and collects the remarks on it.
pub(crate) async fn with_remarks<T>(call: impl Future<Output = T>) -> (T, Remarks) {
    REMARKS
        .scope(Cell::default(), async {
            let outcome = call.await;
            (outcome, REMARKS.with(Cell::get))
        })
        .await
}

/// Sees calls. Observers run in the path of the call and must not block.
pub trait Observer: Send + Sync {
    /// Whether it is active. While it is not, nothing is collected for it.
    fn is_watching(&self) -> bool;

    /// A call begins.
    fn began(&self, call: &Call<'_>);

    /// A call has ended. A request that could not be read ends without having begun.
    fn ended(&self, exchange: &Arc<Exchange>);
}

/// The observers of one server or client.
#[derive(Clone, Default)]
pub struct Observers(Vec<Arc<dyn Observer>>);

impl std::fmt::Debug for Observers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Observers({})", self.0.len())
    }
}

impl Observers {
    /// No observers.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds an observer.
    pub fn and(mut self, observer: Arc<dyn Observer>) -> Self {
        self.0.push(observer);
        self
    }

    /// Whether any of them is active.
    pub fn are_watching(&self) -> bool {
        self.0.iter().any(|observer| observer.is_watching())
    }

    pub(crate) fn began(&self, call: &Call<'_>) {
        for observer in self.watching() {
            observer.began(call);
        }
    }

    pub(crate) fn ended(&self, exchange: Exchange) {
        let exchange = Arc::new(exchange);
        for observer in self.watching() {
            observer.ended(&exchange);
        }
    }

    fn watching(&self) -> impl Iterator<Item = &Arc<dyn Observer>> {
        self.0.iter().filter(|observer| observer.is_watching())
    }
}
