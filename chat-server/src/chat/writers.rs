//! The servers that write one log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One run of one server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WriterId(pub Arc<str>);

/// What is known of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Writer {
    /// The number of its last batch.
    pub(super) number: u64,
    /// The time of the log then.
    pub(super) elapsed: Duration,
}

/// The writers of the last minute.
pub(super) type Writers = BTreeMap<WriterId, Writer>;
