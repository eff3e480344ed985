//! The board of one server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use rpc::Lab;
use tokio::time::Instant;

use crate::backlog::{Backlog, Observed};
use crate::calls::Calls;
use crate::events::{Event, Hello, Rules, now};
use crate::feed::Feed;
use crate::reporter::Reporter;
use crate::secrets::PrivateTexts;

/// A state that the page shows beside the calls, such as the rooms, as it is at the moment.
pub struct Snapshot {
    /// Two snapshots with the same key differ in nothing that has to be sent at once.
    pub key: String,
    /// What the page gets.
    pub events: Vec<Event>,
}

/// Takes snapshots of a server's state, always of the same states in the same order.
pub type TakeSnapshots = Box<dyn Fn() -> Vec<Snapshot> + Send + Sync>;

/// For all viewers a snapshot is taken once in this time.
const SNAPSHOT_LIFE: Duration = Duration::from_millis(400);

/// How long viewers are served for the calls that are open when the server stops. It is less than what the server gives
/// its calls.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A snapshot, ready to be sent to any number of viewers.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) key: String,
    pub(crate) messages: Bytes,
}

/// What a server is, for the page.
pub struct Identity {
    /// `binder` or `chat-server`.
    pub role: &'static str,
    /// Where it listens.
    pub address: String,
    /// All ports on which it does.
    pub ports: Vec<u16>,
}

/// What is known of the calls to one server, and who watches them.
pub struct Board {
    identity: Identity,
    life: String,
    /// Whether the texts of private messages are shown.
    pub(crate) private: PrivateTexts,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) calls: Arc<Mutex<Calls>>,
    pub(crate) lab: Option<Arc<Lab>>,
    take_snapshots: TakeSnapshots,
    /// Locked while snapshots are taken, so that viewers do not take the same ones.
    snapshots: Mutex<Option<(Instant, Arc<[Encoded]>)>>,
}

impl Board {
    /// A board for a server; `take_snapshots` reads its state.
    pub fn new(
        identity: Identity,
        private: PrivateTexts,
        lab: Option<Arc<Lab>>,
        take_snapshots: TakeSnapshots,
    ) -> Arc<Self> {
        let life = format!("{:x}", chrono::Utc::now().timestamp_micros());
        let reporter = Reporter {
            private,
            backlog: Arc::default(),
            feed: Arc::new(Feed::new(life.clone())),
            calls: Arc::default(),
        };
        let board = Self {
            identity,
            life,
            private,
            backlog: Arc::clone(&reporter.backlog),
            feed: Arc::clone(&reporter.feed),
            calls: Arc::clone(&reporter.calls),
            lab,
            take_snapshots,
            snapshots: Mutex::new(None),
        };
        let thread = std::thread::Builder::new().name("board".to_owned());
        if let Err(error) = thread.spawn(move || reporter.run()) {
            tracing::warn!(%error, "the board shows no calls: the system gives no thread");
        }
        Arc::new(board)
    }

    /// Ends all streams, because the server stops: when the calls that are open have been answered, whose ends the
    /// viewers would take for lost, and soon in any case.
    pub fn stop(&self) {
        self.backlog.push(Observed::Stopping);
        let feed = Arc::clone(&self.feed);
        tokio::spawn(async move {
            // The end of a call may never be reported.
            tokio::time::sleep(LAST_ANSWERS).await;
            feed.end();
        });
    }

    pub(crate) fn hello(&self, missed: u64) -> Event {
        Event::from(Hello {
            address: self.identity.address.clone(),
            at: now(),
            lab: self.lab.is_some(),
            life: self.life.clone(),
            missed,
            ports: self.identity.ports.clone(),
            private: self.private == PrivateTexts::Shown,
            role: self.identity.role,
            version: env!("CARGO_PKG_VERSION"),
        })
    }

    /// The server's state, which may be a moment old.
    pub(crate) fn snapshots(&self) -> Arc<[Encoded]> {
        let mut snapshots = self.snapshots.lock();
        if let Some((taken, snapshots)) = &*snapshots
            && taken.elapsed() < SNAPSHOT_LIFE
        {
            return Arc::clone(snapshots);
        }
        let encode = |Snapshot { key, events }| {
            let messages: String = events.iter().map(Event::message).collect();
            Encoded {
                key,
                messages: messages.into(),
            }
        };
        let taken: Arc<[Encoded]> = (self.take_snapshots)().into_iter().map(encode).collect();
        *snapshots = Some((Instant::now(), Arc::clone(&taken)));
        taken
    }

    /// The rules of the lab, if there is one.
    pub(crate) fn rules(&self) -> Option<Rules> {
        self.lab.as_deref().map(Rules::from)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.backlog.close();
    }
}
