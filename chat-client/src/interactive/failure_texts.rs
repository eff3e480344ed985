//! Failures and refusals in words: which hop failed, why, and what to start.

use chat_server::OpenError;
use program::{Holder, ListenError};
use protocol::binder::UpstreamFailure;
use protocol::fault::text_without_class;
use protocol::refusal::Refusal;
use rpc::CallError;

use super::language::{Language, both, table};
use crate::failure::{self, DATA_FLAG};
use crate::invocation::{Program, command};
use crate::network::{
    Dialect, DiscoveryError, Failure, in_other_dialect, start_binder, start_chat_server,
};
use crate::plain::SessionError;

pub(super) fn failed(language: Language, failure: &Failure) -> String {
    let reason = reason(language, failure);
    let Failure::Unanswered {
        procedure,
        error,
        search,
    } = failure
    else {
        return reason;
    };
    let next = if failure.outcome_unknown() {
        both!(
            language,
            " It may have been done or not.",
            " Pode ter sido feito ou não."
        )
    } else if search.is_none() && error.server().is_some() {
        both!(language, " Try again.", " Tente de novo.")
    } else {
        String::new()
    };
    let method = procedure.name;
    both!(
        language,
        "\"{method}\" failed. {reason}{next}",
        "«{method}» falhou. {reason}{next}"
    )
}

/// Why it failed, whatever was to be done.
pub(super) fn reason(language: Language, failure: &Failure) -> String {
    match failure {
        Failure::Refused(refused) => refusal(language, &refused.why, &refused.text),
        Failure::Unanswered { error, search, .. } => {
            let server = table! { language, match error.server();
                Some(server) => "The chat server at {server}", "O servidor de chat em {server}";
                None => "The chat server", "O servidor de chat";
            };
            match search.as_deref() {
                Some(search) if search.is_about(error) => discovery(language, search),
                Some(search) => {
                    let call = call(language, &server, error);
                    format!("{call}. {}", discovery(language, search))
                }
                None => call(language, &server, error) + ".",
            }
        }
        Failure::NotOffered { server, method } => both!(
            language,
            "The server at {server} is an original and does not have {method}.",
            "O servidor em {server} é um original e não tem {method}."
        ),
        Failure::SignedOut => both!(
            language,
            "You are not in the chat any more; leave and come back.",
            "Você não está mais no chat; saia e entre de novo."
        ),
    }
}

/// The outcome of a call to `server`.
fn call(language: Language, server: &str, error: &CallError) -> String {
    table! { language, match error;
        CallError::Fault(fault), code = fault.code(), text = fault.string() =>
            "{server} answers with fault {code}, {text}",
            "{server} responde com a falha {code}, {text}";
        CallError::Unreachable { reason, .. } =>
            "{server} takes no connection ({reason})",
            "{server} não aceita conexões ({reason})";
        CallError::Interrupted { .. } =>
            "{server} closed the connection before answering",
            "{server} fechou a conexão antes de responder";
        CallError::TimedOut { after, .. }, seconds = after.as_secs() =>
            "{server} did not answer within {seconds} s",
            "{server} não respondeu em {seconds} s";
        CallError::Unexpected { reason, .. } =>
            "{server} does not answer as expected ({reason})",
            "{server} não respondeu como se espera ({reason})";
        // What a binder that passes calls on answers when it has reached no server.
        CallError::Status { status: 503, .. } =>
            "{server} is reached through another program, which finds no server there (HTTP status 503)",
            "{server} é alcançado por outro programa, que não encontra servidor ali (HTTP status 503)";
        CallError::Status { status, .. } =>
            "{server} does not answer as expected (HTTP status {status})",
            "{server} não respondeu como se espera (HTTP status {status})";
        CallError::Unsendable(character), code = u32::from(*character) =>
            "The character U+{code:04X} cannot be sent",
            "O caractere U+{code:04X} não pode ser enviado";
    }
}

fn discovery(language: Language, error: &DiscoveryError) -> String {
    let kind = |dialect: &Dialect| {
        table! { language, match dialect;
            Dialect::Classic => "", "";
            Dialect::Accounts => " with accounts", " com contas";
        }
    };
    let kinds = |wanted: &Dialect| {
        table! { language, match wanted;
            Dialect::Classic => "without accounts, but one with accounts",
                "sem contas, mas conhece um com contas";
            Dialect::Accounts => "with accounts, but one without",
                "com contas, mas conhece um sem contas";
        }
    };
    let binder_at = |binder| both!(language, "The binder at {binder}", "O binder em {binder}");
    let named_by = |chat_server, binder| {
        both!(
            language,
            "The chat server at {chat_server}, named by the binder at {binder},",
            "O servidor de chat em {chat_server}, indicado pelo binder em {binder},"
        )
    };
    table! { language, match error;
        DiscoveryError::BinderSilent { binder, reason },
            call = call(language, &binder_at(binder), reason), start = start_binder(binder) =>
            "{call}. Start \"{start}\", or name another with --binder.",
            "{call}. Inicie «{start}», ou indique outro com --binder.";
        DiscoveryError::NotABinder { address }, port = protocol::binder::PORT =>
            "{address} is a chat server, not a binder. Name the binder with --binder (its usual port is {port}).",
            "{address} é um servidor de chat, não um binder. Indique o binder com --binder (a porta de costume é \
             {port}).";
        DiscoveryError::Upstream { binder, failure: UpstreamFailure::Silent } =>
            "The binder at {binder} answers and knows no chat server itself, and the binder that it asks (its \
             --upstream) does not answer. Start that one, or check the address in --upstream.",
            "O binder em {binder} responde, mas não conhece nenhum servidor de chat, e o binder que ele consulta (o \
             seu --upstream) não responde. Inicie esse outro, ou confira o endereço em --upstream.";
        DiscoveryError::Upstream { binder, failure: UpstreamFailure::Circle } =>
            "The binder at {binder} answers and knows no chat server itself, and it asks others that ask it in turn. \
             Let one of them run without --upstream.",
            "O binder em {binder} responde, mas não conhece nenhum servidor de chat, e consulta outros que consultam \
             a ele. Deixe um deles sem --upstream.";
        DiscoveryError::NoChatServer { binder, dialect },
            kind = kind(dialect), start = start_chat_server(binder) =>
            "The binder at {binder} knows no chat server{kind}. Start \"{start}\".",
            "O binder em {binder} não conhece nenhum servidor de chat{kind}. Inicie «{start}».";
        DiscoveryError::OtherDialect { binder, wanted },
            kinds = kinds(wanted), start = in_other_dialect(wanted, binder) =>
            "The binder at {binder} knows no chat server {kinds}. Start \"{start}\".",
            "O binder em {binder} não conhece nenhum servidor de chat {kinds}. Inicie «{start}».";
        DiscoveryError::NotAnAddress { binder, length } =>
            "The binder at {binder} does not say where the chat server is: its answer to a look-up, of {length} \
             characters, is not an address. Name another one with --binder.",
            "O binder em {binder} não diz onde está o servidor de chat: a resposta dele à consulta, de {length} \
             caracteres, não é um endereço. Indique outro com --binder.";
        DiscoveryError::ChatServerSilent { binder, chat_server, reason: reason @ CallError::Status { status: 503, .. } },
            call = call(language, &named_by(chat_server, binder), reason),
            list = command(Program::Binder, &format!("list --binder {binder}")) =>
            "{call}. Start the server again that is registered there; \"{list}\" shows which.",
            "{call}. Inicie de novo o servidor registrado ali; «{list}» mostra qual.";
        DiscoveryError::ChatServerSilent { binder, chat_server, reason },
            call = call(language, &named_by(chat_server, binder), reason), start = start_chat_server(binder) =>
            "{call}. Start \"{start}\" again.",
            "{call}. Inicie «{start}» de novo.";
    }
}

pub(super) fn ended(language: Language, failure: &failure::Failure) -> String {
    use failure::Failure;
    table! { language, match failure;
        Failure::Discovery(error), text = discovery(language, error) => "{text}", "{text}";
        Failure::ChatIsRunning(error),
            taken = listening(language, error), join = command(Program::ChatClient, "") =>
            "{taken} A chat seems to be running already: \"{join}\" joins it.",
            "{taken} Parece que um chat já está no ar: «{join}» entra nele.";
        Failure::PortUnavailable(error), text = listening(language, error) => "{text}", "{text}";
        Failure::Session(SessionError::OutputGone(error)) =>
            "The terminal cannot be written to: {error}.",
            "Não é possível escrever no terminal: {error}.";
        Failure::Session(SessionError::ServerGone(error)), text = failed(language, error) => "{text}", "{text}";
        Failure::Screen(error) => "{error}", "{error}";
        Failure::Data(error), text = data(language, error) => "{text}", "{text}";
        Failure::Embedded(error) =>
            "The embedded chat server cannot start: {error}.",
            "O servidor de chat não pode iniciar: {error}.";
        Failure::NoStateDirectory(_) =>
            "There is no place to keep the chat, neither by XDG_STATE_HOME nor by HOME. Name a directory with \
             {DATA_FLAG} DIR, or use {DATA_FLAG} off to keep it in memory alone.",
            "Nem XDG_STATE_HOME nem HOME diz onde guardar o chat. Indique um diretório com {DATA_FLAG} DIR, ou \
             use {DATA_FLAG} off para deixar o chat só na memória.";
        Failure::System(error) => "Cannot start: {error}.", "Não é possível iniciar: {error}.";
        Failure::Panicked =>
            "The client failed; its log file may say why.",
            "O cliente falhou; o arquivo de log talvez diga por quê.";
    }
}

fn listening(language: Language, error: &ListenError) -> String {
    let holder = |holder: &Holder| {
        table! { language, match holder;
            Holder::Binder => "a binder", "um binder";
            Holder::ChatServer => "a chat server", "um servidor de chat";
            Holder::XmlRpcServer => "another XML-RPC server", "outro servidor XML-RPC";
            Holder::Foreign =>
                "a program that does not belong to the chat",
                "um programa que não é do chat";
        }
    };
    table! { language, match error;
        ListenError::Taken { endpoint, holder: by, flag }, holder = holder(by) =>
            "{endpoint} is taken by {holder}; stop it, or choose another port with {flag} (0: any free one).",
            "{endpoint} está em uso por {holder}; encerre-o, ou escolha outra porta com {flag} (0: uma livre).";
        ListenError::Refused { endpoint, reason, flag } =>
            "Cannot listen on {endpoint} ({reason}); choose another port with {flag}.",
            "Não é possível escutar em {endpoint} ({reason}); escolha outra porta com {flag}.";
    }
}

/// The character that a name must not have, as a server names it in its reason: `U+200B`.
fn character(reason: &str) -> Option<&str> {
    let (_, code) = reason.rsplit_once("U+")?;
    let is_code = (4..=6).contains(&code.len()) && code.bytes().all(|c| c.is_ascii_hexdigit());
    let start = reason.len().checked_sub(code.len() + 2)?;
    is_code.then(|| reason.get(start..)).flatten()
}

fn invalid_name(language: Language, reason: &str) -> String {
    table! { language, match character(reason);
        Some(character) =>
            "That name cannot be used: it has the invisible character {character}.",
            "Esse nome não serve: ele contém o caractere invisível {character}.";
        None =>
            "That name cannot be used: 1 to 64 characters, no space at the beginning or the end.",
            "Esse nome não serve: de 1 a 64 caracteres, sem espaço no começo ou no fim.";
    }
}

pub(super) fn refusal(language: Language, why: &Refusal, words: &str) -> String {
    table! { language, match why;
        Refusal::NameTaken =>
            "That name is taken; choose another.",
            "Esse nome já está em uso; escolha outro.";
        Refusal::WrongPassword => "That is not the password.", "A senha não é essa.";
        Refusal::TooManyAttempts { seconds } =>
            "Too many wrong passwords; try again in {seconds} s.",
            "Muitas tentativas com senha errada; tente de novo em {seconds} s.";
        Refusal::TooManyNewAccounts { seconds } =>
            "Too many new accounts from this address; try again in {seconds} s.",
            "Muitas contas novas deste endereço; tente de novo em {seconds} s.";
        Refusal::LoginFirst =>
            "You have not signed in from this address; leave and come back.",
            "Você não entrou a partir deste endereço; saia e entre de novo.";
        Refusal::TooManyLogins =>
            "Too many people are coming in right now; try again in a moment.",
            "Muitas pessoas estão entrando agora; tente de novo em instantes.";
        Refusal::CannotWriteNow =>
            "The server cannot write at present; nothing was stored. Try again later.",
            "O servidor não consegue gravar agora; nada foi guardado. Tente mais tarde.";
        Refusal::UnknownWhetherWritten =>
            "The server could not confirm that it has written this; it may or may not have been stored.",
            "O servidor não confirmou a gravação; não se sabe se isto foi guardado.";
        Refusal::TooManyUsers =>
            "The server is full; try again later.",
            "O servidor está cheio; tente mais tarde.";
        Refusal::TooManyRooms =>
            "The server takes no more rooms.",
            "O servidor não aceita mais salas.";
        Refusal::TooManyFromAddress =>
            "The server takes no more from this machine's address; those who run it can change that.",
            "O servidor não aceita mais deste endereço; quem o administra pode mudar isso.";
        Refusal::NotRegistered =>
            "The server does not know you any more; leave and come back.",
            "O servidor não conhece mais você; saia e entre de novo.";
        Refusal::RoomExists =>
            "That room exists already; enter it with \"join\".",
            "Essa sala já existe; entre nela com «join».";
        Refusal::NoSuchRoom =>
            "There is no such room; \"list\" shows which there are, \"create\" makes one.",
            "Essa sala não existe; «list» mostra as que há, «create» cria uma.";
        Refusal::NotInRoom =>
            "You are not in the room any more; enter it again with \"join\".",
            "Você não está mais na sala; entre de novo com «join».";
        Refusal::AloneInRoom => "You are alone in the room.", "Você está sozinho na sala.";
        Refusal::RecipientNotInRoom { name } =>
            "{name} is not in the room; \"users\" shows who is.",
            "{name} não está na sala; «users» mostra quem está.";
        Refusal::InvalidUsername { reason } | Refusal::InvalidRoomName { reason },
            said = invalid_name(language, reason) => "{said}", "{said}";
        Refusal::InvalidMessage { .. } =>
            "That message cannot be sent: it is empty or too long (16 KiB at most).",
            "Essa mensagem não serve: ela está vazia ou é longa demais (até 16 KiB).";
        Refusal::Other, words = text_without_class(words) =>
            "The server says: {words}",
            "O servidor responde: {words}";
    }
}

/// Why the log of the embedded chat cannot be used.
fn data(language: Language, error: &OpenError) -> String {
    if language == Language::English {
        return format!("The chat cannot go on: {}.", error.advising(DATA_FLAG));
    }
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
        OpenError::Unappliable {
            directory,
            position,
            kind,
        } => format!(
            "Esta versão do programa falha na entrada {position} ({kind}) do registro do chat em {}; guarde o \
             diretório, relate o erro e use outra versão, ou {choose}.",
            directory.display()
        ),
        OpenError::Missing { directory } => format!("Não há chat em {}.", directory.display()),
    }
}
