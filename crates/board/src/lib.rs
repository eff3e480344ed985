//! The board's feed: what a server was asked and what it answered, live, for a page that shows it.
//!
//! A [`Board`] is told of calls as an [observer](rpc::Observer) of a server and tells those who watch,
//! over HTTP: a stream of [`events`](feed), the details of a [`call`](calls), the rules of the lab.
//! Nobody watching, nothing is collected. The page itself is the binder's.

pub mod calls;
#[cfg(test)]
mod contract_tests;
pub mod feed;
pub mod flags;
pub mod guard;
mod masking;
mod observer;
mod pretty;
pub mod routes;
mod secrets;
mod summary;
mod wire_log;

use std::sync::Arc;

use parking_lot::Mutex;
use rpc::Lab;
use serde_json::{Value, json};

pub use flags::BoardFlags;
pub use guard::Guard;
pub use masking::Private;
pub use wire_log::WireLog;

use calls::Calls;
use feed::Feed;

/// A state that the page shows beside the calls, such as the rooms, as it is at the moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The type of the event that carries it.
    pub kind: &'static str,
    /// Two snapshots with the same key differ in nothing that has to be told at once.
    pub key: String,
    /// What the page gets.
    pub data: Value,
}

/// How a server tells its state.
pub type TakeSnapshot = Box<dyn Fn() -> Snapshot + Send + Sync>;

/// What a server is, for the page.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `binder` or `chat-server`.
    pub role: &'static str,
    /// Where it listens.
    pub address: String,
}

/// What the calls to one server are, for those who watch.
pub struct Board {
    identity: Identity,
    /// Tells one run of the server from another: the numbers of events begin anew in each.
    life: String,
    /// Whether the texts of private messages are shown.
    private: Private,
    feed: Arc<Feed>,
    calls: Mutex<Calls>,
    lab: Option<Arc<Lab>>,
    snapshot: TakeSnapshot,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Board")
            .field("identity", &self.identity)
            .field("private", &self.private)
            .finish_non_exhaustive()
    }
}

impl Board {
    /// A board for a server that tells its state with `snapshot`.
    #[must_use]
    pub fn new(
        identity: Identity,
        private: Private,
        lab: Option<Arc<Lab>>,
        snapshot: TakeSnapshot,
    ) -> Arc<Self> {
        Arc::new(Self {
            identity,
            life: format!("{:x}", chrono::Utc::now().timestamp_micros()),
            private,
            feed: Arc::default(),
            calls: Mutex::new(Calls::new(private)),
            lab,
            snapshot,
        })
    }

    /// The observer that tells this board of the calls in one dialect.
    #[must_use]
    pub fn observer(self: &Arc<Self>, dialect: &'static str) -> Arc<dyn rpc::Observer> {
        Arc::new(observer::BoardObserver::new(Arc::clone(self), dialect))
    }

    /// Ends all streams: the server stops.
    pub fn stop(&self) {
        self.feed.stop();
    }

    /// Ends when the server stops: for streams of others that are passed through here.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let feed = Arc::clone(&self.feed);
        async move { feed.stopped().await }
    }

    /// The first event of every stream.
    fn hello(&self, missed: u64) -> Value {
        json!({
            "role": self.identity.role,
            "address": self.identity.address,
            "version": env!("CARGO_PKG_VERSION"),
            "life": self.life,
            "lab": self.lab.is_some(),
            "private": self.private == Private::Shown,
            "missed": missed,
        })
    }

    /// The rules of the lab, if there is one.
    fn rules(&self) -> Option<Value> {
        let rules: Vec<Value> = self
            .lab
            .as_ref()?
            .rules()
            .into_iter()
            .map(|(method, rule)| {
                let milliseconds = (rule.action == rpc::serve::lab::Action::Delay)
                    .then(|| u64::try_from(rule.delay.as_millis()).unwrap_or(u64::MAX));
                json!({
                    "method": method,
                    "action": rule.action.name(),
                    "probability": rule.probability,
                    "milliseconds": milliseconds,
                })
            })
            .collect();
        Some(json!({ "rules": rules }))
    }
}

/// Unix time in milliseconds, with their fraction: what events of several servers are ordered by.
fn now() -> f64 {
    // The microseconds of this century are far below 2^53, up to which a float is exact.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let microseconds = chrono::Utc::now().timestamp_micros() as f64;
    microseconds / 1_000.0
}
