//! How a call to the chat can fail, and at which hop.

use dxr::Fault;
use protocol::binder::{Endpoint, UpstreamFailure};
use protocol::procedure::Procedure;
use protocol::refusal::Refusal;
use rpc::CallError;
use thiserror::Error;

use super::model::Dialect;
use crate::invocation::{Program, command};

/// A refusal by the server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct Refused {
    /// The meaning, for the caller.
    pub why: Refusal,
    /// The server's own words, an original's exception class in front of them included.
    pub text: String,
    /// Whether it was a fault: the originals' clients put `Erro: ` before those.
    pub by_fault: bool,
}

#[derive(Debug, Error)]
pub enum Failure {
    /// The server understood, and refuses. Certainly nothing was done.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The chat server's procedure brought no answer, or a fault of the protocol itself.
    #[error("{}: {error}{}", .procedure.name, .search.as_deref().map(|search| format!("; {search}")).unwrap_or_default())]
    Unanswered {
        procedure: &'static Procedure,
        /// Why there is no answer. It names the server.
        error: CallError,
        /// What became of looking the server up again, where that failed too: it says whether the
        /// binder, the name or the server it names is missing, and what to start.
        search: Option<Box<DiscoveryError>>,
    },
    /// The server has no such procedure, because it is an original one. Nothing was called.
    #[error("the chat server at {server} does not have {method}")]
    NotOffered {
        server: String,
        method: &'static str,
    },
    #[error("nobody is signed in")]
    SignedOut,
}

impl Failure {
    pub(super) const fn unanswered(procedure: &'static Procedure, error: CallError) -> Self {
        Self::Unanswered {
            procedure,
            error,
            search: None,
        }
    }

    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refused) => Some(&refused.why),
            _ => None,
        }
    }

    /// Whether the call may have been carried out: it was sent, and its answer was lost.
    pub const fn may_have_been_done(&self) -> bool {
        match self.error() {
            Some(
                CallError::Interrupted { .. }
                | CallError::TimedOut { .. }
                | CallError::Unexpected { .. },
            ) => true,
            // 501 says as clearly as 404 that the server does not know the call.
            Some(CallError::Status { status, .. }) => *status >= 500 && *status != 501,
            Some(
                CallError::Fault(_) | CallError::Unreachable { .. } | CallError::Unsendable(_),
            )
            | None => false,
        }
    }

    /// Whether the user needs to know that the call may or may not have been carried out.
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, Self::Unanswered { procedure, .. } if !procedure.changes_nothing)
            && self.may_have_been_done()
    }

    const fn error(&self) -> Option<&CallError> {
        match self {
            Self::Unanswered { error, .. } => Some(error),
            Self::Refused(_) | Self::NotOffered { .. } | Self::SignedOut => None,
        }
    }

    /// Whether no connection to the chat server could be made, so that the call certainly had no effect.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self.error(), Some(CallError::Unreachable { .. }))
    }

    pub const fn is_timeout(&self) -> bool {
        matches!(self.error(), Some(CallError::TimedOut { .. }))
    }

    /// Whether the connection could not be made or broke, or the call timed out.
    pub(super) const fn has_no_answer(&self) -> bool {
        self.is_unreachable()
            || self.is_timeout()
            || matches!(self.error(), Some(CallError::Interrupted { .. }))
    }

    /// Whether the server answers and cannot write, so that another server of the chat may.
    pub const fn cannot_write(&self) -> bool {
        matches!(
            self.refusal(),
            Some(Refusal::CannotWriteNow | Refusal::UnknownWhetherWritten)
        )
    }

    /// Whether the server does not know the user, or the user in that room, or the room.
    pub const fn is_unknown(&self) -> bool {
        matches!(
            self.refusal(),
            Some(Refusal::NotRegistered | Refusal::NoSuchRoom | Refusal::NotInRoom)
        )
    }

    /// Adds why the server was not found again.
    pub(super) fn set_search(&mut self, failed: DiscoveryError) {
        if let Self::Unanswered { search, .. } = self {
            *search = Some(Box::new(failed));
        }
    }
}

impl Refused {
    /// A refusal that came as a fault, with its meaning read by `read`.
    pub(super) fn by_fault(fault: &Fault, read: fn(&str) -> Refusal) -> Self {
        Self {
            why: read(protocol::fault::text_without_class(fault.string())),
            text: fault.string().to_owned(),
            by_fault: true,
        }
    }

    /// A refusal that came as an ordinary answer, with its meaning read by `read`.
    pub(super) fn in_words(text: String, read: fn(&str) -> Refusal) -> Self {
        Self {
            why: read(&text),
            text,
            by_fault: false,
        }
    }
}

/// Why there is no chat server to talk to. The texts say what to start.
#[derive(Debug, Error)]
pub enum DiscoveryError {
    /// Nothing that answers as a binder.
    #[error(
        "no binder at {binder}: {reason}; start `{}`, or name the one to ask with --binder HOST:PORT",
        start_binder(.binder)
    )]
    BinderSilent { binder: Endpoint, reason: CallError },
    /// What answers there is a chat server.
    #[error(
        "{address} is a chat server, not a binder; name the binder with --binder HOST:PORT (its \
         usual port is {})",
        protocol::binder::PORT
    )]
    NotABinder { address: Endpoint },
    /// The binder answers, and the one that it asks for names that it does not have is of no help.
    #[error(
        "the binder at {binder} answers and knows no chat server itself; {}",
        .failure.advice()
    )]
    Upstream {
        binder: Endpoint,
        failure: UpstreamFailure,
    },
    /// The binder answers, but no chat server has registered.
    #[error("the binder at {binder} knows no chat server{}; start `{}`", of(.dialect), start_chat_server(.binder))]
    NoChatServer { binder: Endpoint, dialect: Dialect },
    /// The only chat server that the binder knows speaks the other dialect.
    #[error(
        "the binder at {binder} knows no chat server {}; start `{}`",
        missing(.wanted),
        in_other_dialect(.wanted, .binder)
    )]
    OtherDialect { binder: Endpoint, wanted: Dialect },
    /// The binder names a chat server at an address that no machine has.
    #[error(
        "the binder at {binder} does not say where the chat server is: its answer to a look-up, of {length} \
         characters, is not an address; name another one with --binder HOST:PORT"
    )]
    NotAnAddress { binder: Endpoint, length: usize },
    /// The binder names a chat server, and that one does not answer.
    #[error(
        "the chat server does not answer at {chat_server}, where the binder at {binder} says it is: \
         {reason}; start `{}` again",
        start_chat_server(.binder)
    )]
    ChatServerSilent {
        binder: Endpoint,
        chat_server: Endpoint,
        reason: CallError,
    },
}

impl DiscoveryError {
    /// Whether a connection broke, so that it may be different the next time.
    pub(super) const fn is_broken_connection(&self) -> bool {
        match self {
            Self::BinderSilent { reason, .. } | Self::ChatServerSilent { reason, .. } => {
                matches!(reason, CallError::Interrupted { .. })
            }
            Self::NotABinder { .. }
            | Self::Upstream { .. }
            | Self::NoChatServer { .. }
            | Self::OtherDialect { .. }
            | Self::NotAnAddress { .. } => false,
        }
    }

    /// The binder that was asked; `None` where it is not known to be one.
    pub(super) const fn binder(&self) -> Option<&Endpoint> {
        match self {
            Self::BinderSilent { binder, .. }
            | Self::Upstream { binder, .. }
            | Self::NoChatServer { binder, .. }
            | Self::OtherDialect { binder, .. }
            | Self::NotAnAddress { binder, .. }
            | Self::ChatServerSilent { binder, .. } => Some(binder),
            Self::NotABinder { .. } => None,
        }
    }

    /// Whether it says what a failed call says already: that this same server does not answer.
    pub fn is_about(&self, error: &CallError) -> bool {
        match self {
            Self::ChatServerSilent { chat_server, .. } => {
                error.server() == Some(chat_server.to_string().as_str())
            }
            Self::BinderSilent { .. }
            | Self::NotABinder { .. }
            | Self::Upstream { .. }
            | Self::NoChatServer { .. }
            | Self::OtherDialect { .. }
            | Self::NotAnAddress { .. } => false,
        }
    }
}

/// What starts a binder where it was looked for. By default it serves its own machine only.
pub fn start_binder(sought: &Endpoint) -> String {
    let arguments = if sought.is_on_own_machine() {
        String::new()
    } else {
        format!("--listen 0.0.0.0:{}", sought.port)
    };
    command(Program::Binder, &arguments)
}

/// What starts a chat server that registers in `binder`. Clients of a binder in the network find one that they reach
/// only if it says where it is.
pub fn start_chat_server(binder: &Endpoint) -> String {
    let network = if binder.is_on_own_machine() {
        ""
    } else {
        " --listen 0.0.0.0 --advertise HOST"
    };
    command(Program::ChatServer, &format!("--binder {binder}{network}"))
}

/// What starts the client for the dialect that is not wanted.
pub fn in_other_dialect(wanted: &Dialect, binder: &Endpoint) -> String {
    let accounts = match wanted {
        Dialect::Classic => " --accounts",
        Dialect::Accounts => "",
    };
    command(Program::ChatClient, &format!("--binder {binder}{accounts}"))
}

const fn missing(wanted: &Dialect) -> &'static str {
    match wanted {
        Dialect::Classic => "without accounts, but one with accounts",
        Dialect::Accounts => "with accounts, but one without",
    }
}

/// What a message says about the dialect: nothing about the usual one.
const fn of(dialect: &Dialect) -> &'static str {
    match dialect {
        Dialect::Classic => "",
        Dialect::Accounts => " with accounts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_start_serves_the_machines_that_look_for_it() {
        for (binder, binds, serves) in [
            ("localhost:5000", "", "--binder localhost:5000"),
            ("127.0.0.1:5100", "", "--binder 127.0.0.1:5100"),
            (
                "192.0.2.1:5000",
                "--listen 0.0.0.0:5000",
                "--binder 192.0.2.1:5000 --listen 0.0.0.0 --advertise HOST",
            ),
            (
                "lab:5100",
                "--listen 0.0.0.0:5100",
                "--binder lab:5100 --listen 0.0.0.0 --advertise HOST",
            ),
        ] {
            let endpoint: Endpoint = binder.parse().unwrap();
            assert_eq!(start_binder(&endpoint), command(Program::Binder, binds));
            assert_eq!(
                start_chat_server(&endpoint),
                command(Program::ChatServer, serves)
            );
        }
    }
}
