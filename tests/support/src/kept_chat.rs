//! Chat servers that keep their chat in a directory: killed, restarted, run under another program.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rusqlite::OpenFlags;
use tempfile::TempDir;

use crate::wire::Client;
pub use crate::wire::ROOM;
use crate::{Program, Server, binaries};

/// A directory of a test's own, removed after the test.
pub fn directory() -> TempDir {
    tempfile::tempdir_in(binaries::temporary()).unwrap()
}

/// The command that runs a chat server on any ports with its chat in `data`, with `wrapper` before it.
pub fn command(wrapper: &[&str], data: &Path, flags: &[&str]) -> Command {
    let mut command = binaries::command("chat-server");
    command
        .args(["--listen", "127.0.0.1:0"])
        .args(["--accounts-listen", "127.0.0.1:0"])
        // Nothing listens on port 1.
        .args(["--binder", "127.0.0.1:1"])
        .arg("--data")
        .arg(data)
        .args(flags);
    binaries::under(wrapper, command)
}

/// A chat server with its chat in `data`, ready to answer.
pub fn start(data: &Path, flags: &[&str]) -> Server {
    start_under(&[], data, flags)
}

/// The same, run by another program.
pub fn start_under(wrapper: &[&str], data: &Path, flags: &[&str]) -> Server {
    let name = format!("{wrapper:?} chat-server {flags:?}");
    Server::ready(Program::start(name, &mut command(wrapper, data, flags)))
}

/// Registers ana and bia, creates [`ROOM`] and lets both join it.
pub fn enter(address: &str) -> Client {
    let mut client = Client::open(address);
    client.must("create_room", &[ROOM], "Sala 'geral' criada.");
    for user in ["ana", "bia"] {
        client.must("register_user", &[user], "Usuário registrado com sucesso.");
        client.ask("join_room", &[user, ROOM]);
    }
    client
}

/// Queries a number from the database, as `sqlite3 -readonly` would beside a running server.
pub fn query_number(data: &Path, query: &str) -> i64 {
    let file = data.join("chat.db");
    let database = rusqlite::Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let found = database.unwrap().query_row(query, [], |row| row.get(0));
    found.unwrap()
}

/// How many bytes the files of a directory take.
pub fn size(data: &Path) -> u64 {
    let files = fs::read_dir(data).unwrap();
    let sizes = files.map(|file| file.unwrap().metadata().map_or(0, |file| file.len()));
    sizes.sum()
}

/// Below the ports that Linux gives to outgoing connections: a client that tries again and again while the
/// server is away could otherwise be given the server's own port, and be connected to itself.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// A chat in a directory of its own, with the server that serves it, or without one for a moment.
pub struct KeptChat {
    directory: TempDir,
    flags: Vec<String>,
    /// `HOST:PORT` of the calls of dialect classic.
    pub classic: String,
    /// `HOST:PORT` of the calls of dialect accounts.
    pub accounts: String,
    running: Option<Server>,
    shows_errors: bool,
    peak_memory: Option<u64>,
}

impl KeptChat {
    /// Starts a server with these flags on an empty directory.
    pub fn start(flags: &[&str]) -> Self {
        Self::new(flags, false)
    }

    /// The same, with standard error shown instead of collected.
    pub fn start_visible(flags: &[&str]) -> Self {
        Self::new(flags, true)
    }

    fn new(flags: &[&str], shows_errors: bool) -> Self {
        let mut chat = Self {
            directory: directory(),
            flags: flags.iter().map(ToString::to_string).collect(),
            classic: free_address(),
            accounts: free_address(),
            running: None,
            shows_errors,
            peak_memory: None,
        };
        chat.start_again();
        chat
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A program that serves this chat, from the moment it is started.
    pub fn begin(&self) -> Program {
        let mut command = binaries::command("chat-server");
        command.arg("--data").arg(self.directory());
        command.args(["--listen", &self.classic]);
        command.args(["--accounts-listen", &self.accounts]);
        command.args(&self.flags);
        let name = format!("chat-server {}", self.flags.join(" "));
        if self.shows_errors {
            Program::start_visible(name, &mut command)
        } else {
            Program::start(name, &mut command)
        }
    }

    /// The most memory that a server of this chat has had at one time, in mebibytes, where the system reports it.
    pub fn peak_memory(&self) -> Option<u64> {
        let running = self.running.as_ref();
        running
            .and_then(|running| running.program.peak_memory())
            .max(self.peak_memory)
    }

    /// Starts the server and waits until it listens.
    pub fn start_again(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        self.running = Some(Server::ready(self.begin()));
    }

    /// Starts a server and kills it after this time, whatever it is doing by then.
    pub fn start_and_kill(&self, after: Duration) {
        let program = self.begin();
        std::thread::sleep(after);
        program.kill();
    }

    /// Kills the server. It has no chance to finish anything.
    pub fn kill(&mut self) {
        self.peak_memory = self.peak_memory();
        self.running.take().expect("it runs").kill();
    }

    /// Ends the server as a user would.
    pub fn stop(&mut self) {
        let program = self.running.take().expect("it runs").program;
        program.terminate();
    }

    pub fn files(&self) -> Vec<(PathBuf, u32, Vec<u8>)> {
        fs::read_dir(self.directory())
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                let content = fs::read(&path).unwrap();
                (path, mode & 0o777, content)
            })
            .collect()
    }
}

/// An address with a port that nothing listens on.
pub fn free_address() -> String {
    loop {
        let port = fastrand::u16(PORTS);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap().to_string();
        }
    }
}
