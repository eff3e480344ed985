//! The binder: the name service of the distributed chat.
//!
//! Servers register the procedures they offer, clients look up where a procedure lives, and then the
//! two talk to each other without it. [`run`] serves a [`directory`] on a listener of the caller's
//! choice, and beside it the [`board`] that shows a class what goes over the wire.
#![allow(
    missing_docs,
    reason = "the modules of a program, documented where a name does not say it"
)]

mod board;
pub mod directory;
mod monitoring;
mod page;
mod procedures;
pub mod proxy;
pub mod query;
mod shared;
mod shared_copy;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::board::Guard;
use ::board::PrivateTexts;
use metrics::Metrics;
use parking_lot::Mutex;
use protocol::accounts;
use protocol::binder::Endpoint;
use rpc::{Lab, Limits, Observers, Service};
use tokio::net::TcpListener;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::info;

use directory::Directory;
pub use proxy::ProxySettings;
use proxy::{Proxy, Surroundings};
pub use shared::Etcd;
use shared::SharedNames;

/// Names that a binder keeps by default; a chat needs some twenty.
pub const NAMES: usize = 10_000;

/// How often leases are looked through for those that are over. Lookups do not wait for it; it only
/// frees memory and logs.
const SWEEP: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub struct Settings {
    pub limits: Limits,
    pub names: usize,
    /// Where the names are kept, if several binders share them.
    pub etcd: Option<Etcd>,
    /// How calls are passed on to the servers, if they are.
    pub proxy: Option<ProxySettings>,
    /// Whether one address has at most half of them.
    pub per_address: bool,
    /// Names that it has without a registration, until there is one.
    pub built_in: Vec<(String, Endpoint)>,
    pub observers: Observers,
    /// What breaks calls on purpose, if anything does.
    pub lab: Option<Arc<Lab>>,
    /// Whether the board is shown, and whether it shows private messages.
    pub board: Option<PrivateTexts>,
    /// Under which names, besides this machine's own, browsers may ask for the board.
    pub names_in_network: Vec<String>,
    /// Where the binder says how it does, if a monitor asks.
    pub metrics: Option<Metrics>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            names: NAMES,
            etcd: None,
            proxy: None,
            per_address: false,
            built_in: Vec::new(),
            observers: Observers::none(),
            lab: None,
            board: None,
            names_in_network: Vec::new(),
            metrics: None,
        }
    }
}

/// The built-in names of a binder that listens on `address`, where the server of dialect accounts has this `port`.
///
/// The original server of dialect accounts never registers itself, since its own binder has the name
/// built in. While the binder serves this machine alone, that server can only be on this machine too;
/// to others in a network `localhost` would be their own machine.
pub fn built_in_names(address: IpAddr, port: u16) -> Vec<(String, Endpoint)> {
    if !address.is_loopback() {
        return Vec::new();
    }
    let endpoint = Endpoint {
        address: "localhost".to_owned(),
        port,
    };
    vec![(accounts::SERVICE.to_owned(), endpoint)]
}

/// Runs a binder on `listener` until `shutdown` ends.
pub async fn run(listener: TcpListener, settings: Settings, shutdown: impl Future<Output = ()>) {
    let mut directory = Directory::new(settings.names);
    if settings.per_address {
        directory = directory.shared_by_addresses();
    }
    for (name, endpoint) in settings.built_in {
        directory = directory.with_built_in(Instant::now(), &name, endpoint);
    }
    let directory = Arc::new(Mutex::new(directory));
    let shared = settings.etcd.map(|etcd| SharedNames::new(etcd, &directory));
    let address = listener.local_addr().ok();
    let board = settings
        .board
        .zip(address)
        .map(|(private, address)| board::new(address, private, settings.lab.clone(), &directory));
    let proxy = settings.proxy.zip(address).and_then(|(proxy, address)| {
        let surroundings = Surroundings {
            address,
            directory: Arc::clone(&directory),
            limits: settings.limits.clone(),
            observers: settings.observers.clone(),
            lab: settings.lab.clone(),
            board: board.clone(),
            metrics: settings.metrics.clone(),
        };
        let proxy = Proxy::new(proxy, surroundings);
        proxy
            .inspect_err(|error| tracing::error!(%error, "calls are not passed on"))
            .ok()
    });
    let mut service = Service {
        limits: settings.limits,
        observers: settings.observers,
        lab: settings.lab,
        ..Service::new(procedures::methods(
            &directory,
            shared.as_ref(),
            proxy.as_ref(),
        ))
    };
    if let Some(metrics) = settings.metrics {
        service.meter = Some(metrics.meter("binder", service.methods.names()));
        monitoring::describe(metrics, &directory, settings.names);
    }
    if let Some(board) = &board {
        service.observers = service.observers.and(board.observer("binder"));
        let guard = Guard::new(settings.names_in_network.iter().map(String::as_str));
        service.pages = Some(board::routes(board, guard));
    }
    let shutdown = async {
        shutdown.await;
        if let Some(board) = &board {
            board.stop();
        }
        if let Some(proxy) = &proxy {
            proxy.stop();
        }
    };
    tokio::select! {
        () = rpc::serve(listener, service, shutdown) => {}
        () = forget_expired(&directory) => {}
        () = follow(shared.as_deref()) => {}
        () = close_forgotten(proxy.as_deref()) => {}
    }
    if let Some(proxy) = &proxy {
        proxy.ended().await;
    }
}

/// Closes the ports of servers that are gone, if there are any.
async fn close_forgotten(proxy: Option<&Proxy>) {
    match proxy {
        Some(proxy) => proxy.close_forgotten().await,
        None => std::future::pending().await,
    }
}

/// Follows the names that several binders share, if they do.
async fn follow(shared: Option<&SharedNames>) {
    match shared {
        Some(shared) => shared.follow().await,
        None => std::future::pending().await,
    }
}

/// Removes names with expired leases, in an endless loop.
async fn forget_expired(directory: &Mutex<Directory>) {
    let mut ticks = interval_at(Instant::now() + SWEEP, SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let now = ticks.tick().await;
        let expired = directory.lock().remove_expired(now);
        for (name, endpoint) in expired {
            info!(%name, %endpoint, "forgotten: the lease is over");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_with_accounts_is_built_in_on_this_machine_alone() {
        let built_in = |address: &str| built_in_names(address.parse().unwrap(), accounts::PORT);
        for loopback in ["127.0.0.1", "127.0.0.2", "::1"] {
            let at = "localhost:8000".parse().unwrap();
            assert_eq!(built_in(loopback), [("chat_server".to_owned(), at)]);
        }
        for others in ["0.0.0.0", "192.0.2.2", "::", "2001:db8::1"] {
            assert_eq!(built_in(others), [], "{others}");
        }
    }
}
