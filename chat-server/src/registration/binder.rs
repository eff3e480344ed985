//! The binder as a server that registers sees it, with what binders by others answer.

use std::time::Duration;

use dxr::Value;
use protocol::binder::{
    Endpoint, LOOKUP_PROCEDURE, REGISTER_LEASE, REGISTER_PROCEDURE, TOO_MANY_NAMES,
    UNREGISTER_PROCEDURE,
};
use protocol::reading::strings;
use rpc::{CallError, Caller, Observers};
use thiserror::Error;
use tokio::net::TcpStream;

/// How long the binder may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Why names are not registered.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The binder does not answer.
    #[error(transparent)]
    Silent(CallError),
    /// The binder answers, and does not have the names afterwards.
    #[error(transparent)]
    Refused(CallError),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match &error {
            CallError::Unexpected { .. } | CallError::Unsendable(_) => Self::Refused(error),
            refusal if refusal.is_refusal() => Self::Refused(error),
            _ => Self::Silent(error),
        }
    }
}

/// What became of a lease.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lease {
    /// The binder keeps the names, except those that another server has taken over.
    Taken {
        /// The names of the other server.
        elsewhere: Vec<String>,
    },
    /// The binder does not know leases.
    Unknown,
}

/// The binder.
#[derive(Debug)]
pub(super) struct Binder {
    caller: Caller,
    endpoint: Endpoint,
}

impl Binder {
    pub(super) fn at(endpoint: &Endpoint, observers: Observers) -> Result<Self, CallError> {
        Ok(Self {
            // The calls are ten seconds apart. A binder with one thread would answer no other client
            // meanwhile if the connection were kept.
            caller: Caller::new(endpoint, TIMEOUT, observers)?.without_kept_connections(),
            endpoint: endpoint.clone(),
        })
    }

    /// Leases all the names at once.
    ///
    /// Libraries answer an unknown procedure with any fault, with an HTTP status, or with something that
    /// is not an answer at all. So whatever is neither a list of names nor the refusal of a full binder
    /// means that there are no leases.
    pub(super) async fn lease(
        &self,
        names: &[&str],
        at: &Endpoint,
        lease: Duration,
    ) -> Result<Lease, Failure> {
        let seconds = i32::try_from(lease.as_secs()).unwrap_or(i32::MAX);
        let [address, port] = place(at);
        let names = names.iter().map(|name| text(name)).collect();
        let parameters = vec![Value::Array(names), address, port, Value::Integer(seconds)];
        match self.caller.call(&REGISTER_LEASE, parameters).await {
            Ok(answer) => {
                Ok(strings(answer).map_or(Lease::Unknown, |elsewhere| Lease::Taken { elsewhere }))
            }
            Err(error) => match Failure::from(error) {
                Failure::Refused(error) if is_full(&error) => Err(Failure::Refused(error)),
                Failure::Refused(_) => Ok(Lease::Unknown),
                silent @ Failure::Silent(_) => Err(silent),
            },
        }
    }

    /// Registers one name for good.
    ///
    /// A refusal does not mean that it was not done: a Python binder without `allow_none` registers the
    /// name and then cannot write its answer. A look-up finds out. `known` is a refusal that came with a
    /// name that was registered all the same, so that the next one need not be looked up.
    pub(super) async fn register(
        &self,
        name: &str,
        at: &Endpoint,
        known: &mut Option<String>,
    ) -> Result<(), Failure> {
        let [address, port] = place(at);
        let parameters = vec![text(name), address, port];
        let refused = match self.caller.call(&REGISTER_PROCEDURE, parameters).await {
            Ok(_) => return Ok(()),
            Err(error) => match Failure::from(error) {
                Failure::Refused(error) => error,
                silent @ Failure::Silent(_) => return Err(silent),
            },
        };
        let says = refused.to_string();
        if known.as_ref() == Some(&says) {
            return Ok(());
        }
        if self.look_up(name).await?.as_ref() == Some(at) {
            *known = Some(says);
            return Ok(());
        }
        Err(Failure::Refused(refused))
    }

    /// Where the binder says that a name lives; `None` when it is not registered, in whatever way the
    /// binder says so.
    pub(super) async fn look_up(&self, name: &str) -> Result<Option<Endpoint>, Failure> {
        match self.caller.call(&LOOKUP_PROCEDURE, vec![text(name)]).await {
            Ok(answer) => Ok(Endpoint::looked_up(answer)),
            Err(error) => match Failure::from(error) {
                Failure::Refused(_) => Ok(None),
                silent @ Failure::Silent(_) => Err(silent),
            },
        }
    }

    /// Takes a name back.
    pub(super) async fn unregister(&self, name: &str, at: &Endpoint) -> Result<(), CallError> {
        let [address, port] = place(at);
        let parameters = vec![text(name), address, port];
        self.caller.call(&UNREGISTER_PROCEDURE, parameters).await?;
        Ok(())
    }

    /// Whether the binder takes connections, without a call that it would have to answer.
    pub(super) async fn is_there(&self) -> bool {
        takes_connections(&self.endpoint).await
    }
}

/// Whether a server takes connections. The connection is closed at once, so that a Python server does
/// not log anything.
pub(super) async fn takes_connections(server: &Endpoint) -> bool {
    let connected = TcpStream::connect((server.address.as_str(), server.port));
    matches!(tokio::time::timeout(TIMEOUT, connected).await, Ok(Ok(_)))
}

/// Our binder has leases, and says by the code of an exception that it is full.
fn is_full(error: &CallError) -> bool {
    error
        .fault()
        .is_some_and(|fault| fault.string() == TOO_MANY_NAMES)
}

fn place(at: &Endpoint) -> [Value; 2] {
    [text(&at.address), Value::Integer(i32::from(at.port))]
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
