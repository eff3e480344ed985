//! What fails, at which hop, and what to start.

use program::ListenError;
use rpc::CallError;

use crate::failure;
use crate::network::{Dialect, DiscoveryError, Failure};
use crate::session::SessionError;

pub(super) fn say(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refused) => super::refusals::say(&refused.why, &refused.text),
        Failure::Unanswered {
            method,
            error,
            search,
        } => {
            let doubt = if failure.may_have_been_done() {
                " It may have been done or not."
            } else {
                ""
            };
            let search = search
                .as_deref()
                .map(|search| format!(" {}", found_nothing(search)))
                .unwrap_or_default();
            format!("{method}: {}.{doubt}{search}", call(error))
        }
        Failure::NotOffered { server, method } => {
            format!("The server at {server} is an original and does not have {method}.")
        }
        Failure::SignedOut => "You are not in the chat any more; leave and come back.".to_owned(),
    }
}

fn call(error: &CallError) -> String {
    match error {
        CallError::Fault(fault) => {
            format!(
                "the server answers with fault {}, {}",
                fault.code(),
                fault.string()
            )
        }
        CallError::Unreachable { server, reason } => {
            format!("{server} takes no connection ({reason})")
        }
        CallError::Interrupted { server, .. } => {
            format!("the connection to {server} broke before the answer")
        }
        CallError::TimedOut { server, after } => {
            format!("{server} did not answer within {} s", after.as_secs())
        }
        CallError::Unexpected { server, reason } => {
            format!("{server} does not answer as expected ({reason})")
        }
        CallError::Unsendable(character) => {
            format!(
                "the character U+{:04X} cannot be sent",
                u32::from(*character)
            )
        }
    }
}

fn found_nothing(error: &DiscoveryError) -> String {
    match error {
        DiscoveryError::BinderSilent { binder, reason } => format!(
            "There is no binder at {binder}: {}. Start \"binder\", or name another with --binder.",
            call(reason)
        ),
        DiscoveryError::NoChatServer { binder, dialect } => {
            let kind = match dialect {
                Dialect::Classic => "",
                Dialect::Accounts => " with accounts",
            };
            format!(
                "The binder at {binder} knows no chat server{kind}. Start \"chat-server --binder \
                 {binder}\"."
            )
        }
        DiscoveryError::ChatServerSilent {
            binder,
            chat_server,
            reason,
        } => format!(
            "The chat server does not answer at {chat_server}, where the binder at {binder} says it \
             is: {}. Start \"chat-server --binder {binder}\" again.",
            call(reason)
        ),
    }
}

pub(super) fn ended(failure: &failure::Failure) -> String {
    use failure::Failure;
    match failure {
        Failure::Discovery(error) => found_nothing(error),
        Failure::PortTaken(error) => format!(
            "{} A chat seems to be running already: \"chat-client\" without --embedded joins it.",
            listening(error)
        ),
        Failure::PortRefused(error) => listening(error),
        Failure::Session(SessionError::OutputGone(error)) => {
            format!("The terminal cannot be written to: {error}.")
        }
        Failure::Session(SessionError::ServerGone(error)) => say(error),
        Failure::Screen(error) => error.to_string(),
        Failure::System(error) => format!("Cannot start: {error}."),
        Failure::Panicked => "The client failed; its log file may say why.".to_owned(),
    }
}

fn listening(error: &ListenError) -> String {
    match error {
        ListenError::Taken { endpoint, flag, .. } => {
            format!("{endpoint} is taken; choose another port with {flag} (0: any free one).")
        }
        ListenError::Refused {
            endpoint,
            reason,
            flag,
        } => format!("Cannot listen on {endpoint} ({reason}); choose another port with {flag}."),
    }
}
