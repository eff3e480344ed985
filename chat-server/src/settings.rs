//! What a chat server is run with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use board::PrivateTexts;
use metrics::Metrics;
use protocol::binder::Endpoint;
use rpc::{Lab, Limits, Observers};
use thiserror::Error;
use tokio::net::TcpListener;

use crate::chat::Policy;
use crate::log::etcd::EtcdSettings;
use crate::log::{self, Keep};

#[derive(Clone, Debug)]
pub struct Settings {
    /// The binders in which the procedures are registered.
    pub binders: Vec<Endpoint>,
    /// The host that the binder gives to clients.
    pub advertise: String,
    /// How much the chat keeps, and for how long.
    pub policy: Policy,
    /// Whether an account acts only from addresses from which it has logged in.
    pub account_from_login_address: bool,
    pub data: Data,
    /// How often idle rooms and silent users are looked for.
    pub sweep_every: Duration,
    pub limits: Limits,
    /// Who watches the calls, those answered and those made.
    pub observers: Observers,
    /// What breaks calls on purpose, if anything does.
    pub lab: Option<Arc<Lab>>,
    /// Whether there is a feed for the board, and whether it shows private messages.
    pub board: Option<PrivateTexts>,
    /// Names of this machine or the binder's, besides their addresses, under which browsers open the board.
    pub board_hosts: Vec<String>,
    /// Where the server says how it does, if a monitor asks.
    pub metrics: Option<Metrics>,
}

/// Where the chat is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Data {
    /// In memory: it ends with the server.
    #[default]
    Memory,
    /// In a log in this directory.
    Directory(PathBuf, Keep),
    /// In a log in etcd, which several servers share.
    Etcd(EtcdSettings),
}

/// No directory was named, and the system does not say where one belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("neither XDG_STATE_HOME nor HOME says where to keep the chat")]
pub struct NoStateDirectory;

impl Data {
    /// Where the chat server on this port keeps its chat: in the directory that was `named`, or in memory if
    /// that is `off`; if none was, in a directory of the port's own. A free port is another one each time, and
    /// its chat would not be found again, so it is in memory.
    pub fn of_server(
        named: Option<&Path>,
        port: u16,
        keep: Keep,
    ) -> Result<Self, NoStateDirectory> {
        let directory = match named {
            Some(named) if named == Path::new("off") => return Ok(Self::Memory),
            Some(named) => named.to_owned(),
            None if port == 0 => return Ok(Self::Memory),
            None => log::default_directory(port).ok_or(NoStateDirectory)?,
        };
        Ok(Self::Directory(directory, keep))
    }
}

/// Where a chat server listens: a port for each dialect it speaks.
#[derive(Debug)]
pub struct Listeners {
    /// For dialect *classic*.
    pub classic: TcpListener,
    /// For dialect *accounts*, if it is spoken.
    pub accounts: Option<TcpListener>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            binders: vec![Endpoint {
                address: "localhost".to_owned(),
                port: protocol::binder::PORT,
            }],
            advertise: "localhost".to_owned(),
            policy: Policy::default(),
            account_from_login_address: false,
            data: Data::Memory,
            sweep_every: Duration::from_secs(60),
            limits: Limits::default(),
            observers: Observers::none(),
            lab: None,
            board: None,
            board_hosts: Vec::new(),
            metrics: None,
        }
    }
}
