//! What fails, at which hop, and what to start.

use program::{Holder, ListenError};
use rpc::CallError;

use crate::embedded::DATA_FLAG;
use crate::failure;
use crate::invocation::{Program, command};
use crate::network::{Dialect, DiscoveryError, Failure};
use crate::session::SessionError;

pub(super) fn say(failure: &Failure) -> String {
    let reason = reason(failure);
    match failure {
        Failure::Unanswered {
            method,
            error,
            search,
        } => {
            let next = if failure.leaves_doubt() {
                " It may have been done or not."
            } else if search.is_none() && error.server().is_some() {
                " Try again."
            } else {
                ""
            };
            format!("\"{method}\" failed. {reason}{next}")
        }
        Failure::Refused(_) | Failure::NotOffered { .. } | Failure::SignedOut => reason,
    }
}

/// Why it failed, whatever was to be done.
pub(super) fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refused) => super::refusals::say(&refused.why, &refused.text),
        Failure::Unanswered { error, search, .. } => {
            let place = error.server().map(|server| format!(" at {server}"));
            let whom = format!("The chat server{}", place.unwrap_or_default());
            match search.as_deref() {
                Some(found_nothing) if found_nothing.is_about(error) => nothing(found_nothing),
                Some(found_nothing) => {
                    format!("{}. {}", call(&whom, error), nothing(found_nothing))
                }
                None => format!("{}.", call(&whom, error)),
            }
        }
        Failure::NotOffered { server, method } => {
            format!("The server at {server} is an original and does not have {method}.")
        }
        Failure::SignedOut => "You are not in the chat any more; leave and come back.".to_owned(),
    }
}

/// What came of a call to `whom`.
fn call(whom: &str, error: &CallError) -> String {
    match error {
        CallError::Fault(fault) => {
            format!(
                "{whom} answers with fault {}, {}",
                fault.code(),
                fault.string()
            )
        }
        CallError::Unreachable { reason, .. } => format!("{whom} takes no connection ({reason})"),
        CallError::Interrupted { .. } => format!("{whom} closed the connection before answering"),
        CallError::TimedOut { after, .. } => {
            format!("{whom} did not answer within {} s", after.as_secs())
        }
        CallError::Unexpected { reason, .. } => {
            format!("{whom} does not answer as expected ({reason})")
        }
        CallError::Status { status, .. } => {
            format!("{whom} does not answer as expected (HTTP status {status})")
        }
        CallError::Unsendable(character) => {
            format!(
                "The character U+{:04X} cannot be sent",
                u32::from(*character)
            )
        }
    }
}

fn nothing(found: &DiscoveryError) -> String {
    match found {
        DiscoveryError::BinderSilent { binder, reason } => format!(
            "{}. Start \"{}\", or name another with --binder.",
            call(&format!("The binder at {binder}"), reason),
            command(Program::Binder, "")
        ),
        DiscoveryError::NotABinder { address } => format!(
            "{address} is a chat server, not a binder. Name the binder with --binder (its usual port \
             is {}).",
            protocol::binder::PORT
        ),
        DiscoveryError::NoChatServer { binder, dialect } => {
            let kind = match dialect {
                Dialect::Classic => "",
                Dialect::Accounts => " with accounts",
            };
            format!(
                "The binder at {binder} knows no chat server{kind}. Start \"{}\".",
                command(Program::ChatServer, &format!("--binder {binder}"))
            )
        }
        DiscoveryError::ChatServerSilent {
            binder,
            chat_server,
            reason,
        } => {
            let whom =
                format!("The chat server at {chat_server}, named by the binder at {binder},");
            format!(
                "{}. Start \"{}\" again.",
                call(&whom, reason),
                command(Program::ChatServer, &format!("--binder {binder}"))
            )
        }
    }
}

pub(super) fn ended(failure: &failure::Failure) -> String {
    use failure::Failure;
    match failure {
        Failure::Discovery(error) => nothing(error),
        Failure::ChatIsRunning(error) => format!(
            "{} A chat seems to be running already: \"{}\" joins it.",
            listening(error),
            command(Program::ChatClient, "")
        ),
        Failure::PortUnavailable(error) => listening(error),
        Failure::Session(SessionError::OutputGone(error)) => {
            format!("The terminal cannot be written to: {error}.")
        }
        Failure::Session(SessionError::ServerGone(error)) => say(error),
        Failure::Screen(error) => error.to_string(),
        Failure::Data(error) => format!("The chat cannot go on: {}.", error.advising(DATA_FLAG)),
        Failure::Embedded(error) => format!("The embedded chat server cannot start: {error}."),
        Failure::NoStateDirectory(_) => format!(
            "There is no place to keep the chat, neither by XDG_STATE_HOME nor by HOME. Name a directory with \
             {DATA_FLAG} DIR, or use {DATA_FLAG} off to keep it in memory alone."
        ),
        Failure::System(error) => format!("Cannot start: {error}."),
        Failure::Panicked => "The client failed; its log file may say why.".to_owned(),
    }
}

fn listening(error: &ListenError) -> String {
    match error {
        ListenError::Taken {
            endpoint,
            holder,
            flag,
        } => {
            let holder = match holder {
                Holder::Binder => "a binder",
                Holder::ChatServer => "a chat server",
                Holder::XmlRpcServer => "another XML-RPC server",
                Holder::Foreign => "a program that does not belong to the chat",
            };
            format!(
                "{endpoint} is taken by {holder}; stop it, or choose another port with {flag} (0: \
                 any free one)."
            )
        }
        ListenError::Refused {
            endpoint,
            reason,
            flag,
        } => format!("Cannot listen on {endpoint} ({reason}); choose another port with {flag}."),
    }
}
