//! A client of etcd 3.4 and later by its JSON gateway.
//!
//! The gateway needs nothing but HTTP and JSON; the gRPC interface would need a protobuf compiler to build.
//! A [`Client`] knows several endpoints and moves on to the next one when one does not answer. It never
//! repeats a request that may have been executed and is not idempotent: [`Error::Unknown`] says so instead.
//! A [`Watch`] reopens itself at the next endpoint when its member is silent.

mod access;
mod client;
mod config;
mod error;
mod keys;
mod kv;
mod lease;
mod pair;
mod probe;
#[cfg(test)]
mod scripted;
mod transport;
mod txn;
mod watch;
mod watch_stream;
mod watched;
mod wire;

pub use client::Client;
pub use config::{Config, Credentials};
pub use error::Error;
pub use keys::Keys;
pub use kv::{Page, Range};
pub use lease::LeaseId;
pub use pair::KeyValue;
pub use txn::{Compare, Operation, Response, Txn, TxnOutcome};
pub use watch::{Watch, WatchOptions};
pub use watched::{Event, Watched};
