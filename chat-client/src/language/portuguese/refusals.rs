//! What servers refuse.

use protocol::fault::text_without_class;
use protocol::refusal::Refusal;

pub(super) fn say(why: &Refusal, words: &str) -> String {
    match why {
        Refusal::NameTaken => "Esse nome já está em uso; escolha outro.".to_owned(),
        Refusal::WrongPassword => "A senha não é essa.".to_owned(),
        Refusal::TooManyAttempts { seconds } => {
            format!("Muitas tentativas com senha errada; tente de novo em {seconds} s.")
        }
        Refusal::TooManyLogins => {
            "Muitas pessoas estão entrando agora; tente de novo em instantes.".to_owned()
        }
        Refusal::CannotWriteNow => {
            "O servidor não consegue gravar agora; nada foi guardado. Tente mais tarde.".to_owned()
        }
        Refusal::UnknownWhetherWritten => {
            "O servidor não consegue mais gravar; não se sabe se isto foi guardado.".to_owned()
        }
        Refusal::TooManyUsers => "O servidor está cheio; tente mais tarde.".to_owned(),
        Refusal::TooManyRooms => "O servidor não aceita mais salas.".to_owned(),
        Refusal::NotRegistered => {
            "O servidor não conhece mais você; saia e entre de novo.".to_owned()
        }
        Refusal::RoomExists => "Essa sala já existe; entre nela com «join».".to_owned(),
        Refusal::NoSuchRoom => {
            "Essa sala não existe; «list» mostra as que há, «create» cria uma.".to_owned()
        }
        Refusal::NotInRoom => "Você não está mais na sala; entre de novo com «join».".to_owned(),
        Refusal::AloneInRoom => "Você está sozinho na sala.".to_owned(),
        Refusal::RecipientNotInRoom { name } => {
            format!("{name} não está na sala; «users» mostra quem está.")
        }
        Refusal::InvalidUsername { .. } | Refusal::InvalidRoomName { .. } => {
            "Esse nome não serve: de 1 a 64 caracteres, sem espaço no começo ou no fim.".to_owned()
        }
        Refusal::InvalidMessage { .. } => {
            "Essa mensagem não serve: ela está vazia ou é longa demais (até 16 KiB).".to_owned()
        }
        Refusal::Other => format!("O servidor responde: {}", text_without_class(words)),
    }
}
