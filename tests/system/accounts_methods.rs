//! Dialect accounts: every method answers as the original does, to the letter.
//!
//! One table, asked in four ways: from Rust and from Python, of our server and of the original. What
//! the two servers answer differently on purpose is in [`crate::accounts_refusals`].

use serde_json::json;

use support::dialect::Dialect;

use crate::asking::{check_original, check_ours};
use crate::table::{Row, accounts_message, refusal, rows, value};

#[test]
fn every_method_answers_as_promised() {
    check_ours(Dialect::Accounts, rows());
}

#[test]
fn every_method_of_the_original_answers_the_same() {
    check_original(Dialect::Accounts, rows());
}

fn rows() -> Vec<Row> {
    [accounts(), rooms(), messages(), leaving()]
        .into_iter()
        .flatten()
        .collect()
}

fn accounts() -> Vec<Row> {
    rows! {
        "register_user takes a free name":
            register_user("ana", "senha de ana") => value(json!(true));
        "register_user refuses a taken name, whatever the password":
            register_user("ana", "senha de ana")
            => refusal("Nome de usuário 'ana' já está em uso.");
        "register_user tells upper from lower case":
            register_user("Ana", "outra") => value(json!(true));
        "login_user with the right password":
            login_user("ana", "senha de ana") => value(json!(true));
        "login_user again: a second device is welcome":
            login_user("ana", "senha de ana") => value(json!(true));
        "login_user with another password":
            login_user("ana", "senha de bia") => refusal("Senha incorreta.");
        "login_user of an unknown user registers it":
            login_user("bia", "çedilha & <espaço> ") => value(json!(true));
        "the password is what it was at the first login":
            login_user("bia", "çedilha & <espaço>") => refusal("Senha incorreta.");
        "a password keeps its spaces":
            login_user("bia", "çedilha & <espaço> ") => value(json!(true));
        "register_user of a name that login_user registered":
            register_user("bia", "x") => refusal("Nome de usuário 'bia' já está em uso.");
    }
}

fn rooms() -> Vec<Row> {
    rows! {
        "list_rooms before any room exists":
            list_rooms() => value(json!([]));
        "list_users of no room":
            list_users("geral") => refusal("A sala 'geral' não existe.");
        "join_room looks at the room before the user":
            join_room("rui", "geral") => refusal("A sala 'geral' não existe.");
        "create_room creates":
            create_room("geral") => value(json!(true));
        "create_room of a room that exists":
            create_room("geral") => refusal("Já existe uma sala com o nome 'geral'.");
        "create_room takes any script":
            create_room("à toa <3 & 'cia'") => value(json!(true));
        "list_rooms is in order of creation":
            list_rooms() => value(json!(["geral", "à toa <3 & 'cia'"]));
        "creating a room does not join it":
            list_users("geral") => value(json!([]));
        "join_room of somebody not registered":
            join_room("rui", "geral") => refusal("Usuário 'rui' não registrado.");
        "join_room answers users and history":
            join_room("ana", "geral") => value(json!({"users": ["ana"], "messages": []}));
        "joining twice is no error":
            join_room("ana", "geral") => value(json!({"users": ["ana"], "messages": []}));
        "a user can be in several rooms":
            join_room("ana", "à toa <3 & 'cia'") => value(json!({"users": ["ana"], "messages": []}));
        "and is still in the first":
            is_user_in_room("ana", "geral") => value(json!(true));
        "join_room lists users in order of joining":
            join_room("bia", "geral") => value(json!({"users": ["ana", "bia"], "messages": []}));
        "joining again keeps one's place":
            join_room("ana", "geral") => value(json!({"users": ["ana", "bia"], "messages": []}));
        "list_users is in the same order":
            list_users("geral") => value(json!(["ana", "bia"]));
        "is_user_in_room of somebody elsewhere":
            is_user_in_room("bia", "à toa <3 & 'cia'") => value(json!(false));
        "is_user_in_room of somebody not registered":
            is_user_in_room("rui", "geral") => value(json!(false));
        "is_user_in_room of no room":
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
        "send_message to no room looks at the room before the user":
            send_message("rui", "nada", "oi") => refusal("A sala 'nada' não existe.");
        "send_message by somebody not registered":
            send_message("rui", "geral", "oi") => refusal("Usuário 'rui' não registrado.");
        "send_message without a recipient answers nil":
            send_message("ana", "geral", "um") => value(json!(null));
        "send_message with an empty recipient":
            send_message("ana", "geral", "dois", "") => value(json!(null));
        "send_message with nil for a recipient":
            send_message("ana", "geral", "três & <4>", null) => value(json!(null));
        "send_message to one user":
            send_message("ana", "geral", "segredo", "bia") => value(json!(null));
        "send_message to oneself":
            send_message("ana", "geral", "não esquecer", "ana") => value(json!(null));
        "a message is stored even when the sender is alone":
            send_message("ana", "à toa <3 & 'cia'", "eco") => value(json!(null));
        "and is read there":
            receive_messages("ana", "à toa <3 & 'cia'") => value(json!([said("eco", None)]));
        "receive_messages of no room looks at the room before the user":
            receive_messages("rui", "nada") => refusal("A sala 'nada' não existe.");
        "receive_messages of somebody not registered":
            receive_messages("rui", "geral") => refusal("Usuário 'rui' não registrado.");
        "receive_messages has the private message for its recipient, oldest first":
            receive_messages("bia", "geral") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_messages has one's own broadcasts, but not one's private message to another":
            receive_messages("ana", "geral") => value(json!([to_all[0], to_all[1], to_all[2], to_herself]));
        "receive_messages has the same once more: nothing is used up":
            receive_messages("bia", "geral") => value(json!([to_all[0], to_all[1], to_all[2], secret]));
        "receive_messages has only broadcasts for somebody outside the room":
            receive_messages("Ana", "geral") => value(json!(to_all));
    }
}

fn leaving() -> Vec<Row> {
    rows! {
        "leave_room takes the room first":
            leave_room("geral", "ana") => value(json!(true));
        "so it is the room that is looked at first":
            leave_room("nada", "rui") => refusal("A sala 'nada' não existe.");
        "leave_room of somebody not registered":
            leave_room("geral", "rui") => refusal("Usuário 'rui' não registrado.");
        "who left is not listed":
            list_users("geral") => value(json!(["bia"]));
        "who left is in no room of that name":
            is_user_in_room("ana", "geral") => value(json!(false));
        "leaving twice is no error":
            leave_room("geral", "ana") => value(json!(true));
        "other rooms are not left with it":
            list_users("à toa <3 & 'cia'") => value(json!(["ana"]));
        "the last user of a room leaves":
            leave_room("geral", "bia") => value(json!(true));
        "an empty room has nobody in it":
            list_users("geral") => value(json!([]));
        "an empty room is still there":
            list_rooms() => value(json!(["geral", "à toa <3 & 'cia'"]));
        "who left still has the account":
            login_user("ana", "senha de ana") => value(json!(true));
    }
}
