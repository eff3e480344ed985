//! One connection, as its requests see it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;

use super::forward::{ServerConnection, Timer};
use super::phase::ConnectionPhase;
use super::turns::{Turn, Turns};

/// The turns at requests that were sent ahead, before their clients had the last answer: one connection of the process
/// at a time.
///
/// hyper carries out up to 16 of them before other connections go on. With hundreds of such connections, a client that
/// waits for each answer would wait for thousands of theirs.
static AHEAD: Turns = Turns::new();

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
    /// The turn at a request that was sent ahead.
    turn: Mutex<Option<Turn>>,
}

impl Link {
    pub(super) fn new(ends: Ends) -> Arc<Self> {
        Arc::new(Self {
            ends,
            phase: Arc::new(ConnectionPhase::new()),
            to_server: Mutex::new(None),
            timer: Mutex::new(None),
            turn: Mutex::new(None),
        })
    }

    /// Waits for the turn at a request that was sent ahead.
    pub(super) async fn wait_for_turn(&self) {
        let turn = AHEAD.wait(self.ends.peer.ip()).await;
        *self.turn.lock() = Some(turn);
    }

    /// Polls what serves this connection. A turn ends with that: a call that waits, such as a long poll, does not keep
    /// others waiting.
    pub(super) fn poll<T>(
        &self,
        context: &mut Context<'_>,
        serve: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let polled = serve(context);
        drop(self.turn.lock().take());
        polled
    }
}
