//! The server's texts, identical to the original's, with and without accents: clients print them, and
//! scripts compare them.

/// `register_user`: done.
pub const USER_REGISTERED: &str = "Usuário registrado com sucesso.";
/// `register_user`: the fault after which clients ask for another name.
pub const NAME_TAKEN: &str = "O nome de usuário já está em uso. Escolha outro.";
/// `unregister_user`: done.
pub const USER_UNREGISTERED: &str = "Usuário desconectado com sucesso.";
/// `unregister_user`: unknown name.
pub const USER_NOT_FOUND: &str = "Usuário não encontrado.";
/// `create_room`: the name is taken.
pub const ROOM_EXISTS: &str = "Sala já existe.";
/// `join_room`: unknown name.
pub const USER_NOT_REGISTERED: &str = "Usuário não registrado.";
/// `join_room`, `send_message`: there is no such room.
pub const NO_SUCH_ROOM: &str = "Sala não existe.";
/// `send_message`: done.
pub const MESSAGE_SENT: &str = "Mensagem enviada.";
/// `send_message`: the sender is not in the room.
pub const USER_NOT_IN_ROOM: &str = "Usuário não está na sala.";
/// `send_message`: the sender is alone in the room.
pub const ALONE_IN_ROOM: &str = "Você está sozinho na sala";
/// `list_users`: there are no rooms.
pub const NO_ROOMS_YET: &str = "Nenhuma sala criada ainda.";
/// `list_users`: there are rooms, but not this one.
pub const ROOM_NOT_FOUND: &str = "Sala não encontrada.";

/// `register_user`, as a fault: the limit of users is reached.
pub const TOO_MANY_USERS: &str = "Limite de usuários atingido. Tente mais tarde.";
/// Any command, while the server's log cannot be written, such as on a full disk, and after its disk failed.
pub const CANNOT_WRITE_NOW: &str =
    "O servidor não consegue gravar agora. Nada foi guardado; tente mais tarde.";
/// Any command that the server was writing when its log failed.
pub const UNKNOWN_WHETHER_WRITTEN: &str =
    "O servidor não confirmou a gravação. Não se sabe se isto foi guardado.";
/// `create_room`, as a fault: the limit of rooms is reached.
pub const TOO_MANY_ROOMS: &str = "Limite de salas atingido. Tente mais tarde.";

/// `register_user`, `create_room`, as a fault: the address of the caller has as many as one may have.
pub const TOO_MANY_FROM_ADDRESS: &str = "Limite deste endereço atingido. O servidor reserva a metade dos lugares a outros endereços; com --per-address off, não.";

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

/// A name that is not valid for a user, with the reason.
pub fn invalid_username(reason: &str) -> String {
    format!("Nome de usuário inválido: {reason}")
}

/// A name that is not valid for a room, with the reason.
pub fn invalid_room_name(reason: &str) -> String {
    format!("Nome de sala inválido: {reason}")
}

/// A message that is not valid, with the reason.
pub fn invalid_message(reason: &str) -> String {
    format!("Mensagem inválida: {reason}")
}
