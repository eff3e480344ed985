//! A binder and a chat server inside this process: a whole chat with one command.

use std::io;
use std::time::Duration;

use board::PrivateTexts;
use chat_server::{ChatServer, Data, Listeners, OpenChat, OpenError, StartError};
use program::{ListenError, listen};
use protocol::binder::Endpoint;
use rpc::Observers;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::network::Dialect;
use crate::network::discovery::{Directory, DiscoveryError};

/// This machine alone: whoever wants others to join starts the servers themselves.
const LOOPBACK: &str = "127.0.0.1";

/// What clients are told through the binder, as by the originals.
const ADVERTISED: &str = "localhost";

/// The board is there, as it is by default where only this machine can look.
const SHOWN: Option<PrivateTexts> = Some(PrivateTexts::Masked);

/// The flag that says where the chat is kept.
pub const DATA_FLAG: &str = "--embedded-data";

/// How long the chat server may take to register in the binder beside it.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// How soon it is looked again whether the chat server has registered.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Where the embedded servers listen. Port 0 takes a free one.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The binder's.
    pub binder: u16,
    /// The chat server's for dialect classic.
    pub chat_server: u16,
    /// The chat server's for dialect accounts.
    pub accounts: u16,
}

/// Why the embedded servers cannot be started.
#[derive(Debug, Error)]
pub enum EmbeddedError {
    /// A port cannot be had.
    #[error(transparent)]
    Port(#[from] ListenError),
    /// The chat that is kept cannot be gone on with.
    #[error("{}", .0.advising(DATA_FLAG))]
    Data(OpenError),
    /// The chat server cannot be started for another reason.
    #[error(transparent)]
    ChatServer(StartError),
    /// The system does not tell which port it gave.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl From<StartError> for EmbeddedError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Log(error) => Self::Data(error),
            error => Self::ChatServer(error),
        }
    }
}

/// The running servers.
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
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Embedded {
    /// Starts both servers, of which the second goes on with the chat in `data`, and waits until the one is
    /// known to the other.
    ///
    /// # Errors
    /// When a port cannot be had or the data cannot be used; then neither runs.
    pub async fn start(
        ports: Ports,
        data: Data,
        observers: Observers,
    ) -> Result<Self, EmbeddedError> {
        // The ports first: where a chat is running already its data is in use as well, and to join it is the
        // better advice.
        let (binder, at_binder) = take(ports.binder, "--embedded-binder-port").await?;
        let (classic, at_classic) = take(ports.chat_server, "--embedded-chat-port").await?;
        let (accounts, at_accounts) = take(ports.accounts, "--embedded-accounts-port").await?;

        let settings = chat_server::Settings {
            binder: at_binder.clone(),
            advertise: ADVERTISED.to_owned(),
            observers: observers.clone(),
            board: SHOWN,
            data,
            ..chat_server::Settings::default()
        };
        let chat = OpenChat::open(&settings.data, settings.policy.clone()).await?;
        let listeners = Listeners {
            classic,
            accounts: Some(accounts),
        };
        let chat = ChatServer::new(chat, listeners, settings)?;

        let settings = binder::Settings {
            observers,
            board: SHOWN,
            ..binder::Settings::default()
        };
        let binder = Server::start(at_binder, |stopped| {
            binder::run(binder, settings, told(stopped))
        });
        let chat_server = Server::start(at_classic, |stopped| serve_chat(chat, stopped));
        let embedded = Self {
            binder,
            chat_server,
            accounts: at_accounts,
        };
        embedded.wait_until_registered().await;
        Ok(embedded)
    }

    /// Where the binder listens.
    #[must_use]
    pub const fn binder(&self) -> &Endpoint {
        &self.binder.endpoint
    }

    /// Where the chat server listens for dialect classic.
    #[must_use]
    pub const fn chat_server(&self) -> &Endpoint {
        &self.chat_server.endpoint
    }

    /// Where the chat server listens for dialect accounts.
    #[must_use]
    pub const fn accounts(&self) -> &Endpoint {
        &self.accounts
    }

    /// What a browser on this machine opens to see the calls.
    #[must_use]
    pub fn board(&self) -> String {
        format!("http://localhost:{}/", self.binder().port)
    }

    /// Ends both servers: calls in flight are answered.
    pub async fn stop(self) {
        // The chat server first, which still has something to say to the binder.
        self.chat_server.stop().await;
        self.binder.stop().await;
    }

    async fn wait_until_registered(&self) {
        let registered = async {
            for dialect in [Dialect::Classic, Dialect::Accounts] {
                // Nobody watches these questions: they are not part of what the client does.
                let directory = Directory::new(dialect, self.binder().clone(), Observers::none());
                while let Err(DiscoveryError::NoChatServer { .. }) = directory.find().await {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        };
        if tokio::time::timeout(READY_WITHIN, registered)
            .await
            .is_err()
        {
            // Whoever looks it up next says so to the user.
            tracing::warn!("the embedded chat server has not registered in time");
        }
    }
}

impl Server {
    fn start<F>(endpoint: Endpoint, run: impl FnOnce(oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self {
            endpoint,
            stop,
            task: tokio::spawn(run(stopped)),
        }
    }

    async fn stop(self) {
        // A server that has ended by itself cannot hear it.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!(%error, "an embedded server failed");
        }
    }
}

async fn serve_chat(chat: ChatServer, stopped: oneshot::Receiver<()>) {
    if let Err(error) = chat.run(told(stopped)).await {
        // Whoever looks it up says so to the user.
        tracing::error!(%error, "the embedded chat server cannot start");
    }
}

/// Ends when the server is told to.
async fn told(stopped: oneshot::Receiver<()>) {
    // Being forgotten counts as being told.
    let _ = stopped.await;
}

/// Takes a port, which the user chose with `flag`.
async fn take(port: u16, flag: &'static str) -> Result<(TcpListener, Endpoint), EmbeddedError> {
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
    use crate::failure::Failure;
    use crate::invocation::{Program, command};

    const FREE: Ports = Ports {
        binder: 0,
        chat_server: 0,
        accounts: 0,
    };

    #[tokio::test]
    async fn the_binder_sends_clients_of_both_kinds_to_the_chat_server_until_both_end() {
        let embedded = Embedded::start(FREE, Data::Memory, Observers::none())
            .await
            .unwrap();
        let dialects = [
            (Dialect::Classic, embedded.chat_server().port),
            (Dialect::Accounts, embedded.accounts().port),
        ]
        .map(|(dialect, port)| {
            let binder = embedded.binder().clone();
            (Directory::new(dialect, binder, Observers::none()), port)
        });
        for (directory, port) in &dialects {
            assert_eq!(directory.find().await.unwrap().endpoint().port, *port);
        }
        embedded.stop().await;
        for (directory, _) in dialects {
            assert!(matches!(
                directory.find().await,
                Err(DiscoveryError::BinderSilent { .. })
            ));
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_said_by_what_and_what_to_do() {
        let running = Embedded::start(FREE, Data::Memory, Observers::none())
            .await
            .unwrap();
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
            let error = Embedded::start(ports, Data::Memory, Observers::none())
                .await
                .unwrap_err();
            assert_eq!(Failure::from(error).to_string(), text);
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
        let error = Embedded::start(ports, Data::Memory, Observers::none())
            .await
            .unwrap_err();
        assert_eq!(
            Failure::from(error).to_string(),
            format!(
                "127.0.0.1:{port} is taken by another program; stop it, or choose another with \
                 --embedded-binder-port (port 0 takes a free one)"
            )
        );
    }
}
