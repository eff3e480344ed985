//! Servers for the tests, which can be killed and started again, here or elsewhere.

use std::time::Duration;

use dxr::Value;
use protocol::binder::{Endpoint, REGISTER_PROCEDURE};
use protocol::classic::procedures::LIST_ROOMS;
use rpc::{Answer, Caller, Methods, Observers};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::network::chat_server::ChatServer;
use crate::network::discovery::ServerFinder;
use crate::network::model::Outgoing;
use crate::network::{Arrivals, Chat, Dialect, DiscoveryError, Event, Identity, Message};

/// Ample on a busy machine; nothing takes that long unless it is broken.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Waits until the condition holds.
pub(crate) async fn until(condition: impl AsyncFn() -> bool) {
    soon(async {
        while !condition().await {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    })
    .await;
}

pub(crate) async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, awaited)
        .await
        .expect("it is not taking long")
}

/// A port of this machine that was free a moment ago, and a listener on it.
pub(crate) async fn listener() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = loopback(listener.local_addr().unwrap().port());
    (listener, endpoint)
}

/// An address at which each connection is handled like this, for as long as the test runs.
pub(crate) async fn accepting<F>(handle: impl Fn(TcpStream) -> F + Send + 'static) -> Endpoint
where
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, endpoint) = listener().await;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(handle(client));
        }
    });
    endpoint
}

/// An address with no server.
pub(crate) async fn nowhere() -> Endpoint {
    listener().await.1
}

fn loopback(port: u16) -> Endpoint {
    Endpoint {
        address: "127.0.0.1".into(),
        port,
    }
}

/// Serves these procedures, for as long as the test runs.
pub(crate) async fn serve(methods: Methods) -> Endpoint {
    let (listener, endpoint) = listener().await;
    let service = rpc::Service::new(methods);
    tokio::spawn(rpc::serve(listener, service, std::future::pending()));
    endpoint
}

/// A server that can do no more than every chat server.
pub(crate) async fn lister() -> Endpoint {
    let list = |_: &rpc::Arguments| Ok(Answer::texts(Vec::<String>::new()));
    serve(Methods::new().immediate(&LIST_ROOMS, list)).await
}

/// Registers names in a binder as an original server does.
pub(crate) async fn register(binder: &Endpoint, names: &[&str], at: &Endpoint) {
    let binder = Caller::new(binder, DEADLINE, Observers::none()).unwrap();
    for name in names {
        let registration = vec![
            Value::String((*name).to_owned()),
            Value::String(at.address.clone()),
            Value::Integer(i32::from(at.port)),
        ];
        binder
            .call(REGISTER_PROCEDURE.name, registration)
            .await
            .unwrap();
    }
}

/// Ends a server as SIGKILL would: without signing off.
async fn kill(running: &mut Option<JoinHandle<()>>) {
    let task = running.take().unwrap();
    task.abort();
    // Its ports are free once it is gone.
    let _ = task.await;
}

/// A binder and a chat server of both dialects.
pub(crate) struct Servers {
    binder: Endpoint,
    proxy: Option<binder::ProxySettings>,
    running_binder: Option<JoinHandle<()>>,
    running_server: Option<JoinHandle<()>>,
    classic: Endpoint,
    accounts: Endpoint,
    configure: fn(&mut chat_server::Settings),
}

impl Servers {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings of the chat server.
    pub(crate) async fn start_with(configure: fn(&mut chat_server::Settings)) -> Self {
        let mut servers = Self {
            configure,
            ..Self::nowhere()
        };
        servers.start_binder().await;
        servers.start_server().await;
        servers
    }

    /// The same with a binder that passes calls on.
    pub(crate) async fn start_with_proxy() -> Self {
        let mut servers = Self {
            proxy: Some(binder::ProxySettings::new(binder::proxy::Ports::Free)),
            ..Self::nowhere()
        };
        servers.start_binder().await;
        servers.start_server_unknown().await;
        for dialect in [Dialect::Classic, Dialect::Accounts] {
            until(async || servers.finder(dialect).find().await.is_ok()).await;
        }
        servers
    }

    fn nowhere() -> Self {
        Self {
            binder: loopback(0),
            proxy: None,
            running_binder: None,
            running_server: None,
            classic: loopback(0),
            accounts: loopback(0),
            configure: |_| {},
        }
    }

    pub(crate) fn binder(&self) -> &Endpoint {
        &self.binder
    }

    /// Where the chat server listens for this dialect.
    pub(crate) fn place(&self, dialect: Dialect) -> &Endpoint {
        match dialect {
            Dialect::Classic => &self.classic,
            Dialect::Accounts => &self.accounts,
        }
    }

    pub(crate) async fn kill_binder(&mut self) {
        kill(&mut self.running_binder).await;
    }

    /// Starts the binder, where it was before if it was anywhere.
    pub(crate) async fn start_binder(&mut self) {
        let listener = listen_at(&mut self.binder).await;
        let settings = binder::Settings {
            proxy: self.proxy.clone(),
            ..binder::Settings::default()
        };
        let running = binder::run(listener, settings, std::future::pending());
        self.running_binder = Some(tokio::spawn(running));
    }

    pub(crate) async fn kill_server(&mut self) {
        kill(&mut self.running_server).await;
    }

    /// Starts an empty chat server, where it was before if it was anywhere, and waits until the binder
    /// knows it.
    pub(crate) async fn start_server(&mut self) {
        self.start_server_unknown().await;
        for dialect in [Dialect::Classic, Dialect::Accounts] {
            until(async || match self.finder(dialect).find().await {
                Ok(server) => server.endpoint() == self.place(dialect),
                Err(
                    DiscoveryError::NoChatServer { .. } | DiscoveryError::ChatServerSilent { .. },
                ) => false,
                Err(error) => panic!("{error}"),
            })
            .await;
        }
    }

    /// Starts it, whether there is a binder that it can register in or not.
    pub(crate) async fn start_server_unknown(&mut self) {
        let listeners = chat_server::Listeners {
            classic: listen_at(&mut self.classic).await,
            accounts: Some(listen_at(&mut self.accounts).await),
        };
        let mut settings = chat_server::Settings {
            binders: vec![self.binder.clone()],
            advertise: "127.0.0.1".into(),
            ..chat_server::Settings::default()
        };
        (self.configure)(&mut settings);
        self.running_server = Some(tokio::spawn(async {
            let running = chat_server::run(listeners, settings, std::future::pending());
            running.await.unwrap();
        }));
    }

    /// From now on the chat server is started somewhere else.
    pub(crate) fn move_server(&mut self) {
        self.classic.port = 0;
        self.accounts.port = 0;
    }

    pub(crate) fn finder(&self, dialect: Dialect) -> ServerFinder {
        ServerFinder::new(dialect, self.binder.clone(), Observers::none())
    }

    /// A chat with the server, in which `name` is signed in.
    pub(crate) async fn signed_in(&self, dialect: Dialect, name: &str) -> (Chat, Arrivals) {
        let observers = Observers::none();
        let (chat, arrivals) = Chat::find(dialect, &self.binder, observers).await.unwrap();
        chat.sign_in(identity(dialect, name)).await.unwrap();
        (chat, arrivals)
    }

    /// A user of dialect classic in a room, which is created if need be.
    pub(crate) async fn user_in(&self, name: &str, room: &str) -> OtherUser {
        let server = ChatServer::at(Dialect::Classic, &self.classic, Observers::none()).unwrap();
        server.sign_in(&Identity::guest(name)).await.unwrap();
        // The first user has created it.
        let _ = server.create_room(room).await;
        server.join_room(name, room).await.unwrap();
        let (name, room) = (name.to_owned(), room.to_owned());
        OtherUser { server, name, room }
    }
}

/// A name, and a password where one is needed.
pub(crate) fn identity(dialect: Dialect, name: &str) -> Identity {
    match dialect {
        Dialect::Classic => Identity::guest(name),
        Dialect::Accounts => Identity::account(name, "senha"),
    }
}

/// Listens there, or anywhere if the port is 0, which is then noted.
async fn listen_at(endpoint: &mut Endpoint) -> TcpListener {
    let listener = TcpListener::bind((endpoint.address.as_str(), endpoint.port))
        .await
        .unwrap();
    endpoint.port = listener.local_addr().unwrap().port();
    listener
}

pub(crate) struct OtherUser {
    pub(crate) server: ChatServer,
    name: String,
    room: String,
}

impl OtherUser {
    pub(crate) async fn says(&self, text: &str, recipient: Option<&str>) {
        let message = Outgoing {
            user: &self.name,
            room: &self.room,
            text,
            recipient,
        };
        self.server.send(message).await.unwrap();
    }

    /// `ORIGIN: TEXT` of everything that this one may read in the room.
    pub(crate) async fn reads(&self) -> Vec<String> {
        let messages = self.server.messages(&self.name, &self.room).await.unwrap();
        let line = |message: &Message| format!("{}: {}", message.origin, message.text);
        messages.iter().map(line).collect()
    }
}

pub(crate) async fn next_text(arrivals: &mut Arrivals) -> String {
    match soon(arrivals.next()).await {
        Event::Message(message) => message.text,
        other => panic!("no message, but {other:?}"),
    }
}
