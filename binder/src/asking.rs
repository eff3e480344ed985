//! Commands for a running binder: what it has registered, whether the services answer, and names
//! that are registered by hand.
//!
//! The binder may be any that speaks the protocol. An original one can only register names and look
//! them up, so what it cannot say is left open in the answer.

mod changes;
mod list;
mod lookup;
mod ping;
mod table;

use std::io::{self, Write};
use std::time::Duration;

use clap::Subcommand;
use dxr::Value;
use protocol::binder::{Endpoint, LIST_PROCEDURES, LOOKUP_PROCEDURE, Listed};
use protocol::classic::procedures::LIST_ROOMS;
use protocol::reading::array;
use rpc::{CallError, Caller, Observers};
use thiserror::Error;

/// How long an answer may take. The user looks at an empty terminal meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a binder can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Question {
    /// Ask a running binder for everything that is registered in it.
    List {
        /// Which binder.
        #[command(flatten)]
        whom: Whom,
    },
    /// Ask a running binder where a name lives.
    Lookup {
        /// The name, such as create_room.
        name: String,
        /// Which binder.
        #[command(flatten)]
        whom: Whom,
    },
    /// Go the way of a client, from the binder to the service that it names, and say how long each hop
    /// took.
    Ping {
        /// The name to look up. Without it those are tried under which chat servers are found.
        name: Option<String>,
        /// Which binder.
        #[command(flatten)]
        whom: Whom,
    },
    /// Register a name by hand, for a server that does not register itself. It is kept until it is
    /// unregistered or registered elsewhere.
    Register {
        /// The name, such as chat_server.
        name: String,
        /// Where the server is, as clients reach it.
        #[arg(value_name = "HOST:PORT", value_parser = changes::place)]
        place: Endpoint,
        /// Which binder.
        #[command(flatten)]
        whom: Whom,
    },
    /// Make a running binder forget a name.
    Unregister {
        /// The name.
        name: String,
        /// The server to unregister. By default the one that is found now.
        #[arg(value_name = "HOST:PORT", value_parser = changes::place)]
        place: Option<Endpoint>,
        /// Which binder.
        #[command(flatten)]
        whom: Whom,
    },
}

/// Which binder is asked.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct Whom {
    /// The binder to ask. Set it when that runs on another machine or port. Without a port it is
    /// 5000.
    #[arg(
        long,
        env = "BINDER_ADDRESS",
        value_name = "HOST[:PORT]",
        value_parser = Endpoint::of_binder,
        default_value = "localhost:5000"
    )]
    binder: Endpoint,
}

/// Why a question has no answer. The texts say what to do.
#[derive(Debug, Error)]
pub enum AskError {
    /// Nothing there answers as a binder.
    #[error(
        "no binder at {binder}: {reason}; start `binder`, or name the one to ask with --binder HOST:PORT"
    )]
    BinderSilent {
        /// Who was asked.
        binder: String,
        /// Why there is no answer.
        reason: CallError,
    },
    /// The name is not registered.
    #[error(
        "the binder at {binder} does not know {name}; a chat server registers itself, start \
         `chat-server --binder {binder}`"
    )]
    Unknown {
        /// Who was asked.
        binder: String,
        /// For what.
        name: String,
    },
    /// What is asked for names is a chat server.
    #[error(
        "{server} is a chat server, not a binder; name the binder with --binder HOST:PORT (its \
         usual port is {})",
        protocol::binder::PORT
    )]
    ChatServer {
        /// Its address.
        server: String,
    },
    /// Services that the binder names do not answer.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    ServicesSilent(Vec<ServiceSilent>),
    /// The binder took the registration and does not answer with it.
    #[error("the binder at {binder} did not register {name}{}", .fault.as_ref().map(|fault| format!(": {fault}")).unwrap_or_default())]
    NotRegistered {
        /// Who was asked.
        binder: String,
        /// What was to be registered.
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
        /// Who was asked.
        binder: String,
        /// What was to be unregistered.
        name: String,
        /// Where it is.
        place: Endpoint,
    },
    /// A built-in name is not registered, so that it cannot be unregistered.
    #[error(
        "{name} is not registered in the binder at {binder}, which has {place} built in for it; \
         `binder register {name} HOST:PORT` puts another server in its place"
    )]
    BuiltIn {
        /// Who was asked.
        binder: String,
        /// What was to be unregistered.
        name: String,
        /// Where it is.
        place: Endpoint,
    },
    /// There is nothing to unregister.
    #[error("the binder at {binder} does not know {name}")]
    NothingThere {
        /// Who was asked.
        binder: String,
        /// What was to be unregistered.
        name: String,
    },
    /// The name is registered, but not there.
    #[error("the binder at {binder} does not have {name} at {place}{}", .found.as_ref().map(|found| format!(", but at {found}")).unwrap_or_default())]
    NotThere {
        /// Who was asked.
        binder: String,
        /// What was to be unregistered.
        name: String,
        /// Where it was to be.
        place: Endpoint,
        /// Where it is.
        found: Option<Endpoint>,
    },
    /// The answer cannot be written.
    #[error("cannot write the answer")]
    Output(#[from] io::Error),
}

/// A service that does not answer.
#[derive(Debug, Error)]
#[error("{service}, where the binder says that {name} lives, does not answer: {reason}")]
pub struct ServiceSilent {
    /// Where it should be.
    service: Endpoint,
    /// What was looked up.
    name: String,
    /// Why there is no answer.
    reason: CallError,
}

impl Question {
    /// Asks, and writes the answer to `output`.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ask(&self, output: &mut impl Write) -> Result<(), AskError> {
        match self {
            Self::List { whom } => list::ask(&Binder::at(whom)?, output).await,
            Self::Lookup { name, whom } => lookup::ask(&Binder::at(whom)?, name, output).await,
            Self::Ping { name, whom } => {
                ping::ask(&Binder::at(whom)?, name.as_deref(), output).await
            }
            Self::Register { name, place, whom } => {
                changes::register(&Binder::at(whom)?, name, place, output).await
            }
            Self::Unregister { name, place, whom } => {
                changes::unregister(&Binder::at(whom)?, name, place.as_ref(), output).await
            }
        }
    }
}

/// The binder that is asked.
struct Binder {
    caller: Caller,
}

impl Binder {
    fn at(whom: &Whom) -> Result<Self, AskError> {
        let caller = caller(&whom.binder).map_err(|reason| AskError::BinderSilent {
            binder: whom.binder.to_string(),
            reason,
        })?;
        Ok(Self { caller })
    }

    fn silent(&self, reason: CallError) -> AskError {
        AskError::BinderSilent {
            binder: self.caller.server().to_owned(),
            reason,
        }
    }

    fn unknown(&self, name: &str) -> AskError {
        AskError::Unknown {
            binder: self.caller.server().to_owned(),
            name: name.to_owned(),
        }
    }

    /// Where a name lives. Some binders answer an unknown name with a fault, or with something other
    /// than an address and a port.
    async fn lookup(&self, name: &str) -> Result<Option<Endpoint>, AskError> {
        let parameters = vec![Value::String(name.to_owned())];
        let failure = match self.caller.call(&LOOKUP_PROCEDURE, parameters).await {
            Ok(answer) => return Ok(Endpoint::from_lookup(answer).ok().flatten()),
            Err(failure) => failure,
        };
        if failure.is_refusal() && self.is_chat_server().await {
            return Err(AskError::ChatServer {
                server: self.caller.server().to_owned(),
            });
        }
        match failure {
            reason if reason.is_refusal() => Ok(None),
            reason => Err(self.silent(reason)),
        }
    }

    /// Whether it is a chat server: one answers with its rooms.
    async fn is_chat_server(&self) -> bool {
        let rooms = self.caller.call(&LIST_ROOMS, Vec::new()).await;
        matches!(rooms, Ok(Value::Array(_)))
    }

    /// Everything that can be looked up. `None` when the binder does not offer that, because it is an
    /// original one.
    async fn list(&self) -> Result<Option<Vec<Listed>>, AskError> {
        match self.caller.call(&LIST_PROCEDURES, Vec::new()).await {
            Ok(answer) => Ok(array(answer)
                .and_then(|values| values.into_iter().map(Listed::from_value).collect())
                .ok()),
            Err(reason) if reason.is_refusal() => Ok(None),
            Err(reason) => Err(self.silent(reason)),
        }
    }

    /// What is listed under a name, as far as the binder can list.
    async fn listed(&self, name: &str) -> Result<Option<Listed>, AskError> {
        let listed = self.list().await?.unwrap_or_default();
        Ok(listed.into_iter().find(|listed| listed.name == name))
    }
}

fn caller(endpoint: &Endpoint) -> Result<Caller, CallError> {
    let name = concat!("binder/", env!("CARGO_PKG_VERSION"));
    Ok(Caller::new(endpoint, PATIENCE, Observers::none())?.named(name))
}

/// What strangers registered or answered, without what would act on a terminal.
#[must_use]
pub fn visible(text: &str) -> String {
    let harmless = |character| match character {
        deceptive if protocol::characters::is_deceptive(deceptive) => char::REPLACEMENT_CHARACTER,
        character => character,
    };
    text.chars().map(harmless).collect()
}

#[cfg(test)]
mod tests;
