//! The binder and the chat server inside this process: started in a millisecond, each test its own.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::OnceLock;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::Caller;
use super::server::wait_until_known;

/// The runtime of all servers and callers in this process. The tests themselves are ordinary
/// functions, because half of what they talk to are processes and pipes.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// A server in this process. Dropping it ends it.
pub(crate) struct InProcess {
    /// `HOST:PORT` of the calls, in a chat server those of dialect classic.
    pub(crate) address: String,
    /// `HOST:PORT` of the calls of dialect accounts, in a chat server.
    accounts: Option<String>,
    /// The binder of a chat server.
    binder: Option<Box<Self>>,
    /// Dropping the sender ends the server too, so nothing is ever sent.
    _stop: oneshot::Sender<()>,
}

impl InProcess {
    /// A binder as it is by default.
    pub(crate) fn binder() -> Self {
        Self::binder_with(binder::Settings::default())
    }

    /// A binder with these settings.
    pub(crate) fn binder_with(settings: binder::Settings) -> Self {
        let (listener, address) = any_port();
        Self::run(address, None, None, |stop| {
            binder::run(listener, settings, stop)
        })
    }

    /// A chat server of both dialects, with a binder of its own.
    pub(crate) fn chat() -> Self {
        let binder = Self::binder();
        let (classic, address) = any_port();
        let (accounts, accounts_address) = any_port();
        let listeners = chat_server::Listeners {
            classic,
            accounts: Some(accounts),
        };
        let settings = chat_server::Settings {
            binder: binder.address.parse().unwrap(),
            ..chat_server::Settings::default()
        };
        let serve = |stop| async {
            chat_server::run(listeners, settings, stop).await.unwrap();
        };
        Self::run(
            address,
            Some(accounts_address),
            Some(Box::new(binder)),
            serve,
        )
    }

    /// `HOST:PORT` of a chat server's binder, which knows the server by the time it is asked for here.
    pub(crate) fn binder_of_chat(&self) -> &str {
        let binder = self.binder.as_ref().expect("a chat server");
        wait_until_known(&binder.address, "create_room");
        &binder.address
    }

    /// `HOST:PORT` of a chat server's calls of dialect accounts.
    pub(crate) fn accounts(&self) -> &str {
        self.accounts.as_ref().expect("a chat server")
    }

    fn run<R>(
        address: String,
        accounts: Option<String>,
        binder: Option<Box<Self>>,
        run: impl FnOnce(Stop) -> R,
    ) -> Self
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel::<()>();
        runtime().spawn(run(Box::pin(async {
            let _ = stopped.await;
        })));
        Self {
            address,
            accounts,
            binder,
            _stop: stop,
        }
    }

    /// Makes calls to it from Rust.
    pub(crate) fn caller(&self) -> Caller {
        Caller::rust(&self.address)
    }
}

/// What ends a server.
type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A free port of this machine, with its `HOST:PORT`.
fn any_port() -> (TcpListener, String) {
    let listener = runtime()
        .block_on(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
