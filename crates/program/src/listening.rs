//! Taking a port, with errors that say what to do when it is not available.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use protocol::binder::Endpoint;
use protocol::procedure::LIST_METHODS;
use rpc::{Caller, Observers};
use thiserror::Error;
use tokio::net::TcpListener;

/// How long to ask the holder of a port what it is: an error message must not take longer.
const WHO_IS_THERE: Duration = Duration::from_millis(500);

/// Why a server cannot listen.
#[derive(Debug, Error)]
pub enum ListenError {
    /// Another program listens there.
    #[error(
        "{endpoint} is taken by {holder}; stop it, or choose another with {flag} (port 0 takes a free one)"
    )]
    Taken {
        /// Where the server should have listened.
        endpoint: Endpoint,
        /// What answers there, as far as can be found out.
        holder: Holder,
        /// The flag by which another address is chosen.
        flag: &'static str,
    },
    /// The address is not one of this machine, or the port is not ours to take.
    #[error("cannot listen on {endpoint}: {reason}; choose another with {flag}")]
    Refused {
        /// Where the server should have listened.
        endpoint: Endpoint,
        /// The system's reason.
        reason: std::io::Error,
        /// The flag by which another address is chosen.
        flag: &'static str,
    },
}

/// What has a port that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A binder.
    Binder,
    /// A chat server.
    ChatServer,
    /// A server that speaks XML-RPC. The originals do not say what they are.
    XmlRpcServer,
    /// A program that does not answer as these do.
    Foreign,
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Binder => "a binder that is already running",
            Self::ChatServer => "a chat server that is already running",
            Self::XmlRpcServer => "another XML-RPC server",
            Self::Foreign => "another program",
        })
    }
}

/// Takes the port at `endpoint`, which the user chose with `flag`. The error names what holds it, if something
/// does.
pub async fn listen(endpoint: &Endpoint, flag: &'static str) -> Result<TcpListener, ListenError> {
    match TcpListener::bind((endpoint.address.as_str(), endpoint.port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(ListenError::Taken {
            endpoint: endpoint.clone(),
            holder: holder(endpoint).await,
            flag,
        }),
        Err(reason) => Err(ListenError::Refused {
            endpoint: endpoint.clone(),
            reason,
            flag,
        }),
    }
}

/// What listens at `endpoint`, by the methods that it says it has. An original does not say.
async fn holder(endpoint: &Endpoint) -> Holder {
    let Ok(caller) = Caller::new(endpoint, WHO_IS_THERE, Observers::none()) else {
        return Holder::Foreign;
    };
    match caller.call(&LIST_METHODS, Vec::new()).await {
        Ok(methods) => {
            let names = protocol::reading::strings(methods).unwrap_or_default();
            let has = |wanted: &str| names.iter().any(|name| name == wanted);
            if has(protocol::binder::LOOKUP_PROCEDURE.name) {
                Holder::Binder
            } else if has(protocol::classic::procedures::SEND_MESSAGE.name) {
                Holder::ChatServer
            } else {
                Holder::XmlRpcServer
            }
        }
        // Python's server without introspection answers with a fault.
        Err(error) if error.fault().is_some() => Holder::XmlRpcServer,
        Err(_) => Holder::Foreign,
    }
}
