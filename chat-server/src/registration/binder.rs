//! The binder as a server that registers sees it, with what binders by others answer.

use std::io::ErrorKind;
use std::time::Duration;

use dxr::Value;
use protocol::agent;
use protocol::binder::{
    CUT_OFF, ETCD_FULL, Endpoint, LOOKUP_PROCEDURE, REGISTER_LEASE, REGISTER_PROCEDURE,
    TOO_MANY_NAMES, UNREGISTER_PROCEDURE,
};
use protocol::fault::INVALID_PARAMETERS;
use protocol::reading::strings;
use rpc::{CallError, Caller, Observers};
use thiserror::Error;
use tokio::net::TcpStream;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Error)]
pub(super) enum Failure {
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
    /// The binder does not know that a server may be behind others, and would send clients to it.
    NotWhileBehind,
}

#[derive(Debug)]
pub(super) struct Binder {
    caller: Caller,
    /// Whether it takes a group with a lease: binders of earlier versions do not.
    takes_groups: bool,
    /// Whether it takes for how long a server is behind.
    takes_behind: bool,
}

impl Binder {
    /// The binder at `endpoint`, called by the server at `caller`.
    pub(super) fn at(
        endpoint: &Endpoint,
        caller: &Endpoint,
        timeout: Duration,
        observers: Observers,
    ) -> Result<Self, CallError> {
        // Nothing else in a look-up names the caller, and observers of the binder show it.
        let agent = agent::of_server(caller);
        Ok(Self {
            // The calls are seconds apart. A binder with one thread would answer no other client
            // meanwhile if the connection were kept.
            caller: Caller::new(endpoint, timeout, observers)?
                .named(&agent)
                .without_kept_connections(),
            takes_groups: true,
            takes_behind: true,
        })
    }

    /// Leases all the names at once, which have been `held` for so long, for a server that has been `behind` the
    /// others of its chat for so long.
    ///
    /// Libraries answer an unknown procedure with any fault, with an HTTP status, or with something that
    /// is not an answer at all. So whatever is neither a list of names nor the refusal of a full binder, or of one
    /// that is cut off from etcd, means that there are no leases.
    pub(super) async fn lease(
        &mut self,
        names: &[&str],
        at: &Endpoint,
        lease: Duration,
        group: Option<&str>,
        held: Duration,
        behind: Option<Duration>,
    ) -> Result<Lease, Failure> {
        if behind.is_some() && !(self.takes_groups && self.takes_behind) {
            return Ok(Lease::NotWhileBehind);
        }
        let [address, port] = place(at);
        let names = names.iter().map(|name| text(name)).collect();
        let mut parameters = vec![Value::Array(names), address, port, seconds(lease)];
        let without_group = parameters.clone();
        if self.takes_groups {
            parameters.extend([text(group.unwrap_or_default()), seconds(held)]);
            parameters.extend(behind.map(seconds));
        }
        let answer = match self.caller.call(&REGISTER_LEASE, parameters).await {
            Err(CallError::Fault(refusal)) if refusal.code() == INVALID_PARAMETERS => {
                if behind.is_some() {
                    self.takes_behind = false;
                    return Ok(Lease::NotWhileBehind);
                }
                self.takes_groups = false;
                self.caller.call(&REGISTER_LEASE, without_group).await
            }
            answer => answer,
        };
        match answer {
            Ok(answer) => {
                Ok(strings(answer).map_or(Lease::Unknown, |elsewhere| Lease::Taken { elsewhere }))
            }
            Err(error) => match Failure::from(error) {
                Failure::Refused(error) if is_temporary(&error) => Err(Failure::Refused(error)),
                Failure::Refused(_) => Ok(Lease::Unknown),
                silent @ Failure::Silent(_) => {
                    // It may come back as one of another version.
                    self.takes_groups = true;
                    self.takes_behind = true;
                    Err(silent)
                }
            },
        }
    }

    /// Registers one name without a lease.
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

    pub(super) async fn unregister(&self, name: &str, at: &Endpoint) -> Result<(), CallError> {
        let [address, port] = place(at);
        let parameters = vec![text(name), address, port];
        self.caller.call(&UNREGISTER_PROCEDURE, parameters).await?;
        Ok(())
    }
}

/// Whether there is a server at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It takes connections.
    There,
    /// Its machine answers that nothing listens.
    Refused,
    /// There is no answer.
    Silent,
}

/// Whether a server takes connections. The connection is closed at once, so that a Python server does
/// not log anything.
pub(super) async fn presence(server: &Endpoint) -> Presence {
    let connected = TcpStream::connect((server.address.as_str(), server.port));
    match tokio::time::timeout(CONNECT_TIMEOUT, connected).await {
        Ok(Ok(_)) => Presence::There,
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => Presence::Refused,
        _ => Presence::Silent,
    }
}

/// Our binder has leases, and says by the code of an exception that it cannot take one now.
fn is_temporary(error: &CallError) -> bool {
    error
        .fault()
        .is_some_and(|fault| [TOO_MANY_NAMES, CUT_OFF, ETCD_FULL].contains(&fault.string()))
}

fn seconds(duration: Duration) -> Value {
    Value::Integer(i32::try_from(duration.as_secs()).unwrap_or(i32::MAX))
}

fn place(at: &Endpoint) -> [Value; 2] {
    [text(&at.address), Value::Integer(i32::from(at.port))]
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use protocol::procedure::{ARRAY, INT, Parameter, Procedure, STRING, STRING_OR_NIL, Type};
    use rpc::{Answer, Methods};
    use tokio::net::TcpListener;

    use super::*;

    /// Where the server says it is.
    fn at() -> Endpoint {
        "127.0.0.1:9000".parse().unwrap()
    }

    /// What a binder counts of the leases that it gives.
    struct Given {
        binder: Binder,
        leases: Arc<AtomicUsize>,
        /// Those for a server that shares its chat.
        groups: Arc<AtomicUsize>,
    }

    impl Given {
        /// By a binder that takes the first so many parameters.
        async fn by(procedure: &'static Procedure) -> Self {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let endpoint = listener.local_addr().unwrap().to_string().parse().unwrap();
            let (leases, groups) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let counted = (Arc::clone(&leases), Arc::clone(&groups));
            let methods = Methods::new().immediate(procedure, move |arguments| {
                counted.0.fetch_add(1, Ordering::Relaxed);
                if arguments.optional_text(4)? == Some("chat") {
                    counted.1.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Answer::texts(std::iter::empty::<String>()))
            });
            let service = rpc::Service::new(methods);
            tokio::spawn(rpc::serve(listener, service, std::future::pending()));
            Self {
                binder: Binder::at(&endpoint, &at(), TIME, Observers::none()).unwrap(),
                leases,
                groups,
            }
        }

        /// Asks for a lease, and counts: all leases, and those with a group.
        async fn lease(&mut self, behind: Option<Duration>) -> (Lease, usize, usize) {
            let at = at();
            let group = Some("chat");
            let lease = self.binder.lease(&["f"], &at, TIME, group, TIME, behind);
            let lease = lease.await.unwrap();
            let [leases, groups] =
                [&self.leases, &self.groups].map(|count| count.load(Ordering::Relaxed));
            (lease, leases, groups)
        }
    }

    const TIME: Duration = Duration::from_secs(3);

    const PARAMETERS: [Parameter; 6] = [
        Parameter::required("names", ARRAY),
        Parameter::required("address", STRING),
        Parameter::required("port", INT),
        Parameter::required("seconds", INT),
        Parameter::optional("group", STRING_OR_NIL),
        Parameter::optional("held", INT),
    ];

    /// As binders had it before servers could share a chat.
    static WITHOUT_GROUPS: Procedure = Procedure {
        parameters: PARAMETERS.first_chunk::<4>().unwrap(),
        ..WITHOUT_BEHIND
    };

    /// As binders had it before servers could be behind.
    const WITHOUT_BEHIND: Procedure = Procedure {
        name: "register_lease",
        parameters: &PARAMETERS,
        answers: &[Type::Array],
        changes_nothing: false,
        help: "",
    };

    fn taken() -> Lease {
        Lease::Taken {
            elsewhere: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_binder_that_knows_no_groups_is_called_without() {
        let mut given = Given::by(&WITHOUT_GROUPS).await;
        assert_eq!(given.lease(None).await, (taken(), 1, 0));
        assert_eq!(given.lease(None).await, (taken(), 2, 0));
        assert_eq!(given.lease(Some(TIME)).await, (Lease::NotWhileBehind, 2, 0));
        assert_eq!(given.lease(None).await, (taken(), 3, 0));
    }

    #[tokio::test]
    async fn a_binder_that_would_send_clients_to_a_server_that_is_behind_does_not_get_it() {
        static OF_EARLIER_VERSION: Procedure = WITHOUT_BEHIND;
        let mut given = Given::by(&OF_EARLIER_VERSION).await;
        assert_eq!(given.lease(None).await, (taken(), 1, 1));
        assert_eq!(given.lease(Some(TIME)).await, (Lease::NotWhileBehind, 1, 1));
        assert_eq!(given.lease(Some(TIME)).await, (Lease::NotWhileBehind, 1, 1));
        // The server still shares its names.
        assert_eq!(given.lease(None).await, (taken(), 2, 2));
    }
}
