pub mod calls;
pub mod chat;
pub mod chat_server;
pub mod dedup_by_comparing;
pub mod dedup_by_timestamp;
pub mod discovery;
pub mod events;
pub mod failure;
mod feed;
pub mod model;
mod position;
mod recovery;
mod repeating;
mod sending;
#[cfg(test)]
#[path = "network/tests/support.rs"]
pub(crate) mod support;

pub use calls::{Account, Joined};
pub use chat::{Chat, KEEP_MESSAGES_FOR};
pub use events::{Arrivals, Event, Feed, Restored};
pub use failure::{DiscoveryError, Failure, Refused};
pub(crate) use model::take_one;
pub use model::{Dialect, Identity, Message, Receiving};
