//! Why a query has no answer. The texts say what to do.

use std::io;

use protocol::binder::{Endpoint, UpstreamFailure};
use rpc::CallError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum QueryError {
    #[error(
        "no binder at {binder}: {reason}; start `binder`, or name the one to ask with --binder HOST:PORT"
    )]
    BinderSilent { binder: String, reason: CallError },
    /// The binder asks another one for what it does not have itself, and has no answer from that one.
    #[error(
        "the binder at {binder} answers and does not have {name} itself; {}",
        .failure.advice()
    )]
    Upstream {
        binder: String,
        name: String,
        failure: UpstreamFailure,
    },
    /// The name is not registered, and a chat server would register it.
    #[error(
        "the binder at {binder} does not know {name}; a chat server registers itself, start \
         `chat-server --binder {binder}`"
    )]
    NoChatServer { binder: String, name: String },
    /// The name is not registered, and it is none of a chat server.
    #[error(
        "the binder at {binder} does not know {name}; `binder list` shows what it knows, and \
         `binder register {name} HOST:PORT` registers a server by hand"
    )]
    Unknown { binder: String, name: String },
    /// What is asked for names is a chat server.
    #[error(
        "{server} is a chat server, not a binder; name the binder with --binder HOST:PORT (its \
         usual port is {})",
        protocol::binder::PORT
    )]
    ChatServer { server: String },
    /// Services that the binder names do not answer.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    ServicesSilent(Vec<ServiceSilent>),
    /// The binder took the registration and does not answer with it.
    #[error("the binder at {binder} did not register {name}{}", .fault.as_ref().map(|fault| format!(": {fault}")).unwrap_or_default())]
    NotRegistered {
        binder: String,
        name: String,
        /// What it answered, where that was a fault.
        fault: Option<CallError>,
    },
    /// The binder does not have the procedure that is needed.
    #[error(
        "the binder at {binder} cannot unregister names, as the originals cannot; \
         `binder register {name} HOST:PORT` puts another server in place of {place}"
    )]
    CannotUnregister {
        binder: String,
        name: String,
        place: Endpoint,
    },
    /// A built-in name is not registered, so that it cannot be unregistered.
    #[error(
        "{name} is not registered in the binder at {binder}, which has {place} built in for it; \
         `binder register {name} HOST:PORT` puts another server in its place"
    )]
    BuiltIn {
        binder: String,
        name: String,
        place: Endpoint,
    },
    #[error("the binder at {binder} does not know {name}")]
    NothingThere { binder: String, name: String },
    #[error("the binder at {binder} does not have {name} at {place}{}", .found.as_ref().map(|found| format!(", but at {found}")).unwrap_or_default())]
    NotThere {
        binder: String,
        name: String,
        place: Endpoint,
        found: Option<Endpoint>,
    },
    #[error("cannot write the answer")]
    Output(#[from] io::Error),
}

#[derive(Debug, Error)]
#[error("{service}, where the binder says that {name} lives, does not answer: {reason}")]
pub struct ServiceSilent {
    pub(super) service: Endpoint,
    pub(super) name: String,
    pub(super) reason: CallError,
}
