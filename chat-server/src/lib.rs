//! The chat service: rooms, users and messages over XML-RPC.
//!
//! [`chat`] is the chat itself, a deterministic state machine that knows nothing of networks. A dialect in
//! [`dialects`] translates calls into its commands and queries, and outcomes into texts. [`replica`] puts
//! each command into the [`log`] before it is applied. [`accounts`] hashes and compares passwords.
//! [`service`] is what all calls share; [`housekeeping`] and [`registration`] go on in the background.
//! [`run`] puts them together.

pub mod accounts;
pub mod activity;
pub mod chat;
pub mod clock;
pub mod dialects;
pub mod housekeeping;
pub mod log;
pub mod past;
pub mod registration;
pub mod replica;
pub mod service;
mod state_snapshots;
pub mod wakeups;

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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

use accounts::{Accounts, AccountsFile, ImportError};
use chat::commands::{RULES, StartServer, Started};
use chat::{Chat, ChatId, Policy};
pub use log::Keep;
pub use log::OpenError;
pub use log::etcd::EtcdSettings;
use log::etcd::Found;
use log::sqlite::{Opened, SqliteLog};
use registration::{Registration, Sharing};
use replica::{Refused, Replica, Standing};
use service::ChatService;

/// What a chat server is run with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The binders in which the procedures are registered.
    pub binders: Vec<Endpoint>,
    /// The host that the binder gives to clients.
    pub advertise: String,
    /// How much the chat keeps, and for how long.
    pub policy: Policy,
    /// Whether an account acts only from addresses from which it has logged in.
    pub account_from_login_address: bool,
    /// Where the chat is kept.
    pub data: Data,
    /// How often idle rooms and silent users are looked for.
    pub sweep_every: Duration,
    /// Bounds on what peers may use.
    pub limits: Limits,
    /// Who watches the calls, those answered and those made.
    pub observers: Observers,
    /// What breaks calls on purpose, if anything does.
    pub lab: Option<Arc<Lab>>,
    /// Whether there is a feed for the board, and whether it shows private messages.
    pub board: Option<PrivateTexts>,
    /// Names of this machine or the binder's, besides their addresses, under which browsers open the board.
    pub board_hosts: Vec<String>,
}

/// Where the chat is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Data {
    /// In memory: it ends with the server.
    #[default]
    Memory,
    /// In a log in this directory.
    Directory(PathBuf, Keep),
    /// In a log in etcd, which several servers share.
    Etcd(EtcdSettings),
}

/// No directory was named, and the system does not say where one belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("neither XDG_STATE_HOME nor HOME says where to keep the chat")]
pub struct NoStateDirectory;

impl Data {
    /// Where the chat server on this port keeps its chat: in the directory that was `named`, or in memory if
    /// that is `off`; if none was, in a directory of the port's own. A free port is another one each time, and
    /// its chat would not be found again, so it is in memory.
    pub fn of_server(
        named: Option<&Path>,
        port: u16,
        keep: Keep,
    ) -> Result<Self, NoStateDirectory> {
        let directory = match named {
            Some(named) if named == Path::new("off") => return Ok(Self::Memory),
            Some(named) => named.to_owned(),
            None if port == 0 => return Ok(Self::Memory),
            None => log::default_directory(port).ok_or(NoStateDirectory)?,
        };
        Ok(Self::Directory(directory, keep))
    }
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
            binders: vec![Endpoint {
                address: "localhost".to_owned(),
                port: protocol::binder::PORT,
            }],
            advertise: "localhost".to_owned(),
            policy: Policy::default(),
            account_from_login_address: false,
            data: Data::Memory,
            sweep_every: Duration::from_secs(60),
            limits: Limits::default(),
            observers: Observers::none(),
            lab: None,
            board: None,
            board_hosts: Vec::new(),
        }
    }
}

/// Why a chat server cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The log in etcd cannot be used.
    #[error("the log in etcd cannot be used: {0}")]
    Etcd(String),
    /// The log does not take the start of the server.
    #[error("the log cannot be written: {0}")]
    Refused(#[from] Refused),
    /// The system gives no thread.
    #[error("cannot start the writer of the log: {0}")]
    Thread(std::io::Error),
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

/// A chat that was opened, before anything listens.
#[derive(Debug)]
pub struct OpenChat {
    replica: Replica,
}

impl OpenChat {
    /// Opens the log and restores the chat that it records, or begins a new one.
    pub async fn open(data: &Data, policy: Policy) -> Result<Self, StartError> {
        let replica = match data {
            Data::Memory => Replica::in_memory(Chat::new(policy.clone())),
            Data::Directory(directory, keep) => {
                let Opened { log, chat } = SqliteLog::open(directory, *keep)?;
                Replica::following(chat, log).map_err(StartError::Thread)?
            }
            Data::Etcd(settings) => {
                let found = Found::wait_for(settings).await.map_err(StartError::Etcd)?;
                let (chat, from, open) = found.take();
                Replica::sharing(chat, from, open).map_err(StartError::Thread)?
            }
        };
        replica.clock().adapt_to(&policy.timeouts);
        let start = StartServer {
            rules: RULES,
            id: ChatId(format!("{:016x}", fastrand::u64(..)).into()),
            policy,
        };
        let started = match replica.standing() {
            None => replica.submit(start).await?,
            Some(standing) => start_sharing(&replica, standing, start).await?,
        };
        let (rooms, users) = replica.query(|chat| (chat.rooms().len(), chat.user_count()));
        match data {
            Data::Memory => {}
            Data::Directory(directory, _) => {
                let directory = directory.display();
                tracing::info!(%directory, ?started, rooms, users, "the chat is kept");
            }
            Data::Etcd(settings) => {
                let (etcd, prefix) = (settings.endpoints.join(","), &settings.prefix);
                tracing::info!(%etcd, %prefix, ?started, rooms, users, "the chat is shared");
            }
        }
        Ok(Self { replica })
    }

    /// Takes over the accounts of an earlier version.
    pub async fn import_accounts(&self, accounts: AccountsFile) -> Result<(), ImportError> {
        accounts.import(&self.replica).await
    }
}

/// Waits until the chat is as the shared log is, and begins in it.
async fn start_sharing(
    replica: &Replica,
    mut standing: watch::Receiver<Standing>,
    start: StartServer,
) -> Result<Started, StartError> {
    loop {
        let ready = standing.wait_for(|standing| standing.is_current() || standing.ended.is_some());
        let ended = match ready.await {
            Ok(standing) => standing.ended.clone(),
            Err(_) => Some("its follower has ended".into()),
        };
        if let Some(reason) = ended {
            return Err(StartError::Etcd(reason.to_string()));
        }
        match replica.submit(start.clone()).await {
            Ok(started) => return Ok(started),
            // To start twice is harmless.
            Err(refused) => tracing::warn!(%refused, "etcd did not take the start; trying again"),
        }
    }
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
        let standing = service.standing();
        let server = Self {
            settings,
            service,
            dialects,
            board,
            sharing: None,
            registered: watch::Sender::new(false),
        };
        Ok(match standing {
            Some(standing) => server.sharing(ready(standing)),
            None => server,
        })
    }

    /// The same server as one of several that serve its chat: they share their names in the binder, and it is
    /// not handed out while it is not `ready`.
    #[must_use]
    pub fn sharing(mut self, ready: watch::Receiver<bool>) -> Self {
        let group = self
            .service
            .query(|chat| chat.id().map(|id| id.0.to_string()));
        self.sharing = group.map(|group| Sharing { group, ready });
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
                pages: board.as_ref().map(|board| {
                    let names = settings.board_hosts.iter().map(String::as_str);
                    let guard = Guard::new(names.chain([settings.advertise.as_str()]));
                    let guard = guard.and_pages(settings.binders.iter().flat_map(|binder| {
                        let hosts = &settings.board_hosts;
                        ::board::page_origins(binder, &settings.advertise, hosts)
                    }));
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
            binders: settings.binders.clone(),
            services,
            sharing,
            observers: settings.observers.clone(),
            registered,
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

/// Whether the chat here is as a log is that several servers share, so that clients may be sent here.
fn ready(mut standing: watch::Receiver<Standing>) -> watch::Receiver<bool> {
    let (ready, watched) = watch::channel(standing.borrow_and_update().is_current());
    tokio::spawn(async move {
        while standing.changed().await.is_ok() {
            ready.send_replace(standing.borrow_and_update().is_current());
        }
        ready.send_replace(false);
        // Those who look at it learn of the end by the value alone.
        ready.closed().await;
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
        Box::new(move || state_snapshots::take(&service, room_ttl)),
    ))
}
