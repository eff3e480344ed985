//! What fails, at which hop, and what to start.

use program::ListenError;
use rpc::CallError;

use crate::failure;
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
                " Pode ter sido feito ou não."
            } else if search.is_none() && error.server().is_some() {
                " Tente de novo."
            } else {
                ""
            };
            format!("«{method}» falhou. {reason}{next}")
        }
        Failure::Refused(_) | Failure::NotOffered { .. } | Failure::SignedOut => reason,
    }
}

/// Why it failed, whatever was to be done.
pub(super) fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refused) => super::refusals::say(&refused.why, &refused.text),
        Failure::Unanswered { error, search, .. } => {
            let place = error.server().map(|server| format!(" em {server}"));
            let whom = format!("O servidor de chat{}", place.unwrap_or_default());
            match search.as_deref() {
                Some(found_nothing) if found_nothing.is_about(error) => nothing(found_nothing),
                Some(found_nothing) => {
                    format!("{}. {}", call(&whom, error), nothing(found_nothing))
                }
                None => format!("{}.", call(&whom, error)),
            }
        }
        Failure::NotOffered { server, method } => {
            format!("O servidor em {server} é um original e não tem {method}.")
        }
        Failure::SignedOut => "Você não está mais no chat; saia e entre de novo.".to_owned(),
    }
}

/// What came of a call to `whom`.
fn call(whom: &str, error: &CallError) -> String {
    match error {
        CallError::Fault(fault) => {
            format!(
                "{whom} responde com a falha {}, {}",
                fault.code(),
                fault.string()
            )
        }
        CallError::Unreachable { reason, .. } => {
            format!("{whom} não aceita conexões ({reason})")
        }
        CallError::Interrupted { .. } => format!("{whom} fechou a conexão antes de responder"),
        CallError::TimedOut { after, .. } => {
            format!("{whom} não respondeu em {} s", after.as_secs())
        }
        CallError::Unexpected { reason, .. } => {
            format!("{whom} não respondeu como se espera ({reason})")
        }
        CallError::Status { status, .. } => {
            format!("{whom} não respondeu como se espera (HTTP status {status})")
        }
        CallError::Unsendable(character) => {
            format!(
                "O caractere U+{:04X} não pode ser enviado",
                u32::from(*character)
            )
        }
    }
}

fn nothing(found: &DiscoveryError) -> String {
    match found {
        DiscoveryError::BinderSilent { binder, reason } => format!(
            "{}. Inicie «binder», ou indique outro com --binder.",
            call(&format!("O binder em {binder}"), reason)
        ),
        DiscoveryError::NotABinder { address } => format!(
            "{address} é um servidor de chat, não um binder. Indique o binder com --binder (a porta \
             de costume é {}).",
            protocol::binder::PORT
        ),
        DiscoveryError::NoChatServer { binder, dialect } => {
            let kind = match dialect {
                Dialect::Classic => "",
                Dialect::Accounts => " com contas",
            };
            format!(
                "O binder em {binder} não conhece nenhum servidor de chat{kind}. Inicie \
                 «chat-server --binder {binder}»."
            )
        }
        DiscoveryError::ChatServerSilent {
            binder,
            chat_server,
            reason,
        } => {
            let whom =
                format!("O servidor de chat em {chat_server}, indicado pelo binder em {binder},");
            format!(
                "{}. Inicie «chat-server --binder {binder}» de novo.",
                call(&whom, reason)
            )
        }
    }
}

pub(super) fn ended(failure: &failure::Failure) -> String {
    use failure::Failure;
    match failure {
        Failure::Discovery(error) => nothing(error),
        Failure::PortTaken(error) => format!(
            "{} Parece que um chat já está no ar: «chat-client» sem --embedded entra nele.",
            listening(error)
        ),
        Failure::PortRefused(error) => listening(error),
        Failure::Session(SessionError::OutputGone(error)) => {
            format!("Não é possível escrever no terminal: {error}.")
        }
        Failure::Session(SessionError::ServerGone(error)) => say(error),
        Failure::Screen(error) => error.to_string(),
        Failure::System(error) => format!("Não é possível iniciar: {error}."),
        Failure::Panicked => "O cliente falhou; o arquivo de log talvez diga por quê.".to_owned(),
    }
}

fn listening(error: &ListenError) -> String {
    match error {
        ListenError::Taken { endpoint, flag, .. } => {
            format!("{endpoint} já está em uso; escolha outra porta com {flag} (0: uma livre).")
        }
        ListenError::Refused {
            endpoint,
            reason,
            flag,
        } => format!(
            "Não é possível escutar em {endpoint} ({reason}); escolha outra porta com {flag}."
        ),
    }
}
