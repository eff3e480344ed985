//! A server as a child process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::system::{self, CpuClock};

/// A chat server with the binder that it registers in.
pub(crate) struct System {
    /// Declared first, so that it ends first: it says goodbye to the binder.
    pub(crate) chat_server: Server,
    pub(crate) binder: Server,
}

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
    clock: CpuClock,
    /// Kept open, so that what the server still prints does not fail it.
    _output: BufReader<ChildStdout>,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, which the calls to it will have shown.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// Starts a server, gives it `input`, and waits until it says where it listens.
    ///
    /// # Errors
    /// When it cannot be started, or ends instead.
    pub(crate) fn start(mut command: Command, input: &[u8]) -> anyhow::Result<Self> {
        // Our programs take settings from the environment as well.
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if ["BINDER_", "CHAT_", "RUST_LOG"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
            {
                command.env_remove(&variable);
            }
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map(Process)
            .with_context(|| format!("cannot start {command:?}"))?;
        let pipes = process.0.stdin.take().zip(process.0.stdout.take());
        let (mut to_server, from_server) = pipes.context("a child without its pipes")?;
        to_server.write_all(input)?;
        drop(to_server);
        let mut output = BufReader::new(from_server);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line
            .trim_end()
            .rsplit_once(" listening on ")
            .and_then(|(_, address)| address.parse().ok())
            .with_context(|| format!("{command:?} does not say where it listens: {line:?}"))?;
        Ok(Self {
            clock: CpuClock::of(process.0.id())?,
            process,
            address,
            _output: output,
        })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The processor time it has used since it was started.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        self.clock.now()
    }

    /// The memory it has in use, in bytes.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        system::resident_bytes(self.process.0.id())
    }
}
