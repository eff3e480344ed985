//! What a proxy is run with, and for how long it waits and keeps ports.

use std::time::Duration;

use protocol::binder::Endpoint;
use rpc::serve::forward::TIMEOUT;

use super::addresses::Target;
use super::ports::Ports;

/// How long a server is waited for that takes no connection: a chat server with a large log is back by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// After how long without a look-up or call a server that is not registered any more loses its port.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// The same when another server needs a port and none is left.
const IDLE_AFTER: Duration = Duration::from_secs(60);

/// What a proxy is run with.
#[derive(Clone, Debug)]
pub struct ProxySettings {
    /// The ports that it may take.
    pub ports: Ports,
    /// The binders that are asked for names that are not registered here; usually none.
    pub upstream: Vec<Endpoint>,
    /// How long a server is waited for that takes no connection.
    pub patience: Duration,
    /// How long a call may take, connecting included.
    pub timeout: Duration,
    /// After how long without a look-up or call a server that is not registered any more loses its port. What other
    /// binders have named loses it only when another server needs it.
    pub forgotten_after: Duration,
    /// The same when another server needs a port and none is left. The ports are looked through as often.
    pub idle_after: Duration,
}

impl ProxySettings {
    /// The usual times.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self {
            ports,
            upstream: Vec::new(),
            patience: PATIENCE,
            timeout: TIMEOUT,
            forgotten_after: FORGOTTEN_AFTER,
            idle_after: IDLE_AFTER,
        }
    }

    /// The first of the other binders that is this one, which listens on `own_port`: it would ask itself for ever.
    pub async fn own_upstream(&self, own_port: u16) -> Option<&Endpoint> {
        for binder in &self.upstream {
            if Target::trusted(binder.clone()).is_here(&[own_port]).await {
                return Some(binder);
            }
        }
        None
    }
}
