//! A client of etcd 3.4 and later by its JSON gateway.
//!
//! The gateway needs nothing but HTTP and JSON; the gRPC interface would need a protobuf compiler to build.
//! A [`Client`] knows several endpoints and moves on to the next one when one does not answer. It never
//! repeats a request that may have been executed and is not idempotent: [`Error::Unknown`] says so instead.
//! A [`Watch`] reopens itself at the next endpoint when its member is silent.

mod client;
mod error;
mod kv;
mod lease;
#[cfg(test)]
mod scripted;
mod watch;
mod wire;

pub use client::{Client, Config, Credentials};
pub use error::Error;
pub use kv::{Compare, Keys, Operation, Page, Range, Response, Txn, TxnOutcome};
pub use lease::LeaseId;
pub use watch::{Event, Watch, WatchOptions, Watched};
pub use wire::KeyValue;
