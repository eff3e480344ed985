//! Asking a running binder from the command line: what it has registered, and how far one comes from
//! there.
//!
//! The binder asked may be any that speaks the protocol. An original one can only look names up, so
//! what it cannot tell is left open in the answer.

mod list;
mod lookup;
mod ping;
mod table;

use std::io::{self, Write};
use std::time::Duration;

use clap::Subcommand;
use dxr::Value;
use protocol::binder::{Endpoint, LIST_PROCEDURES, LOOKUP_PROCEDURE, Listed};
use protocol::reading::array;
use rpc::{CallError, Caller, Observers};
use thiserror::Error;

/// How long an answer may take. Somebody is looking at an empty terminal meanwhile.
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
}

/// Which binder is asked.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct Whom {
    /// The binder to ask. Set it when that runs on another machine or port.
    #[arg(
        long,
        env = "BINDER_ADDRESS",
        value_name = "HOST:PORT",
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
    /// What is registered under the name does not answer.
    #[error("{service}, where the binder says that {name} lives, does not answer: {reason}")]
    ServiceSilent {
        /// Where it should be.
        service: Endpoint,
        /// What was looked up.
        name: String,
        /// Why there is no answer.
        reason: CallError,
    },
    /// The answer cannot be written.
    #[error("cannot write the answer")]
    Output(#[from] io::Error),
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

    /// Where a name lives.
    async fn lookup(&self, name: &str) -> Result<Option<Endpoint>, AskError> {
        let parameters = vec![Value::String(name.to_owned())];
        let answer = self.caller.call(&LOOKUP_PROCEDURE, parameters).await;
        answer
            .and_then(|answer| {
                Endpoint::from_lookup(answer)
                    .map_err(|error| CallError::unexpected(self.caller.server(), &error))
            })
            .map_err(|reason| self.silent(reason))
    }

    /// Everything that is registered. `None` when the binder cannot tell, because it is an original
    /// one.
    async fn list(&self) -> Result<Option<Vec<Listed>>, AskError> {
        let answer = match self.caller.call(&LIST_PROCEDURES, Vec::new()).await {
            Err(CallError::Fault(_)) => return Ok(None),
            Err(reason) => return Err(self.silent(reason)),
            Ok(answer) => answer,
        };
        array(answer)
            .and_then(|values| values.into_iter().map(Listed::from_value).collect())
            .map(Some)
            .map_err(|error| self.silent(CallError::unexpected(self.caller.server(), &error)))
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
