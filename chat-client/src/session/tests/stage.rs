//! Servers to talk to, and a terminal to talk at.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use protocol::binder::Endpoint;
use protocol::classic::procedures;
use rpc::{Answer, Methods, Observers};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::{Session, SessionError, Settings};
use crate::embedded::{Embedded, Ports};
use crate::network::classic::ChatServer;
use crate::network::discovery;
use crate::screen::output::Screen;

/// Ample on a busy machine; nothing takes that long unless it is broken.
const DEADLINE: Duration = Duration::from_secs(10);

/// Polls often, and asks for everything.
pub(super) fn settings() -> Settings {
    Settings {
        user: None,
        room: None,
        poll_every: Duration::from_millis(5),
    }
}

/// A binder and a chat server.
pub(super) struct Stage {
    pub(super) server: ChatServer,
    embedded: Embedded,
}

impl Stage {
    pub(super) async fn set() -> Self {
        let ports = Ports {
            binder: 0,
            chat_server: 0,
        };
        let embedded = Embedded::start(ports, Observers::none()).await.unwrap();
        let server = discovery::find(embedded.binder(), Observers::none())
            .await
            .unwrap();
        Self { server, embedded }
    }

    /// Puts somebody into a room.
    pub(super) async fn enter(&self, user: &str, room: &str) {
        self.server.register_user(user).await.unwrap();
        self.server.create_room(room).await.unwrap();
        self.server.join_room(user, room).await.unwrap();
    }

    /// Sends a message in the room `geral`.
    pub(super) async fn send(&self, user: &str, text: &str, recipient: &str) {
        let sent = self.server.send_message(user, "geral", text, recipient);
        assert_eq!(sent.await.unwrap(), "Mensagem enviada.");
    }

    pub(super) async fn assert_free(&self, user: &str) {
        self.server.register_user(user).await.unwrap();
    }

    /// Ends the servers, and tells where clients were sent.
    pub(super) async fn end(self) -> String {
        let port = self.embedded.chat_server().port;
        self.embedded.stop().await;
        format!("localhost:{port}")
    }
}

/// A terminal at which a session runs.
pub(super) struct Terminal {
    lines: mpsc::Sender<String>,
    paper: Paper,
    read: usize,
    tell: watch::Sender<bool>,
    session: JoinHandle<Result<(), SessionError>>,
}

impl Terminal {
    pub(super) fn open(server: &ChatServer, settings: Settings) -> Self {
        let (lines, typed) = mpsc::channel(64);
        let (tell, told) = watch::channel(false);
        let paper = Paper::default();
        let screen = Screen::on(paper.clone());
        let session = Session::new(server.clone(), typed.into(), screen, told, settings);
        Self {
            lines,
            paper,
            read: 0,
            tell,
            session: tokio::spawn(session.run()),
        }
    }

    pub(super) async fn type_line(&self, line: &str) {
        self.lines.send(line.to_owned()).await.unwrap();
    }

    /// Waits until the text is written after what was waited for before.
    pub(super) async fn wait_for(&mut self, text: &str) {
        let written = tokio::time::timeout(DEADLINE, async {
            loop {
                // Asked for first, so that no text comes between looking and waiting.
                let changed = self.paper.changed.notified();
                let found = self.paper.text()[self.read..].find(text);
                if let Some(position) = found {
                    return self.read + position + text.len();
                }
                changed.await;
            }
        });
        let Ok(read) = written.await else {
            panic!("{text:?} was not written, but {:?}", self.paper.text());
        };
        self.read = read;
    }

    /// From now on nothing can be written.
    pub(super) fn break_output(&self) {
        self.paper.torn.store(true, Ordering::SeqCst);
    }

    /// Tells the session to end.
    pub(super) fn tell(&self) {
        self.tell.send(true).unwrap();
    }

    /// Ends the input, and waits for the end.
    pub(super) async fn closed(mut self) -> (String, Result<(), SessionError>) {
        self.lines = mpsc::channel(1).0;
        self.ended().await
    }

    /// What was written in the end, and how the session ended.
    pub(super) async fn ended(self) -> (String, Result<(), SessionError>) {
        let ended = tokio::time::timeout(DEADLINE, self.session).await;
        (self.paper.text(), ended.unwrap().unwrap())
    }
}

/// What a session writes on.
#[derive(Clone, Default)]
struct Paper {
    written: Arc<Mutex<Vec<u8>>>,
    changed: Arc<Notify>,
    torn: Arc<AtomicBool>,
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.written.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.torn.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.written.lock().unwrap().extend_from_slice(bytes);
        self.changed.notify_one();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What happens at a server that takes its time to register somebody.
#[derive(Clone, Default)]
pub(super) struct SlowRegistration {
    asked: Arc<Notify>,
    answer: Arc<Notify>,
    given_back: Arc<Notify>,
}

impl SlowRegistration {
    /// Waits until a name is asked for.
    pub(super) async fn asked(&self) {
        tokio::time::timeout(DEADLINE, self.asked.notified())
            .await
            .unwrap();
    }

    /// Answers at last.
    pub(super) fn answer(&self) {
        self.answer.notify_one();
    }

    /// Waits until the name is given back.
    pub(super) async fn given_back(&self) {
        tokio::time::timeout(DEADLINE, self.given_back.notified())
            .await
            .unwrap();
    }
}

pub(super) async fn slow_registration() -> (SlowRegistration, ChatServer) {
    let registration = SlowRegistration::default();
    let SlowRegistration {
        asked,
        answer,
        given_back,
    } = registration.clone();
    let methods = Methods::new()
        .waiting(&procedures::REGISTER_USER, move |_| {
            asked.notify_one();
            let answer = Arc::clone(&answer);
            Box::pin(async move {
                answer.notified().await;
                Ok(Answer::text("Usuário registrado com sucesso."))
            })
        })
        .immediate(&procedures::UNREGISTER_USER, move |_| {
            given_back.notify_one();
            Ok(Answer::text("Usuário desconectado com sucesso."))
        });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = Endpoint {
        address: "127.0.0.1".into(),
        port: listener.local_addr().unwrap().port(),
    };
    let service = rpc::Service::new(methods);
    tokio::spawn(rpc::serve(listener, service, std::future::pending()));
    (
        registration,
        ChatServer::at(&endpoint, Observers::none()).unwrap(),
    )
}
