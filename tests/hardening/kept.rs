//! A chat server that keeps its chat, and is killed and started again at the same addresses.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::stage::{DEADLINE, Program, Server, binaries};

/// Below the ports that Linux gives to outgoing connections: a client that tries again and again while the
/// server is away could otherwise be given the server's own port, and be connected to itself.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// A chat in a directory of its own, with the server that serves it, or without one for a moment.
pub(crate) struct KeptChat {
    directory: TempDir,
    flags: Vec<String>,
    pub(crate) classic: String,
    pub(crate) accounts: String,
    running: Option<Server>,
}

impl KeptChat {
    /// Starts a server with these flags on an empty directory.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut chat = Self {
            directory: TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap(),
            flags: flags.iter().map(ToString::to_string).collect(),
            classic: free_address(),
            accounts: free_address(),
            running: None,
        };
        chat.start_again();
        chat
    }

    /// Where the chat is kept.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A program that serves this chat, from the moment it is started.
    pub(crate) fn begin(&self) -> Program {
        let directory = self.directory().to_str().unwrap();
        let mut flags = vec!["--data", directory];
        flags.extend([
            "--listen",
            &self.classic,
            "--accounts-listen",
            &self.accounts,
        ]);
        flags.extend(self.flags.iter().map(String::as_str));
        binaries::start("chat-server", &flags)
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn start_again(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        self.running = Some(Server::ready(self.begin()));
    }

    /// Starts a server and kills it after this time, whatever it is doing by then.
    pub(crate) fn start_and_kill(&self, after: Duration) {
        let program = self.begin();
        std::thread::sleep(after);
        kill(program);
    }

    /// Kills the server. It has no chance to finish anything.
    pub(crate) fn kill(&mut self) {
        kill(self.running.take().expect("it runs").program);
    }

    /// Ends the server as a user would.
    pub(crate) fn stop(&mut self) {
        let program = self.running.take().expect("it runs").program;
        program.signal(Signal::TERM);
        let ended = program.wait_for_end(Duration::from_secs(5));
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }

    /// Everything that is on the disk.
    pub(crate) fn files(&self) -> Vec<(std::path::PathBuf, u32, Vec<u8>)> {
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

fn kill(program: Program) {
    program.signal(Signal::KILL);
    let ended = program.wait_for_end(DEADLINE);
    assert_eq!(ended.code, None, "it ended by itself: {}", ended.err);
}

/// An address with a port that nothing listens on.
fn free_address() -> String {
    loop {
        let port = fastrand::u16(PORTS);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap().to_string();
        }
    }
}
