//! The texts of this dialect's faults, identical to the original's: clients print them.

pub use crate::classic::texts::{TOO_MANY_FROM_ADDRESS, TOO_MANY_ROOMS, TOO_MANY_USERS};

/// `login_user`: wrong password.
pub const WRONG_PASSWORD: &str = "Senha incorreta.";
/// `register_user`, `login_user`: the server is busy with other logins.
pub const BUSY: &str = "Muitos logins ao mesmo tempo. Tente de novo em instantes.";
/// `login_user`: too many wrong passwords were tried for this name.
pub fn too_many_attempts(seconds: u64) -> String {
    format!("Muitas tentativas com senha errada. Tente de novo em {seconds} s.")
}

/// `register_user`, `login_user`: too many accounts were created from this address.
pub fn too_many_new_accounts(seconds: u64) -> String {
    format!("Muitas contas novas deste endereço. Tente de novo em {seconds} s.")
}

/// Any call of an account from an address from which it has not logged in.
pub fn login_first(user: &str) -> String {
    format!(
        "A conta '{user}' não fez login a partir deste endereço. Faça login (login_user) e tente de novo."
    )
}

/// `register_user`: the name is taken, in either dialect.
pub fn name_taken(user: &str) -> String {
    format!("Nome de usuário '{user}' já está em uso.")
}

/// `create_room`: the name is taken.
pub fn room_exists(room: &str) -> String {
    format!("Já existe uma sala com o nome '{room}'.")
}

/// There is no such room.
pub fn no_such_room(room: &str) -> String {
    format!("A sala '{room}' não existe.")
}

/// There is no such account.
pub fn user_not_registered(user: &str) -> String {
    format!("Usuário '{user}' não registrado.")
}

/// `send_message`: the sender is not in the room.
pub fn user_not_in_room(user: &str, room: &str) -> String {
    format!("Usuário '{user}' não está na sala '{room}'.")
}

/// `send_message`: the recipient is not in the room.
pub fn recipient_not_in_room(name: &str) -> String {
    format!("O usuário '{name}' não está na sala.")
}
