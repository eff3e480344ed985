//! What is registered where.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local};
use protocol::binder::Endpoint;
use rpc::Observers;
use tokio::sync::watch;

use super::found_in::FoundIn;

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
