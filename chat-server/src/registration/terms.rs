//! What is registered where, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local};
use protocol::binder::Endpoint;
use rpc::Observers;
use tokio::sync::watch;

/// What is registered where.
#[derive(Clone)]
pub struct Registration {
    pub binders: Vec<Endpoint>,
    /// The services, one for each dialect.
    pub services: Vec<Service>,
    /// The other servers of the chat, if there may be any.
    pub sharing: Option<Sharing>,
    pub observers: Observers,
    /// True while all names are in a binder.
    pub registered: watch::Sender<bool>,
    /// Counts the binders that send clients here.
    pub found_in: FoundIn,
}

/// How many binders send clients to this server. It is not the same as being registered: the names may be another
/// server's, behind which this one waits in line. Clones share the count.
#[derive(Clone, Debug, Default)]
pub struct FoundIn(Arc<AtomicUsize>);

impl FoundIn {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one binder does, in the count of all.
#[derive(Debug)]
pub(super) struct OfOneBinder {
    count: FoundIn,
    is_found: bool,
}

impl OfOneBinder {
    pub(super) const fn in_count(count: FoundIn) -> Self {
        Self {
            count,
            is_found: false,
        }
    }

    pub(super) fn set(&mut self, is_found: bool) {
        let FoundIn(count) = &self.count;
        match (std::mem::replace(&mut self.is_found, is_found), is_found) {
            (false, true) => count.fetch_add(1, Ordering::Relaxed),
            (true, false) => count.fetch_sub(1, Ordering::Relaxed),
            _ => 0,
        };
    }
}

/// Names that are registered together.
#[derive(Clone, Debug)]
pub struct Service {
    pub names: Vec<&'static str>,
    /// Where the binder sends clients that look one of them up.
    pub at: Endpoint,
}

/// What makes a server one of several of the same chat.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// The identity of the chat. Servers that give the same one share their names.
    pub group: String,
    /// Since when the chat here may be out of date. Until it is not, clients are sent here only if no other
    /// server of the chat is better.
    pub behind_since: watch::Receiver<Option<DateTime<FixedOffset>>>,
}

impl Sharing {
    /// For how long the chat here may have been out of date.
    pub(super) fn behind(&self) -> Option<Duration> {
        let since = (*self.behind_since.borrow())?;
        let behind = Local::now().fixed_offset() - since;
        Some(behind.to_std().unwrap_or_default())
    }
}

/// How long names are kept, and how often they are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// How long the binder keeps the names without hearing from us.
    pub(super) lease: Duration,
    /// How often the lease is renewed: two renewals may fail before it ends. A binder without leases is
    /// given a thought as often, and a binder that refuses the names is asked as often whether it has changed
    /// its mind.
    pub(super) round: Duration,
    /// How long a binder may take to answer.
    pub(super) timeout: Duration,
    /// How soon a binder that did not answer is asked again. Short, because until then no client finds the
    /// server; a call or two a second are nothing to a binder.
    pub(super) retry: Duration,
}

impl Pace {
    pub(super) const ALONE: Self = Self {
        lease: Duration::from_secs(30),
        round: Duration::from_secs(10),
        timeout: Duration::from_secs(3),
        retry: Duration::from_secs(1),
    };

    /// Clients go on at another server, so a dead one must be forgotten soon. After a renewal that timed out
    /// there is time for another.
    pub(super) const SHARING: Self = Self {
        lease: Duration::from_secs(5),
        round: Duration::from_millis(1_500),
        timeout: Duration::from_secs(2),
        retry: Duration::from_millis(500),
    };
}
