//! What fails, at which hop, and what to start.

use chat_server::OpenError;
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
            "{}. Inicie «{}», ou indique outro com --binder.",
            call(&format!("O binder em {binder}"), reason),
            command(Program::Binder, "")
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
                "O binder em {binder} não conhece nenhum servidor de chat{kind}. Inicie «{}».",
                command(Program::ChatServer, &format!("--binder {binder}"))
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
                "{}. Inicie «{}» de novo.",
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
            "{} Parece que um chat já está no ar: «{}» entra nele.",
            listening(error),
            command(Program::ChatClient, "")
        ),
        Failure::PortUnavailable(error) => listening(error),
        Failure::Session(SessionError::OutputGone(error)) => {
            format!("Não é possível escrever no terminal: {error}.")
        }
        Failure::Session(SessionError::ServerGone(error)) => say(error),
        Failure::Screen(error) => error.to_string(),
        Failure::Data(error) => data(error),
        Failure::Embedded(error) => format!("O servidor de chat não pode iniciar: {error}."),
        Failure::NoStateDirectory(_) => format!(
            "Nem XDG_STATE_HOME nem HOME diz onde guardar o chat. Indique um diretório com {DATA_FLAG} DIR, ou \
             use {DATA_FLAG} off para deixar o chat só na memória."
        ),
        Failure::System(error) => format!("Não é possível iniciar: {error}."),
        Failure::Panicked => "O cliente falhou; o arquivo de log talvez diga por quê.".to_owned(),
    }
}

fn data(error: &OpenError) -> String {
    let choose = format!("escolha outro diretório com {DATA_FLAG} DIR");
    match error {
        OpenError::Unusable { directory, reason } => format!(
            "Não é possível guardar o chat em {}: {reason}; {choose}, ou use {DATA_FLAG} off para deixar o chat \
             só na memória.",
            directory.display()
        ),
        OpenError::InUse { directory } => format!(
            "{} está em uso por outro servidor de chat; encerre-o, ou {choose}.",
            directory.display()
        ),
        OpenError::Foreign { directory } => format!(
            "O que está em {} não é de um chat; {choose}.",
            directory.display()
        ),
        OpenError::Newer { directory, what } => format!(
            "{} foi escrito por uma versão mais nova deste programa ({what}); use essa versão, ou {choose}.",
            directory.display()
        ),
        OpenError::Damaged { directory, what } => format!(
            "O registro do chat em {} está danificado: {what}; restaure uma cópia do diretório, ou tire-o dali \
             para começar com um chat vazio.",
            directory.display()
        ),
        OpenError::Missing { directory } => format!("Não há chat em {}.", directory.display()),
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
                Holder::Binder => "um binder",
                Holder::ChatServer => "um servidor de chat",
                Holder::XmlRpcServer => "outro servidor XML-RPC",
                Holder::Foreign => "um programa que não é do chat",
            };
            format!(
                "{endpoint} está em uso por {holder}; encerre-o, ou escolha outra porta com {flag} \
                 (0: uma livre)."
            )
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
