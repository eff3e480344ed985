//! Servers inside this process: started in a millisecond, each test its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chat_server::{ChatServer, Listeners, OpenChat};
use dxr::Value;
use protocol::procedure::{Parameter, Procedure, STRING, Type};
use rpc::{Answer, Limits, Methods, Service};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::runtime::runtime;
use crate::{Caller, DEADLINE};

/// A server in this process. Dropping it ends it.
pub struct InProcess {
    /// `HOST:PORT` of the calls, in a chat server those of dialect classic.
    pub address: String,
    /// `HOST:PORT` of the calls of dialect accounts, in a chat server; otherwise empty.
    pub accounts: String,
    /// The binder of a chat server that registers.
    binder: Option<Box<Self>>,
    /// Dropping the sender ends the server, so nothing is ever sent.
    _stop: oneshot::Sender<()>,
}

impl InProcess {
    pub fn binder() -> Self {
        Self::binder_with(binder::Settings::default())
    }

    pub fn binder_with(settings: binder::Settings) -> Self {
        let (listener, address) = any_port();
        Self::run(address, |stop| binder::run(listener, settings, stop))
    }

    /// A chat server of both dialects, registered in a binder of its own.
    pub fn chat() -> Self {
        let binder = Self::binder();
        let (chat, registered) = Self::chat_at(&binder.address);
        let registered = async { tokio::time::timeout(DEADLINE, registered).await };
        assert_eq!(
            runtime().block_on(registered),
            Ok(true),
            "registered in time"
        );
        Self {
            binder: Some(Box::new(binder)),
            ..chat
        }
    }

    /// A chat server of both dialects that registers in the binder at `HOST:PORT`, and whether it has.
    pub fn chat_at(binder: &str) -> (Self, impl Future<Output = bool> + use<>) {
        Self::run_chat(chat_server::Settings {
            binders: vec![binder.parse().unwrap()],
            ..chat_server::Settings::default()
        })
    }

    /// A chat server of both dialects that registers nowhere.
    pub fn unregistered_chat(settings: chat_server::Settings) -> Self {
        let settings = chat_server::Settings {
            // Nothing listens on port 1.
            binders: vec!["127.0.0.1:1".parse().unwrap()],
            ..settings
        };
        Self::run_chat(settings).0
    }

    fn run_chat(settings: chat_server::Settings) -> (Self, impl Future<Output = bool> + use<>) {
        let (classic, address) = any_port();
        let (accounts, at_accounts) = any_port();
        let listeners = Listeners {
            classic,
            accounts: Some(accounts),
        };
        let chat = OpenChat::open(&settings.data, settings.policy.clone());
        let chat = runtime().block_on(chat).unwrap();
        let server = ChatServer::new(chat, listeners, settings).unwrap();
        let registered = server.registered();
        let server = Self {
            accounts: at_accounts,
            ..Self::run(address, |stop| async { server.run(stop).await.unwrap() })
        };
        (server, registered)
    }

    pub fn serving(methods: Methods, limits: Limits) -> Self {
        let (listener, address) = any_port();
        let service = Service {
            limits,
            ..Service::new(methods)
        };
        Self::run(address, |stop| rpc::serve(listener, service, stop))
    }

    /// A server of [`PING`] and [`ECHO`], with the number of its calls of `ping`.
    pub fn counting(limits: Limits) -> (Self, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let methods = Methods::new()
            .immediate(&PING, move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
                Ok(Answer::text("pong"))
            })
            .immediate(&ECHO, |arguments| Ok(Answer::text(arguments.text(0)?)));
        (Self::serving(methods, limits), count)
    }

    fn run<R>(address: String, run: impl FnOnce(Stop) -> R) -> Self
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel::<()>();
        runtime().spawn(run(Box::pin(async {
            // A dropped sender is the signal.
            let _ = stopped.await;
        })));
        Self {
            address,
            accounts: String::new(),
            binder: None,
            _stop: stop,
        }
    }

    /// `HOST:PORT` of a chat server's binder, which has the server registered.
    pub fn binder_of_chat(&self) -> &str {
        &self
            .binder
            .as_ref()
            .expect("a registered chat server")
            .address
    }

    pub fn caller(&self) -> Caller {
        Caller::rust(&self.address)
    }
}

/// What ends a server.
type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

pub const PING: Procedure = Procedure {
    name: "ping",
    parameters: &[],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Answers pong.",
};

pub const ECHO: Procedure = Procedure {
    name: "echo",
    parameters: &[Parameter::required("text", STRING)],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Answers TEXT.",
};

pub fn pong() -> Value {
    Value::String("pong".to_owned())
}

/// A free port of this machine, with its `HOST:PORT`.
fn any_port() -> (TcpListener, String) {
    let listener = runtime()
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
