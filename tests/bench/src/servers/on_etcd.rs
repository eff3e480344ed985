//! Two chat servers of one chat on an etcd of three members, all on this machine.

use std::net::SocketAddr;

use anyhow::Context as _;
use support::Etcd;
use tokio::task::block_in_place;

use super::ours::start_program;
use super::process::Server;

/// The members of etcd.
const MEMBERS: usize = 3;

/// The chat.
pub(crate) struct Cluster {
    /// The chat servers, which end before what they need.
    pub(crate) servers: [Server; 2],
    _binder: Server,
    etcd: Etcd,
}

impl Cluster {
    /// Starts it.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let etcd = block_in_place(|| Etcd::start(MEMBERS, &["--log-level", "error"]));
        let binder = start_program("binder", &[])?;
        let binder_address = binder.address().to_string();
        let start = |index: usize| -> anyhow::Result<Server> {
            // Each has another member as the nearest one.
            let mut endpoints = etcd.endpoints();
            endpoints.rotate_left(index);
            let flags = [
                "--binder",
                &binder_address,
                "--accounts-listen",
                "off",
                "--etcd",
                &endpoints.join(","),
            ];
            start_program("chat-server", &flags)
        };
        let servers = [start(0)?, start(1)?];
        Ok(Self {
            servers,
            _binder: binder,
            etcd,
        })
    }

    /// The addresses of the two servers.
    pub(crate) fn addresses(&self) -> [SocketAddr; 2] {
        self.servers.each_ref().map(Server::address)
    }

    /// Clients of the members that the two servers use.
    pub(crate) fn etcd(&self) -> anyhow::Result<[etcd::Client; 2]> {
        let client = |index: usize| {
            let mut endpoints = self.etcd.endpoints();
            endpoints.rotate_left(index);
            etcd::Client::new(etcd::Config::new(endpoints)).context("no client of etcd")
        };
        Ok([client(0)?, client(1)?])
    }
}
