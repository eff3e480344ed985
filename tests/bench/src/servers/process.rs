//! A server as a child process.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use support::{Program, server::wait_until_registered};
use tokio::task::block_in_place;

use crate::system::{self, CpuClock};

/// A chat server with the binder that it registers in.
pub(crate) struct System {
    /// Declared first, so that it ends first.
    pub(crate) chat_server: Server,
    pub(crate) binder: Server,
}

impl System {
    /// Starts a chat server, given the address of its binder, and waits until it is registered there.
    pub(crate) fn start(
        binder: Server,
        chat_server: impl FnOnce(&str) -> anyhow::Result<Server>,
    ) -> anyhow::Result<Self> {
        let address = binder.address().to_string();
        let chat_server = chat_server(&address)?;
        block_in_place(|| wait_until_registered(&address, "create_room"));
        Ok(Self {
            chat_server,
            binder,
        })
    }
}

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    server: support::Server,
    address: SocketAddr,
    clock: CpuClock,
}

impl Server {
    /// Starts a server, gives it `input`, and waits for its address.
    pub(crate) fn start(mut command: Command, input: &str) -> anyhow::Result<Self> {
        let name = format!("{command:?}");
        let mut program = Program::start_visible(name, &mut command);
        program.type_text(input);
        program.end_input();
        let server = support::Server::ready(program);
        Ok(Self {
            address: server.address.parse()?,
            clock: CpuClock::of(server.program.id())?,
            server,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The processor time it has used since it was started.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        self.clock.now()
    }

    /// The memory it has in use, in bytes.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        system::resident_bytes(self.server.program.id())
    }
}
