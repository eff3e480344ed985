//! A binder and a chat server inside this process: a whole chat with one command.

use std::time::Duration;

use board::PrivateTexts;
use chat_server::{ChatServer, Data, OpenChat};
use program::listen;
use protocol::binder::Endpoint;
use rpc::{Limits, Observers};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

use crate::failure::Failure;

/// Reachable from this machine only. For a chat with others, start the servers separately.
const LOOPBACK: &str = "127.0.0.1";

/// The host name registered in the binder, as by the originals.
const ADVERTISED: &str = "localhost";

/// The board is enabled, as it is by default on loopback.
const BOARD: Option<PrivateTexts> = Some(PrivateTexts::Masked);

/// How long the chat server may take to register.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// Where the embedded servers listen. Port 0 takes a free one.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub binder: u16,
    pub chat_server: u16,
    pub accounts: u16,
}

#[derive(Debug)]
pub struct Embedded {
    binder: Server,
    /// Its endpoint is the one of dialect classic.
    chat_server: Server,
    accounts: Endpoint,
}

#[derive(Debug)]
struct Server {
    endpoint: Endpoint,
    /// Stops the server, also when this is dropped.
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Embedded {
    /// Starts both servers, the chat server with the chat in `data`, and waits until it is registered.
    pub async fn start(ports: Ports, data: Data, observers: Observers) -> Result<Self, Failure> {
        // The ports first: where a chat is running already, its data is in use too, and joining it is the
        // better advice.
        let (binder, at_binder) = take(ports.binder, "--embedded-binder-port").await?;
        let (classic, at_classic) = take(ports.chat_server, "--embedded-chat-port").await?;
        let (accounts, at_accounts) = take(ports.accounts, "--embedded-accounts-port").await?;

        let limits = program::descriptors::fit(Limits::default(), 3);
        let settings = chat_server::Settings {
            limits: limits.clone(),
            binders: vec![at_binder.clone()],
            advertise: ADVERTISED.to_owned(),
            observers: observers.clone(),
            board: BOARD,
            data,
            ..chat_server::Settings::default()
        };
        let chat = OpenChat::open(&settings.data, settings.policy.clone()).await?;
        let listeners = chat_server::Listeners {
            classic,
            accounts: Some(accounts),
        };
        let server = ChatServer::new(chat, listeners, settings)?;

        let settings = binder::Settings {
            limits,
            observers,
            board: BOARD,
            ..binder::Settings::default()
        };
        let binder = Server::start(at_binder, |stopped| binder::run(binder, settings, stopped));
        let registered = tokio::time::timeout(READY_WITHIN, server.registered());
        let chat_server = Server::start(at_classic, |stopped| serve_chat(server, stopped));
        if registered.await != Ok(true) {
            // The next lookup reports it to the user.
            tracing::warn!("the embedded chat server has not registered in time");
        }
        Ok(Self {
            binder,
            chat_server,
            accounts: at_accounts,
        })
    }

    pub const fn binder(&self) -> &Endpoint {
        &self.binder.endpoint
    }

    pub const fn chat_server(&self) -> &Endpoint {
        &self.chat_server.endpoint
    }

    pub const fn accounts(&self) -> &Endpoint {
        &self.accounts
    }

    /// The board's address for a browser on this machine.
    pub fn board(&self) -> String {
        format!("http://localhost:{}/", self.binder().port)
    }

    /// Stops both servers after answering calls in flight.
    pub async fn stop(self) {
        // The chat server first: it still unregisters from the binder.
        self.chat_server.stop().await;
        self.binder.stop().await;
    }
}

impl Server {
    fn start<F>(endpoint: Endpoint, run: impl FnOnce(WaitForCancellationFutureOwned) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = CancellationToken::new();
        Self {
            endpoint,
            task: tokio::spawn(run(stop.clone().cancelled_owned())),
            stop: stop.drop_guard(),
        }
    }

    async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "an embedded server failed");
        }
    }
}

async fn serve_chat(server: ChatServer, stopped: WaitForCancellationFutureOwned) {
    if let Err(error) = server.run(stopped).await {
        // The lookup reports it to the user.
        tracing::error!(%error, "the embedded chat server cannot start");
    }
}

/// Binds a port, which the user chose with `flag`.
async fn take(port: u16, flag: &'static str) -> Result<(TcpListener, Endpoint), Failure> {
    let wanted = Endpoint {
        address: LOOPBACK.to_owned(),
        port,
    };
    let listener = listen(&wanted, flag).await?;
    let taken = Endpoint {
        port: listener.local_addr()?.port(),
        ..wanted
    };
    Ok((listener, taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invocation::{Program, command};
    use crate::network::discovery::ServerFinder;
    use crate::network::{Dialect, DiscoveryError};

    const FREE: Ports = Ports {
        binder: 0,
        chat_server: 0,
        accounts: 0,
    };

    async fn start(ports: Ports) -> Result<Embedded, Failure> {
        Embedded::start(ports, Data::Memory, Observers::none()).await
    }

    #[tokio::test]
    async fn the_binder_sends_clients_of_both_kinds_to_the_chat_server_until_both_end() {
        let embedded = start(FREE).await.unwrap();
        let dialects = [
            (Dialect::Classic, embedded.chat_server().port),
            (Dialect::Accounts, embedded.accounts().port),
        ]
        .map(|(dialect, port)| {
            let binder = embedded.binder().clone();
            (ServerFinder::new(dialect, binder, Observers::none()), port)
        });
        for (finder, port) in &dialects {
            assert_eq!(finder.find().await.unwrap().endpoint().port, *port);
        }
        embedded.stop().await;
        for (finder, _) in dialects {
            assert!(matches!(
                finder.find().await,
                Err(DiscoveryError::BinderSilent { .. })
            ));
        }
    }

    #[tokio::test]
    async fn the_error_for_a_taken_port_says_what_is_there_and_what_to_do() {
        let running = start(FREE).await.unwrap();
        let (binder, chat_server) = (running.binder(), running.chat_server());
        let accounts = running.accounts();
        let taken = |place: &Endpoint, by: &str, flag: &str| {
            format!(
                "{place} is taken by a {by} that is already running; stop it, or choose another \
                 with {flag} (port 0 takes a free one); a chat seems to be running already, which \
                 `{}` joins",
                command(Program::ChatClient, "")
            )
        };
        let rows = [
            (
                Ports {
                    binder: binder.port,
                    ..FREE
                },
                taken(binder, "binder", "--embedded-binder-port"),
            ),
            (
                Ports {
                    chat_server: chat_server.port,
                    ..FREE
                },
                taken(chat_server, "chat server", "--embedded-chat-port"),
            ),
            (
                Ports {
                    accounts: accounts.port,
                    ..FREE
                },
                taken(accounts, "chat server", "--embedded-accounts-port"),
            ),
        ];
        for (ports, text) in rows {
            assert_eq!(start(ports).await.unwrap_err().to_string(), text);
        }
    }

    #[tokio::test]
    async fn a_port_of_a_program_of_others_is_not_taken_for_a_chat() {
        // It takes connections, and answers none.
        let foreign = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
        let port = foreign.local_addr().unwrap().port();
        let ports = Ports {
            binder: port,
            ..FREE
        };
        assert_eq!(
            start(ports).await.unwrap_err().to_string(),
            format!(
                "127.0.0.1:{port} is taken by another program; stop it, or choose another with \
                 --embedded-binder-port (port 0 takes a free one)"
            )
        );
    }
}
