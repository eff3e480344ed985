//! The client's own words: the original's to the letter, and without accents as it has them, so that
//! scripts that compare transcripts see no difference.

use crate::network::{Dialect, Message, Restored};

pub const ASK_USERNAME: &str = "Digite seu username: ";
pub const ASK_PASSWORD: &str = "Digite sua senha: ";
pub const ASK_ROOM: &str = "Nome da sala: ";
pub const ASK_MESSAGE: &str = "Mensagem: ";
/// An empty answer means everybody.
pub const ASK_RECIPIENT: &str = "Usuario(se quiser mensagem privada): ";

pub const CHOOSE_ANOTHER: &str = "Por favor, escolha outro username.";
pub const LOGGED_IN: &str = "Login realizado com sucesso.";
pub const NOT_IN_A_ROOM: &str = "Voce nao esta em nenhuma sala.";
pub const LAST_MESSAGES: &str = "Ultimas mensagens:";
pub const ROOMS: &str = "Salas existentes:";
pub const LEAVING: &str = "Desconectando o Cliente...";
/// The server has not answered for a while. The original has no such text: it ends there.
pub const SERVER_SILENT: &str = "O servidor nao responde; tentando de novo.";
pub const SERVER_BACK: &str = "O servidor voltou a responder.";

/// The password is not UTF-8; it is not shown.
pub const PASSWORD_NOT_UTF8: &str = "Erro: a senha nao e UTF-8.";

pub const NOT_SENT: &str = "A mensagem nao foi enviada.";

pub fn ask_command(dialect: Dialect) -> String {
    format!("Use um comando ({}): ", commands(dialect))
}

pub fn unknown_command(dialect: Dialect) -> String {
    let commands = commands(dialect);
    format!("Comando desconhecido. Use um dos seguintes: {commands}.")
}

/// Who is in the room that one is in now, as dialect accounts shows it.
pub fn users_there(names: &str) -> String {
    format!("Usuarios: {names}")
}

pub fn left(room: &str) -> String {
    format!("Voce saiu da sala '{room}'.")
}

pub fn joined(room: &str) -> String {
    format!("Voce entrou na sala '{room}'.")
}

pub fn users_of(room: &str) -> String {
    format!("Usuarios na sala: '{room}':")
}

pub fn error(text: &str) -> String {
    format!("Erro: {text}")
}

/// What was typed is not UTF-8. The original's server refuses it, in words about its XML parser.
pub fn not_utf8(shown: &str) -> String {
    error(&format!("isto nao e UTF-8: {shown}."))
}

pub fn past_message(dialect: Dialect, message: &Message) -> String {
    let (origin, text) = (&message.origin, &message.text);
    match dialect {
        Dialect::Classic => format!("[{}] {origin} -> {text}", message.timestamp),
        Dialect::Accounts => arriving_message(dialect, message),
    }
}

pub fn arriving_message(dialect: Dialect, message: &Message) -> String {
    let Message {
        origin,
        recipient,
        text,
        timestamp,
    } = message;
    match (dialect, recipient) {
        (Dialect::Accounts, Some(recipient)) => {
            format!("[{timestamp}] {origin} -> {recipient}: {text}")
        }
        _ => format!("[{timestamp}] {origin}: {text}"),
    }
}

/// The server knows us again, after it had forgotten us or another one has taken its place.
pub fn restored(restored: &Restored) -> String {
    let Restored {
        server,
        moved,
        registered,
        created,
        joined,
    } = restored;
    if restored.is_only_rejoined() {
        return format!("Voce entrou de novo na sala '{}'.", joined.join("', '"));
    }
    let mut text = if *moved {
        format!("O servidor agora esta em {server}")
    } else {
        "O servidor voltou a responder".to_owned()
    };
    if *registered {
        text.push_str("; nome registrado de novo");
    }
    for room in joined {
        let how = if created.contains(room) {
            "criada de novo"
        } else {
            "reencontrada"
        };
        text.push_str(&format!("; sala '{room}' {how}"));
    }
    text + "."
}

pub fn name_gone(reason: &str) -> String {
    error(&format!(
        "seu nome nao pode ser registrado de novo: {reason}"
    ))
}

pub fn room_gone(room: &str, reason: &str) -> String {
    error(&format!(
        "nao ha como voltar para a sala '{room}': {reason}"
    ))
}

/// Commands as the original client of the dialect lists them.
const fn commands(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Classic => "create, join, send, list, users, exit",
        Dialect::Accounts => "create, join, send, list, users, leave, exit",
    }
}
