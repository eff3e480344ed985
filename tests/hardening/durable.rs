//! Chat servers that keep their chat in a directory, run under another program where need be.

use std::path::Path;
use std::process::Command;

use dxr::{Fault, Value};
use protocol::classic::message::Message;
use rusqlite::OpenFlags;
use tempfile::TempDir;

use crate::stage::{Program, Server, binaries};
use crate::wire::{Connection, call, post};

/// A directory of a test's own. It is gone after the test.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The command that runs a chat server on any ports with its chat in `data`, with `wrapper` before it.
pub(crate) fn command(wrapper: &[&str], data: &Path, flags: &[&str]) -> Command {
    let program = binaries::command("chat-server");
    let mut words = wrapper.iter().copied();
    let mut command = match words.next() {
        Some(first) => {
            let mut command = Command::new(first);
            command.args(words).arg(program.get_program());
            command
        }
        None => Command::new(program.get_program()),
    };
    for (variable, value) in program.get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--accounts-listen",
            "127.0.0.1:0",
        ])
        // Nothing listens on port 1.
        .args(["--binder", "127.0.0.1:1"])
        .arg("--data")
        .arg(data)
        .args(flags);
    command
}

/// A chat server with its chat in `data`, ready to answer.
pub(crate) fn start(data: &Path, flags: &[&str]) -> Server {
    start_under(&[], data, flags)
}

/// The same, run by another program.
pub(crate) fn start_under(wrapper: &[&str], data: &Path, flags: &[&str]) -> Server {
    let name = format!("{wrapper:?} chat-server {flags:?}");
    Server::ready(Program::start(name, &mut command(wrapper, data, flags)))
}

/// A connection on which calls are made.
pub(crate) struct Client(Connection);

impl Client {
    pub(crate) fn open(address: &str) -> Self {
        Self(Connection::open(address))
    }

    /// Makes a call with strings.
    pub(crate) fn call(&mut self, method: &str, texts: &[&str]) -> Result<Value, Fault> {
        self.0.send(post(call(method, texts)));
        self.0.response().answer()
    }

    /// Makes a call that must not be answered with a fault.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, texts: &[&str]) -> Value {
        let answer = self.call(method, texts);
        answer.unwrap_or_else(|fault| panic!("{method}{texts:?}: {fault:?}"))
    }

    /// Makes a call that must be answered with this text.
    #[track_caller]
    pub(crate) fn must(&mut self, method: &str, texts: &[&str], expected: &str) {
        let answer = self.ask(method, texts);
        assert_eq!(answer, Value::String(expected.to_owned()), "{method}");
    }

    /// Sends a message, which must be kept.
    #[track_caller]
    pub(crate) fn send(&mut self, user: &str, text: &str) {
        self.must("send_message", &[user, ROOM, text, ""], "Mensagem enviada.");
    }

    /// The texts that a user finds in the room.
    #[track_caller]
    pub(crate) fn texts(&mut self, user: &str) -> Vec<String> {
        let answer = self.ask("receive_messages", &[user, ROOM]);
        let messages = Message::list_from_value(answer).unwrap();
        messages.into_iter().map(|one| one.content).collect()
    }
}

/// The room that these tests use.
pub(crate) const ROOM: &str = "geral";

/// Registers ana and bia, and lets them join the room, which is made for it.
pub(crate) fn enter(address: &str) -> Client {
    let mut client = Client::open(address);
    client.must("create_room", &[ROOM], "Sala 'geral' criada.");
    for user in ["ana", "bia"] {
        client.must("register_user", &[user], "Usuário registrado com sucesso.");
        client.ask("join_room", &[user, ROOM]);
    }
    client
}

/// Looks a number up in the database, as `sqlite3 -readonly` would beside a running server.
pub(crate) fn looked_up(data: &Path, query: &str) -> i64 {
    let file = data.join("chat.db");
    let database = rusqlite::Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let found = database.unwrap().query_row(query, [], |row| row.get(0));
    found.unwrap()
}

/// How many bytes the files of a directory take.
pub(crate) fn size(data: &Path) -> u64 {
    let files = std::fs::read_dir(data).unwrap();
    let sizes = files.map(|file| file.unwrap().metadata().map_or(0, |file| file.len()));
    sizes.sum()
}
