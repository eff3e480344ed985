//! What the server answers in words. Clients print these texts and scripts compare them, so they are
//! the original's to the letter, with accents where it has them and without where it has not.

/// `register_user`: done.
pub const USER_REGISTERED: &str = "Usuário registrado com sucesso.";
/// `register_user`: the fault by which clients know that they must ask for another name.
pub const NAME_TAKEN: &str = "O nome de usuário já está em uso. Escolha outro.";
/// `unregister_user`: done.
pub const USER_UNREGISTERED: &str = "Usuário desconectado com sucesso.";
/// `unregister_user`: nobody has that name.
pub const USER_NOT_FOUND: &str = "Usuário não encontrado.";
/// `create_room`: the name is taken.
pub const ROOM_EXISTS: &str = "Sala já existe.";
/// `join_room`: nobody has that name.
pub const USER_NOT_REGISTERED: &str = "Usuário não registrado.";
/// `join_room`, `send_message`: there is no such room.
pub const NO_SUCH_ROOM: &str = "Sala não existe.";
/// `send_message`: done.
pub const MESSAGE_SENT: &str = "Mensagem enviada.";
/// `send_message`: the sender is somewhere else.
pub const USER_NOT_IN_ROOM: &str = "Usuário não está na sala.";
/// `send_message`: nobody is there to read it.
pub const ALONE_IN_ROOM: &str = "Você está sozinho na sala";
/// `list_users`: no room exists at all.
pub const NO_ROOMS_YET: &str = "Nenhuma sala criada ainda.";
/// `list_users`: rooms exist, but not this one.
pub const ROOM_NOT_FOUND: &str = "Sala não encontrada.";

/// `register_user`, as a fault: the server has as many users as it takes.
pub const TOO_MANY_USERS: &str = "Limite de usuários atingido. Tente mais tarde.";
/// `create_room`, as a fault: the server has as many rooms as it takes.
pub const TOO_MANY_ROOMS: &str = "Limite de salas atingido. Tente mais tarde.";

/// `leave_room`: done.
pub fn room_left(room: &str) -> String {
    format!("Usuário saiu da sala '{room}'.")
}

/// `create_room`: done.
pub fn room_created(room: &str) -> String {
    format!("Sala '{room}' criada.")
}

/// `send_message`: the recipient is not in the room.
pub fn recipient_not_found(name: &str) -> String {
    format!("Usuario {name} não encontrado")
}

/// A name that no user can have, with the reason.
pub fn invalid_username(reason: &str) -> String {
    format!("Nome de usuário inválido: {reason}")
}

/// A name that no room can have, with the reason.
pub fn invalid_room_name(reason: &str) -> String {
    format!("Nome de sala inválido: {reason}")
}

/// A text that cannot be sent, with the reason.
pub fn invalid_message(reason: &str) -> String {
    format!("Mensagem inválida: {reason}")
}
