//! A terminal to talk at, and a server that takes its time.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use protocol::classic::procedures;
use rpc::{Answer, Methods, Observers};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::events::SessionError;
use super::input::{Line, Lines};
use super::output::Output;
use super::session::{Session, Settings};
use crate::network::chat_server::ChatServer;
use crate::network::discovery::ServerFinder;
use crate::network::support::{DEADLINE, Servers, nowhere, serve, soon};
use crate::network::{Arrivals, Chat, Dialect, Receiving};

/// Polls often, and asks for everything.
pub(super) fn settings() -> Settings {
    Settings {
        user: None,
        room: None,
        receiving: Receiving::Every(Duration::from_millis(5)),
    }
}

/// Settings as with `--user ana --room geral`.
pub(super) fn ana_in_geral() -> Settings {
    Settings {
        user: Some("ana".into()),
        room: Some("geral".into()),
        ..settings()
    }
}

pub(super) struct Terminal {
    lines: mpsc::Sender<Line>,
    paper: Paper,
    read: usize,
    stop: CancellationToken,
    session: JoinHandle<Result<(), SessionError>>,
}

impl Terminal {
    pub(super) async fn open(servers: &Servers, dialect: Dialect, settings: Settings) -> Self {
        let found = Chat::find(dialect, servers.binder(), Observers::none()).await;
        Self::in_chat(found.unwrap(), settings)
    }

    pub(super) fn in_chat(chat: (Chat, Arrivals), settings: Settings) -> Self {
        let (lines, typed) = mpsc::channel(64);
        Self::reading(typed.into(), lines, chat, settings)
    }

    /// One that takes its lines from somewhere else than from [`Self::type_line`].
    pub(super) fn with_lines(typed: Lines, chat: (Chat, Arrivals), settings: Settings) -> Self {
        Self::reading(typed, mpsc::channel(1).0, chat, settings)
    }

    fn reading(
        typed: Lines,
        lines: mpsc::Sender<Line>,
        chat: (Chat, Arrivals),
        settings: Settings,
    ) -> Self {
        let stop = CancellationToken::new();
        let paper = Paper::default();
        let output = Output::on(paper.clone());
        let session = Session::new(chat, typed, output, stop.clone(), settings);
        Self {
            lines,
            paper,
            read: 0,
            stop,
            session: tokio::spawn(session.run()),
        }
    }

    pub(super) async fn type_(&self, line: Line) {
        self.lines.send(line).await.unwrap();
    }

    pub(super) async fn type_line(&self, line: &str) {
        self.type_(Line::Text(line.to_owned())).await;
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

    pub(super) fn break_output(&self) {
        self.paper.torn.store(true, Ordering::SeqCst);
    }

    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    pub(super) async fn type_lines(&self, lines: &[&str]) {
        for line in lines {
            self.type_line(line).await;
        }
    }

    /// Ends the input, and gives what was written by a session that ended as it should.
    pub(super) async fn transcript(self) -> String {
        let (transcript, outcome) = self.closed().await;
        outcome.unwrap();
        transcript
    }

    pub(super) async fn closed(mut self) -> (String, Result<(), SessionError>) {
        self.lines = mpsc::channel(1).0;
        self.ended().await
    }

    /// What was written in the end, and how the session ended.
    pub(super) async fn ended(self) -> (String, Result<(), SessionError>) {
        let ended = soon(self.session).await;
        (self.paper.text(), ended.unwrap())
    }
}

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

/// The calls at a server that is slow to register a user.
#[derive(Clone, Default)]
pub(super) struct SlowRegistration {
    asked: Arc<Notify>,
    answer: Arc<Notify>,
    given_back: Arc<Notify>,
}

impl SlowRegistration {
    pub(super) async fn asked(&self) {
        soon(self.asked.notified()).await;
    }

    pub(super) fn answer(&self) {
        self.answer.notify_one();
    }

    pub(super) async fn given_back(&self) {
        soon(self.given_back.notified()).await;
    }
}

pub(super) async fn slow_registration() -> (SlowRegistration, (Chat, Arrivals)) {
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
    let server = ChatServer::at(Dialect::Classic, &serve(methods).await, Observers::none());
    let finder = ServerFinder::new(Dialect::Classic, nowhere().await, Observers::none());
    (registration, Chat::with(finder, server.unwrap()))
}
