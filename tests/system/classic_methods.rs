//! Dialect classic: every method answers as the original does, to the letter.
//!
//! One table, asked in four ways: from Rust and from Python, of our server and of the original. What
//! the two servers answer differently on purpose is in [`crate::classic_refusals`].

use serde_json::json;

use support::dialect::Dialect;

use crate::asking::{check_original, check_ours};
use crate::table::{Row, message, refusal, rows, text, value};

#[test]
fn every_method_answers_as_promised() {
    check_ours(Dialect::Classic, rows());
}

#[test]
fn every_method_of_the_original_answers_the_same() {
    check_original(Dialect::Classic, rows());
}

fn rows() -> Vec<Row> {
    [
        unknown_users_and_rooms(),
        users_and_rooms(),
        messages(),
        leaving(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn unknown_users_and_rooms() -> Vec<Row> {
    rows! {
        "list_users says that there is no room at all":
            list_users("geral") => text("Nenhuma sala criada ainda.");
        "list_rooms is an empty list before any room exists":
            list_rooms() => value(json!([]));
        "receive_messages is an empty list without the room":
            receive_messages("ana", "geral") => value(json!([]));
        "receive_new_messages is an empty list without the room":
            receive_new_messages("ana", "geral", "2000-01-01 00:00:00") => value(json!([]));
        "join_room looks at the user before the room":
            join_room("ana", "geral") => text("Usuário não registrado.");
        "send_message looks at the room before the user":
            send_message("ana", "geral", "oi") => text("Sala não existe.");
        "unregister_user of a name that nobody has":
            unregister_user("ana") => text("Usuário não encontrado.");
    }
}

fn users_and_rooms() -> Vec<Row> {
    rows! {
        "register_user takes a free name":
            register_user("ana") => text("Usuário registrado com sucesso.");
        "register_user refuses a taken name with a fault":
            register_user("ana") => refusal("O nome de usuário já está em uso. Escolha outro.");
        "register_user tells upper from lower case":
            register_user("Ana") => text("Usuário registrado com sucesso.");
        "register_user takes any script":
            register_user("José 李 <b>&amp;") => text("Usuário registrado com sucesso.");
        "join_room into no room":
            join_room("ana", "geral") => text("Sala não existe.");
        "create_room creates":
            create_room("geral") => text("Sala 'geral' criada.");
        "create_room of a room that exists":
            create_room("geral") => text("Sala já existe.");
        "create_room takes any script":
            create_room("à toa <3 & 'cia'") => text("Sala 'à toa <3 & 'cia'' criada.");
        "create_room creates a third one":
            create_room("abc") => text("Sala 'abc' criada.");
        "list_rooms is in order of creation":
            list_rooms() => value(json!(["geral", "à toa <3 & 'cia'", "abc"]));
        "creating a room does not join it":
            list_users("geral") => value(json!([]));
        "list_users of another room than those that exist":
            list_users("nada") => text("Sala não encontrada.");
        "join_room of somebody not registered into an existing room":
            join_room("rui", "geral") => text("Usuário não registrado.");
        "join_room answers users and history":
            join_room("ana", "geral") => value(json!({"users": ["ana"], "messages": []}));
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
        "send_message by somebody not registered":
            send_message("rui", "geral", "oi") => text("Usuário não está na sala.");
        "send_message by somebody outside the room":
            send_message("Ana", "geral", "oi") => text("Usuário não está na sala.");
        "send_message alone in the room":
            send_message("ana", "geral", "oi") => text("Você está sozinho na sala");
        "send_message looks at being alone before the recipient":
            send_message("ana", "geral", "oi", "rui") => text("Você está sozinho na sala");
        "what nobody was there to read is not stored":
            receive_messages("ana", "geral") => value(json!([]));
        "a second user registers":
            register_user("bia") => text("Usuário registrado com sucesso.");
        "join_room lists users in order of joining, the caller last":
            join_room("bia", "geral") => value(json!({"users": ["ana", "bia"], "messages": []}));
        "join_room again puts the caller last":
            join_room("ana", "geral") => value(json!({"users": ["bia", "ana"], "messages": []}));
        "list_users is in the same order":
            list_users("geral") => value(json!(["bia", "ana"]));
        "send_message to a name that nobody has":
            send_message("ana", "geral", "oi", "rui") => text("Usuario rui não encontrado");
        "send_message to a user who is not in the room":
            send_message("ana", "geral", "oi", "Ana") => text("Usuario Ana não encontrado");
        "what was refused is not stored":
            receive_messages("ana", "geral") => value(json!([]));
        "send_message without a recipient":
            send_message("ana", "geral", "um") => text("Mensagem enviada.");
        "send_message with an empty recipient":
            send_message("ana", "geral", "dois", "") => text("Mensagem enviada.");
        "send_message with nil for a recipient":
            send_message("ana", "geral", "três & <quatro>", null) => text("Mensagem enviada.");
        "join_room hands over what was said, each destination as it was given":
            join_room("Ana", "geral") => value(json!({"users": ["bia", "ana", "Ana"], "messages": to_all}));
        "send_message to one user":
            send_message("ana", "geral", "só para bia", "bia") => text("Mensagem enviada.");
        "send_message to oneself":
            send_message("ana", "geral", "não esquecer", "ana") => text("Mensagem enviada.");
        "receive_messages has the private message for its recipient":
            receive_messages("bia", "geral") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_messages has one's own broadcasts, but not one's private message to another":
            receive_messages("ana", "geral") => value(json!([to_all[0], to_all[1], to_all[2], to_herself]));
        "receive_messages has only broadcasts for anybody else":
            receive_messages("Ana", "geral") => value(json!(to_all));
        "receive_messages has only broadcasts for somebody not registered":
            receive_messages("rui", "geral") => value(json!(to_all));
        "receive_new_messages since long ago is everything one may see":
            receive_new_messages("bia", "geral", "1970-01-01 00:00:00") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_new_messages has no private message of others":
            receive_new_messages("Ana", "geral", "1970-01-01 00:00:00") => value(json!(to_all));
        "receive_new_messages after the last one is empty":
            receive_new_messages("bia", "geral", "2999-12-31 23:59:59") => value(json!([]));
    }
}

fn leaving() -> Vec<Row> {
    rows! {
        "joining a room leaves the one before":
            join_room("ana", "abc") => value(json!({"users": ["ana"], "messages": []}));
        "who went to another room is no longer listed":
            list_users("geral") => value(json!(["bia", "Ana"]));
        "who went to another room no longer speaks in the first":
            send_message("ana", "geral", "oi") => text("Usuário não está na sala.");
        "a refused join_room leaves no room":
            join_room("ana", "nada") => text("Sala não existe.");
        "after it one is still where one was":
            list_users("abc") => value(json!(["ana"]));
        "unregister_user frees the name":
            unregister_user("bia") => text("Usuário desconectado com sucesso.");
        "unregister_user again finds nobody":
            unregister_user("bia") => text("Usuário não encontrado.");
        "unregister_user leaves the room":
            list_users("geral") => value(json!(["Ana"]));
        "a freed name can be registered":
            register_user("bia") => text("Usuário registrado com sucesso.");
        "who registers is in no room":
            send_message("bia", "geral", "oi") => text("Usuário não está na sala.");
        "the last user goes":
            unregister_user("Ana") => text("Usuário desconectado com sucesso.");
        "an empty room is still there":
            list_rooms() => value(json!(["geral", "à toa <3 & 'cia'", "abc"]));
        "an empty room has nobody in it":
            list_users("geral") => value(json!([]));
    }
}
