//! The board of one server.

use std::sync::Arc;

use parking_lot::Mutex;
use rpc::Lab;

use crate::calls::Calls;
use crate::events::{Event, Hello, Rules};
use crate::feed::Feed;
use crate::masking::PrivateTexts;
use crate::observer::now;

/// A state that the page shows beside the calls, such as the rooms, as it is at the moment.
pub struct Snapshot {
    /// Two snapshots with the same key differ in nothing that has to be sent at once.
    pub key: String,
    /// What the page gets.
    pub event: Event,
}

/// Takes a snapshot of a server's state.
pub type TakeSnapshot = Box<dyn Fn() -> Snapshot + Send + Sync>;

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
    instance_id: String,
    /// Whether the texts of private messages are shown.
    pub(crate) private: PrivateTexts,
    pub(crate) feed: Arc<Feed>,
    pub(crate) calls: Mutex<Calls>,
    pub(crate) lab: Option<Arc<Lab>>,
    pub(crate) snapshot: TakeSnapshot,
}

impl Board {
    /// A board for a server; `snapshot` reads its state.
    pub fn new(
        identity: Identity,
        private: PrivateTexts,
        lab: Option<Arc<Lab>>,
        snapshot: TakeSnapshot,
    ) -> Arc<Self> {
        Arc::new(Self {
            identity,
            instance_id: format!("{:x}", chrono::Utc::now().timestamp_micros()),
            private,
            feed: Arc::default(),
            calls: Mutex::new(Calls::new(private)),
            lab,
            snapshot,
        })
    }

    /// Ends all streams: the server stops.
    pub fn stop(&self) {
        self.feed.stop();
    }

    /// Ends when the server stops: for streams of other servers that are passed through here.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let feed = Arc::clone(&self.feed);
        async move { feed.stopped().await }
    }

    pub(crate) fn hello(&self, missed: u64) -> Event {
        Event::from(Hello {
            address: self.identity.address.clone(),
            at: now(),
            lab: self.lab.is_some(),
            life: self.instance_id.clone(),
            missed,
            ports: self.identity.ports.clone(),
            private: self.private == PrivateTexts::Shown,
            role: self.identity.role,
            version: env!("CARGO_PKG_VERSION"),
        })
    }

    /// The rules of the lab, if there is one.
    pub(crate) fn rules(&self) -> Option<Rules> {
        self.lab.as_deref().map(Rules::from)
    }
}
