//! A server that is reached through a wire which can be cut at the worst moment: after a call was
//! carried out, before that is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use protocol::accounts::SERVICE;
use protocol::binder::Endpoint;
use protocol::classic::procedures::ORIGINAL;
use protocol::procedure::Procedure;
use rpc::Observers;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::network::support::{OtherUser, Servers, accepting, listener, register, soon};
use crate::network::{Arrivals, Chat, Dialect};

/// Bia in the room `geral` of a server, and ana's chat with it through such a wire.
pub(super) struct Scene {
    pub(super) servers: Servers,
    pub(super) bia: OtherUser,
    pub(super) chat: Chat,
    pub(super) arrivals: Arrivals,
    pub(super) breaker: Breaker,
}

impl Scene {
    /// Without some of the extensions, our server of dialect classic is taken for an original.
    pub(super) async fn set(dialect: Dialect, extensions: &[Procedure]) -> Self {
        let servers = Servers::start().await;
        let bia = servers.user_in("bia", "geral").await;
        let (breaker, wire) = Breaker::before(servers.place(dialect).clone()).await;
        // A binder of its own, in which the server does not say where it really is.
        let binder = run_binder().await;
        let names = ORIGINAL.iter().chain(extensions);
        let names = names.map(|procedure| procedure.name).chain([SERVICE]);
        register(&binder, &names.collect::<Vec<_>>(), &wire).await;
        let found = Chat::find(dialect, &binder, Observers::none()).await;
        let (chat, arrivals) = found.unwrap();
        Self {
            servers,
            bia,
            chat,
            arrivals,
            breaker,
        }
    }

    /// The users that the server has in the room.
    pub(super) async fn users(&self, room: &str) -> Vec<String> {
        self.bia.server.users(room).await.unwrap()
    }
}

pub(super) async fn run_binder() -> Endpoint {
    let (listener, endpoint) = listener().await;
    let settings = binder::Settings::default();
    tokio::spawn(binder::run(listener, settings, std::future::pending()));
    endpoint
}

#[derive(Clone, Default)]
pub(super) struct Breaker {
    armed: Arc<AtomicBool>,
    taken: Arc<Notify>,
    cut: Arc<Notify>,
    losing: Arc<Mutex<Losing>>,
}

#[derive(Default)]
struct Losing {
    method: &'static str,
    calls: usize,
}

impl Breaker {
    /// A wire to the server at this place; gives where it begins.
    pub(super) async fn before(server: Endpoint) -> (Self, Endpoint) {
        let breaker = Self::default();
        let wires = breaker.clone();
        let endpoint = accepting(move |client| {
            let (breaker, server) = (wires.clone(), server.clone());
            // Without a server the connection closes at once, as if the port were closed.
            async move { drop(breaker.carry(client, &server).await) }
        });
        (breaker, endpoint.await)
    }

    /// The answer to the next message that is sent will be lost.
    pub(super) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Waits until the server has answered that message.
    pub(super) async fn taken(&self) {
        soon(self.taken.notified()).await;
    }

    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    /// The answers to the next calls of this method, so many of them, are lost.
    pub(super) fn lose(&self, method: &'static str, calls: usize) {
        *self.losing.lock() = Losing { method, calls };
    }

    /// Whether the answer to this question must be lost.
    fn must_be_lost(&self, question: &[u8]) -> bool {
        let mut losing = self.losing.lock();
        let call = format!("<methodName>{}</methodName>", losing.method);
        let is_lost = losing.calls > 0 && find(question, call.as_bytes());
        if is_lost {
            losing.calls -= 1;
        }
        is_lost
    }

    async fn carry(&self, mut client: TcpStream, server: &Endpoint) -> std::io::Result<()> {
        let mut server = TcpStream::connect((server.address.as_str(), server.port)).await?;
        let (mut question, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
        let (mut is_message, mut is_lost) = (false, false);
        loop {
            tokio::select! {
                read = client.read(&mut question) => {
                    let read = &question[..read?];
                    let is_send = find(read, b"<methodName>send_message");
                    is_message |= is_send && self.armed.swap(false, Ordering::SeqCst);
                    is_lost |= self.must_be_lost(read);
                    if read.is_empty() {
                        return Ok(());
                    }
                    server.write_all(read).await?;
                }
                read = server.read(&mut answer) => {
                    let read = &answer[..read?];
                    if is_lost {
                        return Ok(());
                    }
                    if is_message {
                        self.taken.notify_one();
                        self.cut.notified().await;
                        return Ok(());
                    }
                    if read.is_empty() {
                        return Ok(());
                    }
                    client.write_all(read).await?;
                }
            }
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
