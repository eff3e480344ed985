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
                " Pode ter sido feito ou não."
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
            format!("O servidor em {server} é um original e não tem {method}.")
        }
        Failure::SignedOut => "Você não está mais no chat; saia e entre de novo.".to_owned(),
    }
}

fn call(error: &CallError) -> String {
    match error {
        CallError::Fault(fault) => {
            format!(
                "o servidor responde com a falha {}, {}",
                fault.code(),
                fault.string()
            )
        }
        CallError::Unreachable { server, reason } => {
            format!("{server} não aceita conexões ({reason})")
        }
        CallError::Interrupted { server, .. } => {
            format!("a conexão com {server} caiu antes da resposta")
        }
        CallError::TimedOut { server, after } => {
            format!("{server} não respondeu em {} s", after.as_secs())
        }
        CallError::Unexpected { server, reason } => {
            format!("{server} não respondeu como se espera ({reason})")
        }
        CallError::Unsendable(character) => {
            format!(
                "o caractere U+{:04X} não pode ser enviado",
                u32::from(*character)
            )
        }
    }
}

fn found_nothing(error: &DiscoveryError) -> String {
    match error {
        DiscoveryError::BinderSilent { binder, reason } => format!(
            "Não há binder em {binder}: {}. Inicie «binder», ou indique outro com --binder.",
            call(reason)
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
        } => format!(
            "O servidor de chat não responde em {chat_server}, onde o binder em {binder} diz que \
             está: {}. Inicie «chat-server --binder {binder}» de novo.",
            call(reason)
        ),
    }
}

pub(super) fn ended(failure: &failure::Failure) -> String {
    use failure::Failure;
    match failure {
        Failure::Discovery(error) => found_nothing(error),
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
