//! What a watch reports.

use tokio::time::Instant;

use crate::error::Error;
use crate::pair::KeyValue;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was set.
    Put(KeyValue),
    /// A key was deleted, or its lease has expired.
    Deleted {
        /// The key.
        key: String,
        /// The revision of the deletion.
        revision: i64,
    },
}

impl Event {
    /// The revision of the change.
    pub fn revision(&self) -> i64 {
        match self {
            Self::Put(pair) => pair.mod_revision,
            Self::Deleted { revision, .. } => *revision,
        }
    }
}

/// What a watch says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Changes in the order of their revisions. All changes of a revision come together.
    Events(Vec<Event>),
    /// The member was in touch with the majority after `asked_at`.
    InTouch {
        /// When the member was asked.
        asked_at: Instant,
        /// The revision of the last change of the probed key; `None` if it does not exist.
        probed: Option<i64>,
        /// The revision of the store.
        revision: i64,
    },
    /// The watch failed at an endpoint and is opened at the next one. No changes are lost.
    Interrupted(Error),
    /// The revision to go on from is no longer kept. The watch is over.
    Compacted,
}
