//! The chat service: rooms, users and messages over XML-RPC.
//!
//! [`chat`] is the chat itself, a deterministic state machine that knows nothing of networks. A
//! dialect in [`dialects`] translates calls into its commands and queries, and outcomes into texts.
//! [`accounts`] keeps the passwords that one of them asks for. [`service`] shares the one chat between
//! all calls; [`housekeeping`] and [`registration`] are what goes on in the background. [`run`] puts
//! them together.

pub mod accounts;
pub mod arrivals;
pub mod chat;
pub mod clock;
pub mod dialects;
pub mod housekeeping;
pub mod presence;
pub mod registration;
mod rooms_snapshot;
pub mod service;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use board::PrivateTexts;
use board::{Board, Guard, Identity};
use protocol::binder::Endpoint;
use rpc::{Lab, Limits, Methods, Observers};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use accounts::Accounts;
use accounts::file::FileError;
use chat::Policy;
use presence::Patience;
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
    /// How long users may be silent.
    pub patience: Patience,
    /// How often idle rooms and silent users are looked for.
    pub sweep_every: Duration,
    /// What a stranger may ask of it.
    pub limits: Limits,
    /// Where accounts are kept; without it they last as long as the server.
    pub accounts_file: Option<PathBuf>,
    /// Who watches the calls, those answered and those made.
    pub observers: Observers,
    /// What breaks calls on purpose, if anything does.
    pub lab: Option<Arc<Lab>>,
    /// Whether there is a feed for the board, and whether it shows private messages.
    pub board: Option<PrivateTexts>,
}

/// Where a chat server listens: a port for each dialect it speaks.
#[derive(Debug)]
pub struct Listeners {
    /// For dialect *classic*.
    pub classic: TcpListener,
    /// For dialect *accounts*, if it is spoken.
    pub accounts: Option<TcpListener>,
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
            patience: Patience::default(),
            sweep_every: Duration::from_secs(60),
            limits: Limits::default(),
            accounts_file: None,
            observers: Observers::none(),
            lab: None,
            board: None,
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
            .field("patience", &self.patience)
            .field("sweep_every", &self.sweep_every)
            .field("limits", &self.limits)
            .field("accounts_file", &self.accounts_file)
            .field("observers", &self.observers)
            .field("lab", &self.lab)
            .field("board", &self.board)
            .finish()
    }
}

/// Why a chat server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The accounts file cannot be used.
    #[error(transparent)]
    Accounts(#[from] FileError),
    /// A listener has no address.
    #[error("the listener has no address: {0}")]
    Listener(#[from] std::io::Error),
}

/// A dialect as it is served: where, what, and under which names it is found.
struct Served {
    name: &'static str,
    listener: TcpListener,
    methods: Methods,
    names: Vec<&'static str>,
}

/// A chat server that has everything it needs to run.
pub struct ChatServer {
    settings: Settings,
    service: Arc<ChatService>,
    dialects: Vec<Served>,
    board: Option<Arc<Board>>,
}

impl ChatServer {
    /// Takes what a chat server needs besides its `listeners`. Whoever connects to them is answered
    /// when it [runs](Self::run).
    ///
    /// # Errors
    /// When it cannot start.
    pub fn prepare(listeners: Listeners, settings: Settings) -> Result<Self, StartError> {
        let service = Arc::new(ChatService::new(
            settings.policy.clone(),
            settings.patience.clone(),
        ));
        let mut dialects = vec![Served {
            name: "classic",
            listener: listeners.classic,
            methods: dialects::classic::methods(&service),
            names: dialects::classic::names(),
        }];
        if let Some(listener) = listeners.accounts {
            let accounts = Arc::new(match &settings.accounts_file {
                Some(path) => Accounts::in_file(Arc::clone(&service), path)?,
                None => Accounts::in_memory(Arc::clone(&service)),
            });
            dialects.push(Served {
                name: "accounts",
                listener,
                methods: dialects::accounts::methods(&service, &accounts),
                names: vec![protocol::accounts::SERVICE],
            });
        }
        let board = match settings.board {
            Some(private) => Some(board(&settings, private, &service, &dialects)?),
            None => None,
        };
        Ok(Self {
            settings,
            service,
            dialects,
            board,
        })
    }

    /// Serves calls, registers the procedures in the binder and tidies up, until `shutdown` ends.
    ///
    /// # Errors
    /// When a listener has no address.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        let Self {
            settings,
            service,
            dialects,
            board,
        } = self;
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(housekeeping::run(
            Arc::clone(&service),
            settings.sweep_every,
            stopping.clone(),
        ));
        let mut services = Vec::new();
        for dialect in dialects {
            services.push(registration::Service {
                names: dialect.names,
                at: Endpoint {
                    address: settings.advertise.clone(),
                    port: dialect.listener.local_addr()?.port(),
                },
            });
            let serving = rpc::Service {
                limits: settings.limits.clone(),
                observers: match &board {
                    Some(board) => settings.observers.clone().and(board.observer(dialect.name)),
                    None => settings.observers.clone(),
                },
                lab: settings.lab.clone(),
                pages: board.as_ref().map(|board| {
                    let guard = Guard::new([settings.advertise.as_str()]);
                    board::routes::guarded(board::routes::routes(board), guard)
                }),
                methods: dialect.methods,
            };
            let mut stopping = stopping.clone();
            tasks.spawn(rpc::serve(dialect.listener, serving, async move {
                // A closed channel means that the server is gone, which is the same.
                let _ = stopping.wait_for(|stop| *stop).await;
            }));
        }
        let registration = Registration {
            binder: settings.binder.clone(),
            services,
            observers: settings.observers.clone(),
        };
        tasks.spawn(registration::keep(registration, stopping));

        shutdown.await;
        service.stop_waiting();
        if let Some(board) = &board {
            board.stop();
        }
        let _ = stop.send(true);
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task of the server failed");
            }
        }
        Ok(())
    }
}

/// Prepares a chat server and runs it on `listeners` until `shutdown` ends.
///
/// # Errors
/// When it cannot start.
pub async fn run(
    listeners: Listeners,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    ChatServer::prepare(listeners, settings)?
        .run(shutdown)
        .await
}

/// The board that shows what goes on in this server, whichever dialect it is in.
fn board(
    settings: &Settings,
    private: PrivateTexts,
    service: &Arc<ChatService>,
    dialects: &[Served],
) -> Result<Arc<Board>, StartError> {
    let addresses: Vec<String> = dialects
        .iter()
        .map(|dialect| dialect.listener.local_addr().map(|at| at.to_string()))
        .collect::<Result<_, _>>()?;
    let identity = Identity {
        role: "chat-server",
        address: addresses.join(", "),
    };
    let (service, room_ttl) = (Arc::clone(service), settings.policy.room_ttl);
    Ok(Board::new(
        identity,
        private,
        settings.lab.clone(),
        Box::new(move || rooms_snapshot::take(&service, room_ttl)),
    ))
}
