//! The chat service: rooms, users and messages over XML-RPC.
//!
//! [`chat`] is the chat itself, a deterministic state machine that knows nothing of networks. A dialect in
//! [`dialects`] translates calls into its commands and queries, and outcomes into texts. [`replica`] puts
//! each command into the [`log`] before it is applied. [`accounts`] hashes and compares passwords.
//! [`service`] is what all calls share; [`housekeeping`] and [`registration`] go on in the background.
//! [`run`] puts them together.
#![allow(
    missing_docs,
    reason = "the modules of a program, documented where a name does not say it"
)]

pub mod accounts;
pub mod activity;
mod board_state;
pub mod chat;
pub mod clock;
pub mod dialects;
pub mod housekeeping;
pub mod log;
mod monitoring;
mod opening;
pub mod past;
pub mod registration;
pub mod replica;
pub mod service;
mod settings;
pub mod wakeups;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use board::{Board, Guard, Identity, PrivateTexts};
use chrono::{DateTime, FixedOffset, Local};
use protocol::binder::Endpoint;
use rpc::Methods;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use accounts::Accounts;
pub use log::Keep;
pub use log::OpenError;
pub use log::etcd::EtcdSettings;
pub use opening::{OpenChat, StartError};
use registration::{FoundIn, Registration, Sharing};
use replica::LogStatus;
use service::ChatService;
pub use settings::{Data, Listeners, NoStateDirectory, Settings};

/// The time since which something is so.
type Since = DateTime<FixedOffset>;

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
    sharing: Option<Sharing>,
    registered: watch::Sender<bool>,
}

impl ChatServer {
    /// A server of this chat on these `listeners`. What connects to them is answered when it
    /// [runs](Self::run). Of the settings it needs what does not concern the chat itself.
    pub fn new(
        chat: OpenChat,
        listeners: Listeners,
        settings: Settings,
    ) -> Result<Self, StartError> {
        let service = Arc::new(ChatService::new(chat.replica));
        let mut dialects = vec![Served {
            name: "classic",
            listener: listeners.classic,
            methods: dialects::classic::methods(&service),
            names: dialects::classic::names(),
        }];
        if let Some(listener) = listeners.accounts {
            let accounts = Arc::new(Accounts::new(Arc::clone(&service)));
            dialects.push(Served {
                name: "accounts",
                listener,
                methods: dialects::accounts::methods(
                    &service,
                    &accounts,
                    settings.account_from_login_address,
                ),
                names: vec![protocol::accounts::SERVICE],
            });
        }
        let board = match settings.board {
            Some(private) => Some(board(&settings, private, &service, &dialects)?),
            None => None,
        };
        let log_status = service.log_status();
        let server = Self {
            settings,
            service,
            dialects,
            board,
            sharing: None,
            registered: watch::Sender::new(false),
        };
        Ok(match log_status {
            Some(log_status) => server.sharing(behind_since(log_status)),
            None => server,
        })
    }

    /// The same server as one of several that serve its chat: they share their names in the binder, and clients
    /// are sent to one that is behind only if all are.
    pub fn sharing(mut self, behind_since: watch::Receiver<Option<Since>>) -> Self {
        let group = self
            .service
            .query(|chat| chat.id().map(|id| id.0.to_string()));
        self.sharing = group.map(|group| Sharing {
            group,
            behind_since,
        });
        self
    }

    /// Waits until the binder has all names of the running server: true. False means that the server ended
    /// before.
    pub fn registered(&self) -> impl Future<Output = bool> + Send + use<> {
        let mut registered = self.registered.subscribe();
        async move {
            registered
                .wait_for(|is_registered| *is_registered)
                .await
                .is_ok()
        }
    }

    /// Serves calls, registers the procedures in the binder and tidies up, until `shutdown` ends.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        let Self {
            settings,
            service,
            dialects,
            board,
            sharing,
            registered,
        } = self;
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(housekeeping::run(
            Arc::clone(&service),
            settings.sweep_every,
            stopping.clone(),
        ));
        let limits = settings.limits.clone().shared_by(dialects.len());
        let mut services = Vec::new();
        let found_in = FoundIn::default();
        if let Some(metrics) = &settings.metrics {
            monitoring::describe(metrics.clone(), &service, &found_in, &settings.binders);
        }
        for dialect in dialects {
            services.push(registration::Service {
                names: dialect.names,
                at: Endpoint {
                    address: settings.advertise.clone(),
                    port: dialect.listener.local_addr()?.port(),
                },
            });
            let serving = rpc::Service {
                limits: limits.clone(),
                observers: match &board {
                    Some(board) => settings.observers.clone().and(board.observer(dialect.name)),
                    None => settings.observers.clone(),
                },
                lab: settings.lab.clone(),
                meter: settings
                    .metrics
                    .as_ref()
                    .map(|metrics| metrics.meter(dialect.name, dialect.methods.names())),
                pages: board.as_ref().map(|board| {
                    let names = settings.board_hosts.iter().map(String::as_str);
                    let guard = Guard::new(names.chain([settings.advertise.as_str()]));
                    let guard = guard.and_pages(settings.binders.iter().flat_map(|binder| {
                        let hosts = &settings.board_hosts;
                        ::board::page_origins(binder, &settings.advertise, hosts)
                    }));
                    board::routes::guarded(board::routes::routes(board), guard)
                }),
                forwarding: None,
                methods: dialect.methods,
            };
            let mut stopping = stopping.clone();
            tasks.spawn(rpc::serve(dialect.listener, serving, async move {
                // A closed channel means that the server is gone, which is the same.
                let _ = stopping.wait_for(|stop| *stop).await;
            }));
        }
        let registration = Registration {
            binders: settings.binders.clone(),
            services,
            sharing,
            observers: settings.observers.clone(),
            registered,
            found_in,
        };
        tasks.spawn(registration::keep(registration, stopping));

        let ended = tokio::select! {
            () = shutdown => Ok(()),
            reason = service.log_ended() => Err(StartError::Etcd(reason)),
        };
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
        // Downtime begins now, and not when a user last called.
        service.record_activity();
        ended
    }
}

/// Since when the chat here may be behind a log that several servers share.
fn behind_since(mut log_status: watch::Receiver<LogStatus>) -> watch::Receiver<Option<Since>> {
    let (behind_since, watched) = watch::channel(log_status.borrow_and_update().behind_since);
    tokio::spawn(async move {
        while log_status.changed().await.is_ok() {
            behind_since.send_replace(log_status.borrow_and_update().behind_since);
        }
        let now = Local::now().fixed_offset();
        behind_since.send_if_modified(|since| since.replace(since.unwrap_or(now)).is_none());
        // Those who look at it learn of the end by the value alone.
        behind_since.closed().await;
    });
    watched
}

/// Opens a chat and serves it on `listeners` until `shutdown` ends.
pub async fn run(
    listeners: Listeners,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let chat = OpenChat::open(&settings.data, settings.policy.clone()).await?;
    ChatServer::new(chat, listeners, settings)?
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
    let addresses: Vec<SocketAddr> = dialects
        .iter()
        .map(|dialect| dialect.listener.local_addr())
        .collect::<Result<_, _>>()?;
    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let identity = Identity {
        role: "chat-server",
        address: shown.join(", "),
        ports: addresses.iter().map(SocketAddr::port).collect(),
    };
    let (service, room_ttl) = (Arc::clone(service), settings.policy.room_ttl);
    Ok(Board::new(
        identity,
        private,
        settings.lab.clone(),
        Box::new(move || board_state::take(&service, room_ttl)),
    ))
}
