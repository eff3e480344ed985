//! The binder: the name service of the distributed chat.
//!
//! Servers register the procedures they offer, clients look up where a procedure lives, and then the
//! two talk to each other without it. [`run`] serves a [`directory`] on a listener of the caller's
//! choice.

pub mod directory;
pub mod procedures;

use std::future::Future;
use std::sync::Arc;

use rpc::{Limits, Observer, Service};
use tokio::net::TcpListener;

use directory::Directory;

/// Runs a binder on `listener` until `shutdown` ends.
pub async fn run(
    listener: TcpListener,
    limits: Limits,
    observer: Option<Arc<dyn Observer>>,
    shutdown: impl Future<Output = ()>,
) {
    let directory = Arc::new(parking_lot::Mutex::new(Directory::default()));
    let service = Service {
        methods: procedures::methods(&directory),
        limits,
        observer,
    };
    rpc::serve(listener, service, shutdown).await;
}
