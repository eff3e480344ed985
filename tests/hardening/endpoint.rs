//! Servers in this process with limits and procedures of the tests' own choice.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dxr::Value;
use protocol::procedure::{Parameter, Procedure, STRING, Type};
use rpc::{Answer, Limits, Methods, Observers, Service};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::stage::in_process::runtime;

/// A server in this process. Dropping it ends it.
pub(crate) struct Endpoint {
    /// `HOST:PORT` of its calls, in a chat server those of dialect classic.
    pub(crate) address: String,
    /// `HOST:PORT` of the calls of dialect accounts, in a chat server.
    pub(crate) accounts: String,
    _stop: oneshot::Sender<()>,
}

type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Endpoint {
    /// A server of these procedures.
    pub(crate) fn serving(methods: Methods, limits: Limits) -> Self {
        let (listener, address) = any_port();
        let service = Service {
            methods,
            limits,
            observers: Observers::none(),
            lab: None,
            pages: None,
        };
        Self::run(address, String::new(), |stop| {
            rpc::serve(listener, service, stop)
        })
    }

    /// A server that counts its calls of `ping`, and how many there were.
    pub(crate) fn counting(limits: Limits) -> (Self, Arc<AtomicUsize>) {
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

    /// A binder.
    pub(crate) fn binder(settings: binder::Settings) -> Self {
        let (listener, address) = any_port();
        Self::run(address, String::new(), |stop| {
            binder::run(listener, settings, stop)
        })
    }

    /// A chat server of both dialects that registers nowhere.
    pub(crate) fn chat(settings: chat_server::Settings) -> Self {
        let (classic, address) = any_port();
        let (accounts, accounts_address) = any_port();
        let listeners = chat_server::Listeners {
            classic,
            accounts: Some(accounts),
        };
        let settings = chat_server::Settings {
            // Nobody listens on port 1.
            binder: "127.0.0.1:1".parse().unwrap(),
            ..settings
        };
        Self::run(address, accounts_address, |stop| async {
            chat_server::run(listeners, settings, stop).await.unwrap();
        })
    }

    fn run<R>(address: String, accounts: String, run: impl FnOnce(Stop) -> R) -> Self
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel::<()>();
        runtime().spawn(run(Box::pin(async {
            // That the sender is dropped is the sign.
            let _ = stopped.await;
        })));
        Self {
            address,
            accounts,
            _stop: stop,
        }
    }
}

/// A procedure without parameters.
pub(crate) const PING: Procedure = Procedure {
    name: "ping",
    parameters: &[],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Answers pong.",
};

/// A procedure that answers the text it is given.
pub(crate) const ECHO: Procedure = Procedure {
    name: "echo",
    parameters: &[Parameter::required("text", STRING)],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Answers TEXT.",
};

/// The answer of `ping`.
pub(crate) fn pong() -> Value {
    Value::String("pong".to_owned())
}

fn any_port() -> (TcpListener, String) {
    let listener = runtime()
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
