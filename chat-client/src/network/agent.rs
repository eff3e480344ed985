//! What this client calls itself towards servers (`User-Agent`): the same on all its connections, and
//! different for two clients, so that whoever watches a server's calls can tell who made them.

use std::sync::OnceLock;
use std::time::Duration;

use protocol::binder::Endpoint;
use rpc::{CallError, Caller, Observers};

/// The name of this process's client, such as `distributed-chat-client/0.1.0 (client 4711-9f3c)`.
///
/// Process numbers repeat, on two machines as well as on one; the random part does not soon.
#[must_use]
pub fn name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let (process, random) = (std::process::id(), fastrand::u16(..));
        let version = env!("CARGO_PKG_VERSION");
        format!("distributed-chat-client/{version} (client {process}-{random:04x})")
    })
}

/// A caller of the server at `endpoint` under that name.
///
/// # Errors
/// When the system cannot give what an HTTP client needs.
pub(super) fn caller(
    endpoint: &Endpoint,
    patience: Duration,
    observers: Observers,
) -> Result<Caller, CallError> {
    Ok(Caller::new(endpoint, patience, observers)?.named(name()))
}
