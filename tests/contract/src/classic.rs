//! Dialect classic.

mod extensions;

use serde_json::json;

use crate::both::{self, Words};
use crate::renaming::longest_name;
use crate::table::{Answer, Row, message, refusal, room_list, rows, text, value, wrong_parameters};
use crate::wrong_calls::Method;

const WORDS: Words = Words {
    ana_and_bia_in_a_room,
    sent: || text("Mensagem enviada."),
    refused: text,
    said: |content| message("ana", json!(null), content),
};

pub use extensions::{leave_room, send_message_once, wait_messages};

/// Every method of the dialect with its parameters, and how many of them at the end are optional.
pub const METHODS: &[Method] = &[
    ("register_user", &["username"], 0),
    ("unregister_user", &["username"], 0),
    ("create_room", &["room_name"], 0),
    ("join_room", &["username", "room_name"], 0),
    (
        "send_message",
        &["username", "room_name", "message", "recipient"],
        1,
    ),
    ("receive_messages", &["username", "room_name"], 0),
    (
        "receive_new_messages",
        &["username", "room_name", "last_timestamp"],
        0,
    ),
    ("list_rooms", &[], 0),
    ("list_users", &["room_name"], 0),
];

/// Every method answers as the original does, to the letter.
pub fn methods() -> Vec<Row> {
    [
        unknown_users_and_rooms(),
        users_and_rooms(),
        refused_messages(),
        messages(),
        leaving(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn unknown_users_and_rooms() -> Vec<Row> {
    let no_such_room = Answer::NoSuchRoom {
        without_rooms: "Nenhuma sala criada ainda.".to_owned(),
        with_rooms: "Sala não encontrada.".to_owned(),
    };
    rows! {
        "list_users says whether there is no room at all" / "list_users diz se não há sala nenhuma":
            list_users("geral") => no_such_room;
        "list_rooms lists no room before it is created" / "list_rooms não lista a sala antes de criada":
            list_rooms() => room_list([]);
        "receive_messages is an empty list without the room" / "receive_messages é uma lista vazia sem a sala":
            receive_messages("ana", "geral") => value(json!([]));
        "receive_new_messages is an empty list without the room" / "receive_new_messages é uma lista vazia sem a sala":
            receive_new_messages("ana", "geral", "2000-01-01 00:00:00") => value(json!([]));
        "join_room looks at the user before the room" / "join_room olha o usuário antes da sala":
            join_room("ana", "geral") => text("Usuário não registrado.");
        "send_message looks at the room before the user" / "send_message olha a sala antes do usuário":
            send_message("ana", "geral", "oi") => text("Sala não existe.");
        "unregister_user of a name that is not registered" / "unregister_user de um nome não registrado":
            unregister_user("ana") => text("Usuário não encontrado.");
    }
}

fn users_and_rooms() -> Vec<Row> {
    rows! {
        "register_user takes a free name" / "register_user aceita um nome livre":
            register_user("ana") => text("Usuário registrado com sucesso.");
        "register_user refuses a taken name with a fault" / "register_user recusa um nome em uso com um fault":
            register_user("ana") => refusal("O nome de usuário já está em uso. Escolha outro.");
        "register_user distinguishes upper from lower case" / "register_user distingue maiúsculas de minúsculas":
            register_user("Ana") => text("Usuário registrado com sucesso.");
        "register_user takes any script" / "register_user aceita qualquer escrita":
            register_user("José 李 <b>&amp;") => text("Usuário registrado com sucesso.");
        "join_room into no room" / "join_room em sala nenhuma":
            join_room("ana", "geral") => text("Sala não existe.");
        "create_room creates" / "create_room cria":
            create_room("geral") => text("Sala 'geral' criada.");
        "create_room of a room that exists" / "create_room de uma sala que existe":
            create_room("geral") => text("Sala já existe.");
        "create_room takes any script" / "create_room aceita qualquer escrita":
            create_room("à toa <3 & 'cia'") => text("Sala 'à toa <3 & 'cia'' criada.");
        "create_room creates a third one" / "create_room cria uma terceira":
            create_room("abc") => text("Sala 'abc' criada.");
        "list_rooms is in order of creation" / "list_rooms está na ordem de criação":
            list_rooms() => room_list(["geral", "à toa <3 & 'cia'", "abc"]);
        "creating a room does not join it" / "criar uma sala não entra nela":
            list_users("geral") => value(json!([]));
        "list_users of a room that does not exist beside others" / "list_users de uma sala que não existe, havendo outras":
            list_users("nada") => text("Sala não encontrada.");
        "join_room of an unregistered name into an existing room" / "join_room de um nome não registrado em uma sala que existe":
            join_room("rui", "geral") => text("Usuário não registrado.");
        "join_room answers users and history" / "join_room responde com usuários e histórico":
            join_room("ana", "geral") => value(json!({"users": ["ana"], "messages": []}));
    }
}

fn refused_messages() -> Vec<Row> {
    rows! {
        "send_message by an unregistered name" / "send_message de um nome não registrado":
            send_message("rui", "geral", "oi") => text("Usuário não está na sala.");
        "send_message by a user outside the room" / "send_message de um usuário fora da sala":
            send_message("Ana", "geral", "oi") => text("Usuário não está na sala.");
        "send_message alone in the room" / "send_message sozinho na sala":
            send_message("ana", "geral", "oi") => text("Você está sozinho na sala");
        "send_message looks at being alone before the recipient" / "send_message olha se está sozinho antes do destinatário":
            send_message("ana", "geral", "oi", "rui") => text("Você está sozinho na sala");
        "a message without readers is not stored" / "uma mensagem sem leitores não é guardada":
            receive_messages("ana", "geral") => value(json!([]));
        "a second user registers" / "um segundo usuário se registra":
            register_user("bia") => text("Usuário registrado com sucesso.");
        "join_room lists users in order of joining, the caller last" / "join_room lista os usuários na ordem de entrada, quem chama por último":
            join_room("bia", "geral") => value(json!({"users": ["ana", "bia"], "messages": []}));
        "join_room again puts the caller last" / "entrar de novo põe quem chama por último":
            join_room("ana", "geral") => value(json!({"users": ["bia", "ana"], "messages": []}));
        "list_users is in the same order" / "list_users está na mesma ordem":
            list_users("geral") => value(json!(["bia", "ana"]));
        "send_message to an unregistered name" / "send_message a um nome não registrado":
            send_message("ana", "geral", "oi", "rui") => text("Usuario rui não encontrado");
        "send_message to a user who is not in the room" / "send_message a um usuário fora da sala":
            send_message("ana", "geral", "oi", "Ana") => text("Usuario Ana não encontrado");
        "what was refused is not stored" / "o que foi recusado não é guardado":
            receive_messages("ana", "geral") => value(json!([]));
    }
}

fn messages() -> Vec<Row> {
    let said = |content: &str, destination| message("ana", destination, content);
    let to_all = [
        said("um", json!(null)),
        said("dois", json!("")),
        said("três & <quatro>", json!(null)),
    ];
    let secret = said("só para bia", json!("bia"));
    let to_herself = said("não esquecer", json!("ana"));
    rows! {
        "send_message without a recipient" / "send_message sem destinatário":
            send_message("ana", "geral", "um") => text("Mensagem enviada.");
        "send_message with an empty recipient" / "send_message com destinatário vazio":
            send_message("ana", "geral", "dois", "") => text("Mensagem enviada.");
        "send_message with nil for a recipient" / "send_message com nil como destinatário":
            send_message("ana", "geral", "três & <quatro>", null) => text("Mensagem enviada.");
        "join_room hands over what was said, each destination as it was given" / "join_room entrega o que foi dito, cada destino como foi dado":
            join_room("Ana", "geral") => value(json!({"users": ["bia", "ana", "Ana"], "messages": to_all}));
        "send_message to one user" / "send_message a um usuário":
            send_message("ana", "geral", "só para bia", "bia") => text("Mensagem enviada.");
        "send_message to oneself" / "send_message a si mesmo":
            send_message("ana", "geral", "não esquecer", "ana") => text("Mensagem enviada.");
        "receive_messages has the private message for its recipient" / "receive_messages tem a mensagem privada para o destinatário":
            receive_messages("bia", "geral") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_messages has one's own broadcasts, but not one's private message to another" / "receive_messages tem as próprias mensagens públicas, mas não a privada a outro":
            receive_messages("ana", "geral") => value(json!([to_all[0], to_all[1], to_all[2], to_herself]));
        "receive_messages has only broadcasts for other users" / "receive_messages só tem as públicas para outros usuários":
            receive_messages("Ana", "geral") => value(json!(to_all));
        "receive_messages has only broadcasts for an unregistered name" / "receive_messages só tem as públicas para um nome não registrado":
            receive_messages("rui", "geral") => value(json!(to_all));
        "receive_new_messages since long ago is all that the user may see" / "receive_new_messages desde muito antes é tudo o que o usuário pode ver":
            receive_new_messages("bia", "geral", "1970-01-01 00:00:00") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_new_messages has no private message of others" / "receive_new_messages não tem mensagem privada de outros":
            receive_new_messages("Ana", "geral", "1970-01-01 00:00:00") => value(json!(to_all));
        "receive_new_messages after the last one is empty" / "receive_new_messages depois da última é vazio":
            receive_new_messages("bia", "geral", "2999-12-31 23:59:59") => value(json!([]));
    }
}

fn leaving() -> Vec<Row> {
    rows! {
        "joining a room leaves the one before" / "entrar em uma sala sai da anterior":
            join_room("ana", "abc") => value(json!({"users": ["ana"], "messages": []}));
        "a user who went to another room is no longer listed" / "quem foi para outra sala não é mais listado":
            list_users("geral") => value(json!(["bia", "Ana"]));
        "a user who went to another room no longer sends to the first" / "quem foi para outra sala não envia mais à primeira":
            send_message("ana", "geral", "oi") => text("Usuário não está na sala.");
        "a refused join_room leaves no room" / "um join_room recusado não sai da sala":
            join_room("ana", "nada") => text("Sala não existe.");
        "after it the user is in the same room" / "depois dele o usuário está na mesma sala":
            list_users("abc") => value(json!(["ana"]));
        "unregister_user frees the name" / "unregister_user libera o nome":
            unregister_user("bia") => text("Usuário desconectado com sucesso.");
        "unregister_user again finds no user" / "unregister_user de novo não acha o usuário":
            unregister_user("bia") => text("Usuário não encontrado.");
        "unregister_user leaves the room" / "unregister_user sai da sala":
            list_users("geral") => value(json!(["Ana"]));
        "a freed name can be registered" / "um nome liberado pode ser registrado":
            register_user("bia") => text("Usuário registrado com sucesso.");
        "a user who registers is in no room" / "quem se registra não está em sala nenhuma":
            send_message("bia", "geral", "oi") => text("Usuário não está na sala.");
        "the last user goes" / "o último usuário sai":
            unregister_user("Ana") => text("Usuário desconectado com sucesso.");
        "an empty room is still there" / "uma sala vazia continua lá":
            list_rooms() => room_list(["geral", "à toa <3 & 'cia'", "abc"]);
        "an empty room has no users" / "uma sala vazia não tem usuários":
            list_users("geral") => value(json!([]));
    }
}

/// A private message is answered to its recipient only.
pub fn privacy() -> Vec<Row> {
    let said = |content: &str, destination| message("ana", destination, content);
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "caio is there" / "caio está lá":
            register_user("caio") => text("Usuário registrado com sucesso.");
        "ana sends to all" / "ana envia a todos":
            send_message("ana", "geral", "a todos") => text("Mensagem enviada.");
        "ana sends to bia" / "ana envia a bia":
            send_message("ana", "geral", "segredo", "bia") => text("Mensagem enviada.");
        "join_room answers a third user the broadcast alone" / "join_room responde a um terceiro só com a pública":
            join_room("caio", "geral") => value(json!({
                "users": ["ana", "bia", "caio"],
                "messages": [said("a todos", json!(null))],
            }));
        "join_room answers the recipient her private message too" / "join_room responde à destinatária também com a privada":
            join_room("bia", "geral") => value(json!({
                "users": ["ana", "caio", "bia"],
                "messages": [said("a todos", json!(null)), said("segredo", json!("bia"))],
            }));
    });
    rows
}

fn ana_and_bia_in_a_room() -> Vec<Row> {
    rows! {
        "ana is there" / "ana está lá": register_user("ana") => text("Usuário registrado com sucesso.");
        "bia is there" / "bia está lá": register_user("bia") => text("Usuário registrado com sucesso.");
        "a room" / "uma sala": create_room("geral") => text("Sala 'geral' criada.");
        "ana joins" / "ana entra": join_room("ana", "geral")
            => value(json!({"users": ["ana"], "messages": []}));
        "bia joins" / "bia entra": join_room("bia", "geral")
            => value(json!({"users": ["ana", "bia"], "messages": []}));
    }
}

/// A name that is not allowed is refused with the reason.
pub fn names() -> Vec<Row> {
    let mut rows = rows! {
        "a user to join" / "um usuário para entrar":
            register_user("ana") => text("Usuário registrado com sucesso.");
        "a room to join" / "uma sala para entrar": create_room("geral") => text("Sala 'geral' criada.");
    };
    rows.extend(both::names(|name, user, room| {
        vec![
            ("register_user", json!([name]), refusal(user)),
            ("unregister_user", json!([name]), text(user)),
            ("create_room", json!([name]), text(room)),
            ("join_room", json!([name, "geral"]), text(user)),
            ("join_room", json!(["ana", name]), text(room)),
            ("send_message", json!([name, "geral", "oi"]), text(user)),
            ("send_message", json!(["ana", name, "oi"]), text(room)),
        ]
    }));
    let longest = longest_name();
    rows.extend(rows! {
        "register_user with a name of 64 characters" / "register_user com um nome de 64 caracteres":
            register_user(longest) => text("Usuário registrado com sucesso.");
        "nothing of what was refused is listed" / "nada do que foi recusado é listado":
            list_rooms() => room_list(["geral"]);
    });
    rows
}

/// A message that is not allowed is refused with the reason.
pub fn texts() -> Vec<Row> {
    let two_lines = ["a message of two lines", "uma mensagem de duas linhas"];
    both::texts(&WORDS, &[(two_lines, "a\n\tb")])
}

/// A last timestamp that cannot be read is refused.
pub fn last_timestamps() -> Vec<Row> {
    let unreadable = [
        "",
        "ontem",
        "0",
        "2025-03-09",
        "2025-03-09T07:05:01",
        "2025-02-30 00:00:00",
        "2025-03-09 24:00:00",
        "2025-03-09 07:05:01.",
        "2025-03-09 07:05:01.1234567",
        " 2025-03-09 07:05:01",
    ];
    let mut rows = rows! {
        "a room to ask about" / "uma sala a consultar":
            create_room("geral") => text("Sala 'geral' criada.");
        "whole seconds are read" / "segundos inteiros são lidos":
            receive_new_messages("ana", "geral", "2025-03-09 07:05:01") => value(json!([]));
        "a fraction is read" / "uma fração é lida":
            receive_new_messages("ana", "geral", "2025-03-09 07:05:01.000001") => value(json!([]));
    };
    for last in unreadable {
        rows.push(Row::new(
            [
                format!("{last:?} is not a timestamp"),
                format!("{last:?} não é um timestamp"),
            ],
            "receive_new_messages",
            [json!("ana"), json!("geral"), json!(last)],
            wrong_parameters(&["last_timestamp", last]),
        ));
    }
    rows
}

/// The join answers the last 50 messages.
pub fn last_fifty() -> Vec<Row> {
    let mut rows = both::last_fifty(&WORDS);
    rows.extend(rows! {
        "receive_new_messages has all of them" / "receive_new_messages tem todas":
            receive_new_messages("bia", "geral", "1970-01-01 00:00:00") => value(both::fifty_one(&WORDS, 1));
    });
    rows
}
