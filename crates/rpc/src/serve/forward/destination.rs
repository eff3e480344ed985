//! The servers to which calls are forwarded, and the connections to them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use protocol::procedure::Procedure;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// How long a forwarded call may take, connecting included. The longest poll takes 30 s, and any other call
/// less than the 10 s that our own client waits.
pub const TIMEOUT: Duration = Duration::from_secs(40);

/// A connection to a server.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub stream: TcpStream,
    /// The server as its clients name it, `host:port`.
    pub host: Arc<str>,
    /// Whether another server takes the place of the one that was meant. The connection is then used for one call,
    /// so that the next one goes to the right server if it is back.
    pub is_substitute: bool,
}

/// No server takes a connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// The future of [`Connect::connect`].
pub type Connecting<'a> = Pin<Box<dyn Future<Output = Result<Connected, Unreachable>> + Send + 'a>>;

/// Connects to a server that calls are forwarded to.
pub trait Connect: Send + Sync {
    /// Notes that a call is forwarded, over a new connection or over one that is kept.
    fn note_call(&self);

    /// Connects to a server that can answer the calls.
    fn connect(&self) -> Connecting<'_>;
}

/// How a server stands among those that can answer the same calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// That has not been looked up yet.
    Unknown,
    /// It is the only one, as far as it is known.
    Alone,
    /// There are others.
    OneOfSeveral,
    /// It answers from what may be out of date, and another one does not.
    Behind,
    /// It is not named any more, and another one is.
    Gone,
}

impl Standing {
    /// Whether another server may have to take over a call that begins now.
    pub(super) const fn may_be_one_of_several(self) -> bool {
        matches!(self, Self::Unknown | Self::OneOfSeveral)
    }

    /// Whether calls go to another server, as long as one takes a connection.
    #[must_use]
    pub const fn is_left(self) -> bool {
        matches!(self, Self::Behind | Self::Gone)
    }
}

/// To where the calls of a service are forwarded, instead of being answered by its methods.
pub struct Forwarding {
    /// What connects to the servers.
    pub connect: Box<dyn Connect>,
    /// How the server stands. A kept connection is not used when it is left, and calls that wait for its answer are
    /// ended.
    pub standing: watch::Receiver<Standing>,
    /// How long a call may take, connecting included.
    pub timeout: Duration,
    /// Declarations of the procedures that the servers probably have. Observers show calls by them.
    pub procedures: &'static [&'static [Procedure]],
}

impl Forwarding {
    pub(super) fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    pub(in crate::serve) fn procedure(&self, name: &str) -> Option<&'static Procedure> {
        let mut all = self.procedures.iter().copied().flatten();
        all.find(|procedure| procedure.name == name)
    }
}
