//! The connection over which a call came, as its handler sees it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};

use super::link::Ends;
use super::network::network;
use super::phase::Liveness;

/// The connection over which a call came. It does not keep the connection open.
#[derive(Clone, Debug)]
pub struct Connection {
    ends: Ends,
    /// The `User-Agent` of this call, if the procedures need it.
    agent: Option<Arc<str>>,
    liveness: Weak<Liveness>,
}

impl Connection {
    pub(super) fn new(ends: Ends, agent: Option<Arc<str>>, liveness: &Arc<Liveness>) -> Self {
        Self {
            ends,
            agent,
            liveness: Arc::downgrade(liveness),
        }
    }

    /// A connection that is closed.
    #[cfg(test)]
    pub(super) fn closed() -> Self {
        Self {
            ends: Ends {
                peer: ([127, 0, 0, 1], 1).into(),
                local: None,
            },
            agent: None,
            liveness: Weak::new(),
        }
    }

    /// The address of the other end.
    pub fn peer(&self) -> IpAddr {
        self.ends.peer.ip()
    }

    /// The address of this end, under which the client has reached the server.
    pub fn local(&self) -> Option<IpAddr> {
        self.ends.local.map(|local| local.ip().to_canonical())
    }

    /// The address of the other end, as limits by address count it: of an IPv6 address the network of 64
    /// bits, in which one machine has as many addresses as it likes.
    pub fn network(&self) -> IpAddr {
        network(self.peer())
    }

    /// The address and port of the other end.
    pub const fn peer_with_port(&self) -> SocketAddr {
        self.ends.peer
    }

    /// The `User-Agent` of the call, in a server whose [`Methods`](super::Methods) are given it.
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// Whether two calls came over the same connection.
    pub fn is_same(&self, other: &Self) -> bool {
        self.liveness.ptr_eq(&other.liveness)
    }

    /// Whether the connection is still open.
    pub fn is_open(&self) -> bool {
        self.liveness.strong_count() > 0
    }

    /// Completes when the client does not wait for the answer any more: it has hung up, or sent something
    /// else. A client that has closed only its sending side looks like one that is gone, so a call
    /// that waits should be answered with what there is.
    pub async fn hung_up(&self) {
        if let Some(liveness) = self.liveness.upgrade() {
            liveness.hung_up().await;
        }
    }
}
