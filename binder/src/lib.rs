//! The binder: the name service of the distributed chat.
//!
//! Servers register the procedures they offer, clients look up where a procedure lives, and then the
//! two talk to each other without it. [`run`] serves a [`directory`] on a listener of the caller's
//! choice, and beside it the [`board`] that shows a class what goes over the wire.

pub mod asking;
pub mod board;
pub mod directory;
pub mod procedures;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ::board::Guard;
use ::board::PrivateTexts;
use parking_lot::Mutex;
use rpc::{Lab, Limits, Observers, Service};
use tokio::net::TcpListener;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::info;

use directory::Directory;

/// Names that a binder keeps by default; a chat needs some twenty.
pub const NAMES: usize = 10_000;

/// How often leases are looked through for those that are over. Lookups do not wait for it; it only
/// frees memory and logs.
const SWEEP: Duration = Duration::from_secs(1);

/// What a binder is run with.
#[derive(Clone)]
pub struct Settings {
    /// What a stranger may ask of it.
    pub limits: Limits,
    /// How many names it keeps.
    pub names: usize,
    /// Who watches the calls.
    pub observers: Observers,
    /// What breaks calls on purpose, if anything does.
    pub lab: Option<Arc<Lab>>,
    /// Whether the board is shown, and whether it shows private messages.
    pub board: Option<PrivateTexts>,
    /// Under which names, besides this machine's own, browsers may ask for the board.
    pub names_in_network: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            names: NAMES,
            observers: Observers::none(),
            lab: None,
            board: None,
            names_in_network: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("limits", &self.limits)
            .field("names", &self.names)
            .field("observers", &self.observers)
            .field("lab", &self.lab)
            .field("board", &self.board)
            .field("names_in_network", &self.names_in_network)
            .finish()
    }
}

/// Runs a binder on `listener` until `shutdown` ends.
pub async fn run(listener: TcpListener, settings: Settings, shutdown: impl Future<Output = ()>) {
    let directory = Arc::new(Mutex::new(Directory::new(settings.names)));
    let address = listener
        .local_addr()
        .map(|address| address.to_string())
        .unwrap_or_default();
    let board = settings
        .board
        .map(|private| board::new(address, private, settings.lab.clone(), &directory));
    let mut service = Service {
        limits: settings.limits,
        observers: settings.observers,
        lab: settings.lab,
        ..Service::new(procedures::methods(&directory))
    };
    if let Some(board) = &board {
        service.observers = service.observers.and(board.observer("binder"));
        let guard = Guard::new(settings.names_in_network.iter().map(String::as_str));
        service.pages = Some(board::routes(board, &directory, guard));
    }
    let shutdown = async {
        shutdown.await;
        if let Some(board) = &board {
            board.stop();
        }
    };
    tokio::select! {
        () = rpc::serve(listener, service, shutdown) => {}
        () = forget_expired(&directory) => {}
    }
}

/// Forgets names whose leases are over, for ever.
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
