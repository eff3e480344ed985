//! The chat service: rooms, users and messages over XML-RPC.
//!
//! [`chat`] is the chat itself, a deterministic state machine that knows nothing of networks. A
//! dialect in [`dialects`] translates calls into its commands and queries, and outcomes into texts.
//! [`service`] shares the one chat between all calls; [`idle_rooms`] and [`registration`] are what
//! goes on in the background. [`run`] puts them together.

pub mod chat;
pub mod clock;
pub mod dialects;
pub mod idle_rooms;
pub mod registration;
pub mod service;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use protocol::binder::Endpoint;
use rpc::{Limits, Observer};
use tokio::net::TcpListener;
use tokio::sync::watch;

use chat::Policy;
use registration::Registration;
use service::ChatService;

/// What a chat server is run with.
#[derive(Clone)]
pub struct Settings {
    /// The binder in which the procedures are registered.
    pub binder: Endpoint,
    /// The host that clients are told through the binder.
    pub advertise: String,
    /// How much the chat keeps, and for how long.
    pub policy: Policy,
    /// How often idle rooms are looked for.
    pub sweep_every: Duration,
    /// What a stranger may ask of it.
    pub limits: Limits,
    /// Who watches the calls, those answered and those made.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            binder: Endpoint {
                address: "localhost".to_owned(),
                port: protocol::binder::PORT,
            },
            advertise: "localhost".to_owned(),
            policy: Policy::default(),
            sweep_every: Duration::from_secs(60),
            limits: Limits::default(),
            observer: None,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("binder", &self.binder)
            .field("advertise", &self.advertise)
            .field("policy", &self.policy)
            .field("sweep_every", &self.sweep_every)
            .field("limits", &self.limits)
            .field("observed", &self.observer.is_some())
            .finish()
    }
}

/// Runs a chat server on `listener` until `shutdown` ends: serves calls, registers its procedures in
/// the binder, removes idle rooms.
pub async fn run(listener: TcpListener, settings: Settings, shutdown: impl Future<Output = ()>) {
    let service = Arc::new(ChatService::new(settings.policy.clone()));
    let port = match listener.local_addr() {
        Ok(address) => address.port(),
        Err(error) => {
            tracing::error!(%error, "the listener has no address");
            return;
        }
    };
    let (stop, stopping) = watch::channel(false);
    let registering = tokio::spawn(registration::keep(
        Registration {
            binder: settings.binder,
            names: dialects::classic::names(),
            at: Endpoint {
                address: settings.advertise,
                port,
            },
            observer: settings.observer.clone(),
        },
        stopping.clone(),
    ));
    let sweeping = tokio::spawn(idle_rooms::remove_regularly(
        Arc::clone(&service),
        settings.sweep_every,
        stopping,
    ));
    let serving = rpc::Service {
        methods: dialects::classic::methods(&service),
        limits: settings.limits,
        observer: settings.observer,
    };
    rpc::serve(listener, serving, async {
        shutdown.await;
        // The names go first, so that nobody is sent here any more.
        let _ = stop.send(true);
    })
    .await;
    for task in [registering, sweeping] {
        if let Err(error) = task.await {
            tracing::error!(%error, "a background task failed");
        }
    }
}
