//! Who calls the binder.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;

use protocol::agent::names_client;
use rpc::{Arguments, Connection};

/// The address of the caller, who may be a server.
pub(super) fn caller_address(arguments: &Arguments) -> IpAddr {
    arguments.connection().peer().to_canonical()
}

/// What distinguishes the caller from others. Our client says in its `User-Agent` which process it is,
/// because it opens a connection for each call. Any other caller is its connection.
pub(super) fn caller_identity(connection: &Connection) -> u64 {
    let mut hasher = DefaultHasher::new();
    match connection.agent() {
        Some(agent) if names_client(agent) => (connection.peer(), agent).hash(&mut hasher),
        _ => connection.peer_with_port().hash(&mut hasher),
    }
    hasher.finish()
}
