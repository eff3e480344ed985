//! The client's own words: the original's to the letter, and without accents as it has them, so that
//! scripts that compare transcripts see no difference.

/// Asks for the name to be known by.
pub const ASK_USERNAME: &str = "Digite seu username: ";
/// Asks for the next command.
pub const ASK_COMMAND: &str = "Use um comando (create, join, send, list, users, exit): ";
/// Asks which room to create or to join.
pub const ASK_ROOM: &str = "Nome da sala: ";
/// Asks what to send.
pub const ASK_MESSAGE: &str = "Mensagem: ";
/// Asks whom to send it to; an empty answer means everybody.
pub const ASK_RECIPIENT: &str = "Usuario(se quiser mensagem privada): ";

/// The name cannot be had.
pub const CHOOSE_ANOTHER: &str = "Por favor, escolha outro username.";
/// The line was no command.
pub const UNKNOWN_COMMAND: &str =
    "Comando desconhecido. Use um dos seguintes: create, join, send, list, users, exit.";
/// The command needs a room.
pub const NOT_IN_A_ROOM: &str = "Voce nao esta em nenhuma sala.";
/// Above the history of a room.
pub const LAST_MESSAGES: &str = "Ultimas mensagens:";
/// Above the names of the rooms.
pub const ROOMS: &str = "Salas existentes:";
/// The last words.
pub const LEAVING: &str = "Desconectando o Cliente...";
/// The server has not answered for a while. The original has no such text: it ends there.
pub const SERVER_SILENT: &str = "O servidor nao responde; tentando de novo.";
/// The server answers again.
pub const SERVER_BACK: &str = "O servidor voltou a responder.";

/// One is in the room now.
#[must_use]
pub fn joined(room: &str) -> String {
    format!("Voce entrou na sala '{room}'.")
}

/// Above the names of a room's users.
#[must_use]
pub fn users_of(room: &str) -> String {
    format!("Usuarios na sala: '{room}':")
}

/// Something went wrong.
#[must_use]
pub fn error(text: &str) -> String {
    format!("Erro: {text}")
}

/// A message of the history.
#[must_use]
pub fn past_message(timestamp: &str, origin: &str, content: &str) -> String {
    format!("[{timestamp}] {origin} -> {content}")
}

/// A message that arrives.
#[must_use]
pub fn arriving_message(timestamp: &str, origin: &str, content: &str) -> String {
    format!("[{timestamp}] {origin}: {content}")
}
