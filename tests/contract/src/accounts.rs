//! Dialect accounts.

use serde_json::json;

use crate::both::{self, Words};
use crate::table::{
    Row, accounts_message, refusal, room_list, rows, unknown, value, wrong_parameters,
};
use crate::wrong_calls::Method;

const WORDS: Words = Words {
    ana_and_bia_in_a_room,
    sent: || value(json!(null)),
    refused: refusal,
    said: |text| accounts_message("ana", None, text),
};

/// Every method of the dialect with its parameters, and how many of them at the end are optional.
pub const METHODS: &[Method] = &[
    ("register_user", &["username", "password"], 0),
    ("login_user", &["username", "password"], 0),
    ("create_room", &["room_name"], 0),
    ("join_room", &["username", "room_name"], 0),
    (
        "send_message",
        &["username", "room_name", "message", "recipient"],
        1,
    ),
    ("receive_messages", &["username", "room_name"], 0),
    ("list_rooms", &[], 0),
    ("list_users", &["room_name"], 0),
    ("leave_room", &["room_name", "username"], 0),
    ("is_user_in_room", &["username", "room_name"], 0),
];

/// Every method answers as the original does, to the letter.
pub fn methods() -> Vec<Row> {
    [users(), rooms(), messages(), leaving()]
        .into_iter()
        .flatten()
        .collect()
}

fn users() -> Vec<Row> {
    rows! {
        "register_user takes a free name" / "register_user aceita um nome livre":
            register_user("ana", "senha de ana") => value(json!(true));
        "register_user refuses a taken name, whatever the password" / "register_user recusa um nome em uso, seja qual for a senha":
            register_user("ana", "senha de ana")
            => refusal("Nome de usuário 'ana' já está em uso.");
        "register_user distinguishes upper from lower case" / "register_user distingue maiúsculas de minúsculas":
            register_user("Ana", "outra") => value(json!(true));
        "login_user with the right password" / "login_user com a senha certa":
            login_user("ana", "senha de ana") => value(json!(true));
        "login_user again: a second device is welcome" / "login_user de novo: um segundo aparelho é bem-vindo":
            login_user("ana", "senha de ana") => value(json!(true));
        "login_user with another password" / "login_user com outra senha":
            login_user("ana", "senha de bia") => refusal("Senha incorreta.");
        "login_user of an unknown user registers it" / "login_user de um usuário desconhecido o registra":
            login_user("bia", "çedilha & <espaço> ") => value(json!(true));
        "the password is what it was at the first login" / "a senha é a do primeiro login":
            login_user("bia", "çedilha & <espaço>") => refusal("Senha incorreta.");
        "a password keeps its spaces" / "uma senha mantém seus espaços":
            login_user("bia", "çedilha & <espaço> ") => value(json!(true));
        "register_user of a name that login_user registered" / "register_user de um nome que login_user registrou":
            register_user("bia", "x") => refusal("Nome de usuário 'bia' já está em uso.");
    }
}

fn rooms() -> Vec<Row> {
    rows! {
        "list_rooms lists no room before it is created" / "list_rooms não lista a sala antes de criada":
            list_rooms() => room_list([]);
        "list_users of no room" / "list_users de sala nenhuma":
            list_users("geral") => refusal("A sala 'geral' não existe.");
        "join_room looks at the room before the user" / "join_room olha a sala antes do usuário":
            join_room("rui", "geral") => refusal("A sala 'geral' não existe.");
        "create_room creates" / "create_room cria":
            create_room("geral") => value(json!(true));
        "create_room of a room that exists" / "create_room de uma sala que existe":
            create_room("geral") => refusal("Já existe uma sala com o nome 'geral'.");
        "create_room takes any script" / "create_room aceita qualquer escrita":
            create_room("à toa <3 & 'cia'") => value(json!(true));
        "list_rooms is in order of creation" / "list_rooms está na ordem de criação":
            list_rooms() => room_list(["geral", "à toa <3 & 'cia'"]);
        "creating a room does not join it" / "criar uma sala não entra nela":
            list_users("geral") => value(json!([]));
        "join_room of an unregistered name" / "join_room de um nome não registrado":
            join_room("rui", "geral") => refusal("Usuário 'rui' não registrado.");
        "join_room answers users and history" / "join_room responde com usuários e histórico":
            join_room("ana", "geral") => value(json!({"users": ["ana"], "messages": []}));
        "joining twice is not an error" / "entrar duas vezes não é erro":
            join_room("ana", "geral") => value(json!({"users": ["ana"], "messages": []}));
        "a user can be in several rooms" / "um usuário pode estar em várias salas":
            join_room("ana", "à toa <3 & 'cia'") => value(json!({"users": ["ana"], "messages": []}));
        "and is still in the first" / "e continua na primeira":
            is_user_in_room("ana", "geral") => value(json!(true));
        "join_room lists users in order of joining" / "join_room lista os usuários na ordem de entrada":
            join_room("bia", "geral") => value(json!({"users": ["ana", "bia"], "messages": []}));
        "joining again keeps the place among the users" / "entrar de novo mantém o lugar entre os usuários":
            join_room("ana", "geral") => value(json!({"users": ["ana", "bia"], "messages": []}));
        "list_users is in the same order" / "list_users está na mesma ordem":
            list_users("geral") => value(json!(["ana", "bia"]));
        "is_user_in_room of a user in another room" / "is_user_in_room de um usuário em outra sala":
            is_user_in_room("bia", "à toa <3 & 'cia'") => value(json!(false));
        "is_user_in_room of an unregistered name" / "is_user_in_room de um nome não registrado":
            is_user_in_room("rui", "geral") => value(json!(false));
        "is_user_in_room of no room" / "is_user_in_room de sala nenhuma":
            is_user_in_room("ana", "nada") => value(json!(false));
    }
}

fn messages() -> Vec<Row> {
    let said = |text: &str, to| accounts_message("ana", to, text);
    let to_all = [
        said("um", None),
        said("dois", None),
        said("três & <4>", None),
    ];
    let secret = said("segredo", Some("bia"));
    let to_herself = said("não esquecer", Some("ana"));
    rows! {
        "send_message to no room looks at the room before the user" / "send_message a sala nenhuma olha a sala antes do usuário":
            send_message("rui", "nada", "oi") => refusal("A sala 'nada' não existe.");
        "send_message by an unregistered name" / "send_message de um nome não registrado":
            send_message("rui", "geral", "oi") => refusal("Usuário 'rui' não registrado.");
        "send_message without a recipient answers nil" / "send_message sem destinatário responde nil":
            send_message("ana", "geral", "um") => value(json!(null));
        "send_message with an empty recipient" / "send_message com destinatário vazio":
            send_message("ana", "geral", "dois", "") => value(json!(null));
        "send_message with nil for a recipient" / "send_message com nil como destinatário":
            send_message("ana", "geral", "três & <4>", null) => value(json!(null));
        "send_message to one user" / "send_message a um usuário":
            send_message("ana", "geral", "segredo", "bia") => value(json!(null));
        "send_message to oneself" / "send_message a si mesmo":
            send_message("ana", "geral", "não esquecer", "ana") => value(json!(null));
        "a message is stored even when the sender is alone" / "uma mensagem é guardada mesmo com o remetente sozinho":
            send_message("ana", "à toa <3 & 'cia'", "eco") => value(json!(null));
        "and is read there" / "e é lida lá":
            receive_messages("ana", "à toa <3 & 'cia'") => value(json!([said("eco", None)]));
        "receive_messages of no room looks at the room before the user" / "receive_messages de sala nenhuma olha a sala antes do usuário":
            receive_messages("rui", "nada") => refusal("A sala 'nada' não existe.");
        "receive_messages of an unregistered name" / "receive_messages de um nome não registrado":
            receive_messages("rui", "geral") => refusal("Usuário 'rui' não registrado.");
        "receive_messages has the private message for its recipient, oldest first" / "receive_messages tem a mensagem privada para o destinatário, a mais antiga primeiro":
            receive_messages("bia", "geral") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_messages has one's own broadcasts, but not one's private message to another" / "receive_messages tem as próprias mensagens públicas, mas não a privada a outro":
            receive_messages("ana", "geral") => value(json!([to_all[0], to_all[1], to_all[2], to_herself]));
        "receive_messages has the same once more: nothing is used up" / "receive_messages tem o mesmo outra vez: nada se gasta":
            receive_messages("bia", "geral") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_messages has only broadcasts for a user outside the room" / "receive_messages só tem as públicas para um usuário fora da sala":
            receive_messages("Ana", "geral") => value(json!(to_all));
    }
}

fn leaving() -> Vec<Row> {
    rows! {
        "leave_room takes the room first" / "leave_room recebe primeiro a sala":
            leave_room("geral", "ana") => value(json!(true));
        "so it is the room that is looked at first" / "por isso a sala é olhada primeiro":
            leave_room("nada", "rui") => refusal("A sala 'nada' não existe.");
        "leave_room of an unregistered name" / "leave_room de um nome não registrado":
            leave_room("geral", "rui") => refusal("Usuário 'rui' não registrado.");
        "a user who left is not listed" / "quem saiu não é listado":
            list_users("geral") => value(json!(["bia"]));
        "a user who left is in no room of that name" / "quem saiu não está na sala":
            is_user_in_room("ana", "geral") => value(json!(false));
        "leaving twice is not an error" / "sair duas vezes não é erro":
            leave_room("geral", "ana") => value(json!(true));
        "other rooms are not left with it" / "outras salas não são deixadas com ela":
            list_users("à toa <3 & 'cia'") => value(json!(["ana"]));
        "the last user of a room leaves" / "o último usuário de uma sala sai":
            leave_room("geral", "bia") => value(json!(true));
        "an empty room has no users" / "uma sala vazia não tem usuários":
            list_users("geral") => value(json!([]));
        "an empty room is still there" / "uma sala vazia continua lá":
            list_rooms() => room_list(["geral", "à toa <3 & 'cia'"]);
        "a user who left still has the account" / "quem saiu ainda tem a conta":
            login_user("ana", "senha de ana") => value(json!(true));
    }
}

fn ana_and_bia_in_a_room() -> Vec<Row> {
    rows! {
        "ana has an account" / "ana tem uma conta": register_user("ana", "senha") => value(json!(true));
        "bia has an account" / "bia tem uma conta": register_user("bia", "senha") => value(json!(true));
        "a room" / "uma sala": create_room("geral") => value(json!(true));
        "ana joins" / "ana entra": join_room("ana", "geral")
            => value(json!({"users": ["ana"], "messages": []}));
        "bia joins" / "bia entra": join_room("bia", "geral")
            => value(json!({"users": ["ana", "bia"], "messages": []}));
    }
}

/// Sender and recipient have to be in the room.
pub fn membership() -> Vec<Row> {
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "caio has an account" / "caio tem uma conta": login_user("caio", "senha") => value(json!(true));
        "a user outside the room does not send to it" / "quem está fora da sala não envia a ela":
            send_message("caio", "geral", "oi")
            => refusal("Usuário 'caio' não está na sala 'geral'.");
        "nor to one of its users" / "nem a um de seus usuários":
            send_message("caio", "geral", "oi", "ana")
            => refusal("Usuário 'caio' não está na sala 'geral'.");
        "a user outside the room is not sent to in it" / "a quem está fora da sala não se envia nela":
            send_message("ana", "geral", "oi", "caio")
            => refusal("O usuário 'caio' não está na sala.");
        "nor is an unregistered name" / "nem a um nome não registrado":
            send_message("ana", "geral", "oi", "rui")
            => refusal("O usuário 'rui' não está na sala.");
        "nothing of it is stored" / "nada disso é guardado":
            receive_messages("ana", "geral") => value(json!([]));
        "caio joins" / "caio entra": join_room("caio", "geral")
            => value(json!({"users": ["ana", "bia", "caio"], "messages": []}));
        "and leaves" / "e sai": leave_room("geral", "caio") => value(json!(true));
        "a user who has left no longer sends there" / "quem saiu não envia mais lá":
            send_message("caio", "geral", "oi")
            => refusal("Usuário 'caio' não está na sala 'geral'.");
    });
    rows
}

/// A private message is answered to its recipient only.
pub fn privacy() -> Vec<Row> {
    let said = |text: &str, to| accounts_message("ana", to, text);
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "caio has an account" / "caio tem uma conta": login_user("caio", "senha") => value(json!(true));
        "ana sends to all" / "ana envia a todos":
            send_message("ana", "geral", "a todos") => value(json!(null));
        "ana sends to bia" / "ana envia a bia":
            send_message("ana", "geral", "segredo", "bia") => value(json!(null));
        "join_room answers a third user the broadcast alone" / "join_room responde a um terceiro só com a pública":
            join_room("caio", "geral") => value(json!({
                "users": ["ana", "bia", "caio"],
                "messages": [said("a todos", None)],
            }));
        "join_room answers the recipient her private message too" / "join_room responde à destinatária também com a privada":
            join_room("bia", "geral") => value(json!({
                "users": ["ana", "bia", "caio"],
                "messages": [said("a todos", None), said("segredo", Some("bia"))],
            }));
        "the third user polls the broadcast alone" / "o terceiro busca só a pública":
            receive_messages("caio", "geral") => value(json!([said("a todos", None)]));
    });
    rows
}

/// The join answers the last 50 messages.
pub fn last_fifty() -> Vec<Row> {
    both::last_fifty(&WORDS)
}

/// The extension `send_message_once`.
pub fn send_message_once() -> Vec<Row> {
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "send_message_once sends" / "send_message_once envia":
            send_message_once("ana", "geral", "uma vez", "", "1") => value(json!(null));
        "a repeated message_id is answered as the first time" / "um message_id repetido é respondido como da primeira vez":
            send_message_once("ana", "geral", "uma vez", "", "1") => value(json!(null));
        "the same message_id of another user is another message" / "o mesmo message_id de outro usuário é outra mensagem":
            send_message_once("bia", "geral", "eu também", null, "1") => value(json!(null));
        "what was repeated is stored once" / "o que foi repetido é guardado uma vez":
            receive_messages("ana", "geral") => value(json!([
                accounts_message("ana", None, "uma vez"),
                accounts_message("bia", None, "eu também"),
            ]));
        "an empty message_id" / "um message_id vazio":
            send_message_once("ana", "geral", "oi", "", "") => wrong_parameters(&["message_id"]);
    });
    rows
}

/// What the extension `wait_messages` refuses.
pub fn wait_messages() -> Vec<Row> {
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "wait_messages in no room" / "wait_messages em sala nenhuma":
            wait_messages("ana", "nada", "", 0) => refusal("A sala 'nada' não existe.");
        "wait_messages of an unregistered name" / "wait_messages de um nome não registrado":
            wait_messages("rui", "geral", "", 0) => refusal("Usuário 'rui' não registrado.");
        "ana leaves" / "ana sai": leave_room("geral", "ana") => value(json!(true));
        "wait_messages outside the room" / "wait_messages fora da sala":
            wait_messages("ana", "geral", "", 0)
            => refusal("Usuário 'ana' não está na sala 'geral'.");
    });
    rows
}

/// Methods that this dialect does not have.
pub fn unknown_methods() -> Vec<Row> {
    rows! {
        "unregister_user is not of this dialect" / "unregister_user não é deste dialeto":
            unregister_user() => unknown("unregister_user");
        "nor is receive_new_messages" / "nem receive_new_messages":
            receive_new_messages() => unknown("receive_new_messages");
        // The original publishes every method of an object, this endless one among them.
        "nor is monitor_rooms" / "nem monitor_rooms": monitor_rooms() => unknown("monitor_rooms");
    }
}

/// A name that is not allowed is refused with the reason.
pub fn names() -> Vec<Row> {
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(both::names(|name, user, room| {
        vec![
            ("register_user", json!([name, "senha"]), refusal(user)),
            ("login_user", json!([name, "senha"]), refusal(user)),
            ("create_room", json!([name]), refusal(room)),
            ("join_room", json!([name, "geral"]), refusal(user)),
            ("join_room", json!(["ana", name]), refusal(room)),
            ("send_message", json!([name, "geral", "oi"]), refusal(user)),
            ("send_message", json!(["ana", name, "oi"]), refusal(room)),
            ("leave_room", json!([name, "ana"]), refusal(room)),
            ("leave_room", json!(["geral", name]), refusal(user)),
        ]
    }));
    rows.extend(rows! {
        "nothing of what was refused is listed" / "nada do que foi recusado é listado":
            list_rooms() => room_list(["geral"]);
    });
    rows
}

/// A message that is not allowed is refused with the reason.
pub fn texts() -> Vec<Row> {
    both::texts(&WORDS, &[])
}
