//! One connection, as its requests see it.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use super::forward::{ServerConnection, Timer};
use super::phase::ConnectionPhase;

/// Both ends of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) peer: SocketAddr,
    /// Unknown if the stream is not a socket.
    pub(super) local: Option<SocketAddr>,
}

/// What belongs to one connection.
pub(super) struct Link {
    pub(super) ends: Ends,
    pub(super) phase: Arc<ConnectionPhase>,
    /// The connection to the server to which the calls are forwarded. It is used by no other client, so a
    /// server sees connections open and close as if its clients called it directly.
    pub(super) to_server: Mutex<Option<Box<ServerConnection>>>,
    /// For the deadlines of forwarded calls.
    pub(super) timer: Mutex<Option<Timer>>,
}

impl Link {
    pub(super) fn new(ends: Ends) -> Arc<Self> {
        Arc::new(Self {
            ends,
            phase: Arc::new(ConnectionPhase::new()),
            to_server: Mutex::new(None),
            timer: Mutex::new(None),
        })
    }
}
