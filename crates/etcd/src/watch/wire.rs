//! The watch's request and the lines of its answer.

use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::error::Refusal;
use crate::keys::Keys;
use crate::pair::{KeyValue, Pair};
use crate::wire::{Bytes, Int};

#[derive(Serialize)]
pub(super) struct WatchRequest {
    create_request: CreateRequest,
}

#[derive(Serialize)]
struct CreateRequest {
    key: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    range_end: Option<Bytes>,
    start_revision: Int,
    filters: &'static [&'static str],
    /// Without it a long past would come in an answer that is larger than the gateway takes.
    fragment: bool,
}

impl WatchRequest {
    pub(super) fn new(keys: &Keys, from: i64, puts_only: bool) -> Self {
        let (key, range_end) = keys.bounds();
        Self {
            create_request: CreateRequest {
                key,
                range_end,
                start_revision: Int(from),
                filters: if puts_only { &["NODELETE"] } else { &[] },
                fragment: true,
            },
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Line {
    pub(super) result: Option<WatchResponse>,
    pub(super) error: Option<Refusal>,
}

#[derive(Deserialize)]
pub(super) struct WatchResponse {
    #[serde(default)]
    pub(super) canceled: bool,
    #[serde(default)]
    pub(super) compact_revision: Int,
    #[serde(default)]
    pub(super) cancel_reason: String,
    /// Whether the next response goes on with the same revisions.
    #[serde(default)]
    pub(super) fragment: bool,
    #[serde(default)]
    pub(super) events: Vec<WireEvent>,
}

#[derive(Deserialize)]
pub(super) struct WireEvent {
    #[serde(rename = "type", default)]
    kind: Kind,
    kv: Pair,
}

#[derive(Default, Deserialize)]
enum Kind {
    #[default]
    #[serde(rename = "PUT")]
    Put,
    #[serde(rename = "DELETE")]
    Delete,
}

impl From<WireEvent> for Event {
    fn from(event: WireEvent) -> Self {
        let pair = KeyValue::from(event.kv);
        match event.kind {
            Kind::Put => Self::Put(pair),
            Kind::Delete => Self::Deleted {
                key: pair.key,
                revision: pair.mod_revision,
            },
        }
    }
}
