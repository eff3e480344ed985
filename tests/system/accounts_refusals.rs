//! Dialect accounts: what our server answers otherwise than the original, on purpose, and what it has
//! beyond it. Each table is asked from Rust and from Python.

use serde_json::{Value as Json, json};

use support::dialect::Dialect;

use crate::asking::check_ours;

use crate::table::{Row, accounts_message, refusal, rows, unknown, value, wrong_parameters};
use crate::wrong_calls::{self, Method};

#[test]
fn texts_that_are_no_names_or_messages_are_refused_with_the_reason() {
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(names());
    rows.extend(texts());
    check_ours(Dialect::Accounts, rows);
}

#[test]
fn calls_with_the_wrong_number_of_parameters_are_refused() {
    check_ours(Dialect::Accounts, wrong_calls::of_wrong_length(METHODS));
}

#[test]
fn calls_with_a_parameter_of_the_wrong_type_are_refused() {
    check_ours(Dialect::Accounts, wrong_calls::of_wrong_type(METHODS));
}

#[test]
fn messages_need_a_sender_and_a_recipient_in_the_room() {
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "caio has an account": login_user("caio", "senha") => value(json!(true));
        "who is outside the room does not speak in it":
            send_message("caio", "geral", "oi")
            => refusal("Usuário 'caio' não está na sala 'geral'.");
        "nor to one of its users":
            send_message("caio", "geral", "oi", "ana")
            => refusal("Usuário 'caio' não está na sala 'geral'.");
        "an account outside the room is not spoken to in it":
            send_message("ana", "geral", "oi", "caio")
            => refusal("O usuário 'caio' não está na sala.");
        "nor is a name that nobody has":
            send_message("ana", "geral", "oi", "rui")
            => refusal("O usuário 'rui' não está na sala.");
        "nothing of it is stored": receive_messages("ana", "geral") => value(json!([]));
        "caio joins": join_room("caio", "geral")
            => value(json!({"users": ["ana", "bia", "caio"], "messages": []}));
        "and leaves": leave_room("geral", "caio") => value(json!(true));
        "who has left no longer speaks there":
            send_message("caio", "geral", "oi")
            => refusal("Usuário 'caio' não está na sala 'geral'.");
    });
    check_ours(Dialect::Accounts, rows);
}

#[test]
fn joining_returns_only_what_the_user_may_see() {
    let said = |text: &str, to| accounts_message("ana", to, text);
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "caio has an account": login_user("caio", "senha") => value(json!(true));
        "ana speaks to all": send_message("ana", "geral", "a todos") => value(json!(null));
        "ana speaks to bia": send_message("ana", "geral", "segredo", "bia") => value(json!(null));
        "caio is handed the broadcast alone": join_room("caio", "geral") => value(json!({
            "users": ["ana", "bia", "caio"],
            "messages": [said("a todos", None)],
        }));
        "bia is handed her private message too": join_room("bia", "geral") => value(json!({
            "users": ["ana", "bia", "caio"],
            "messages": [said("a todos", None), said("segredo", Some("bia"))],
        }));
        "caio polls the broadcast alone": receive_messages("caio", "geral")
            => value(json!([said("a todos", None)]));
    });
    check_ours(Dialect::Accounts, rows);
}

#[test]
fn joining_returns_the_last_fifty() {
    let mut rows = ana_and_bia_in_a_room();
    for number in 1..=51 {
        let text = format!("mensagem {number}");
        let parameters = json!(["ana", "geral", text]);
        rows.push(Row::new(
            text,
            "send_message",
            parameters,
            value(json!(null)),
        ));
    }
    let from = |first: usize| -> Json {
        (first..=51)
            .map(|number| accounts_message("ana", None, &format!("mensagem {number}")))
            .collect()
    };
    rows.extend(rows! {
        "join_room has the last fifty":
            join_room("bia", "geral") => value(json!({"users": ["ana", "bia"], "messages": from(2)}));
        "receive_messages has all of them": receive_messages("bia", "geral") => value(from(1));
    });
    check_ours(Dialect::Accounts, rows);
}

#[test]
fn the_extensions_answer_as_promised() {
    let mut rows = ana_and_bia_in_a_room();
    rows.extend(rows! {
        "send_message_once sends":
            send_message_once("ana", "geral", "uma vez", "", "1") => value(json!(null));
        "a repeated message_id is answered as the first time":
            send_message_once("ana", "geral", "uma vez", "", "1") => value(json!(null));
        "the same message_id of another user is another message":
            send_message_once("bia", "geral", "eu também", null, "1") => value(json!(null));
        "what was repeated is stored once": receive_messages("ana", "geral") => value(json!([
            accounts_message("ana", None, "uma vez"),
            accounts_message("bia", None, "eu também"),
        ]));
        "an empty message_id":
            send_message_once("ana", "geral", "oi", "", "") => wrong_parameters(&["message_id"]);
        "wait_messages in no room":
            wait_messages("ana", "nada", "", 0) => refusal("A sala 'nada' não existe.");
        "wait_messages of somebody not registered":
            wait_messages("rui", "geral", "", 0) => refusal("Usuário 'rui' não registrado.");
        "ana leaves": leave_room("geral", "ana") => value(json!(true));
        "wait_messages outside the room":
            wait_messages("ana", "geral", "", 0)
            => refusal("Usuário 'ana' não está na sala 'geral'.");
    });
    check_ours(Dialect::Accounts, rows);
}

#[test]
fn methods_of_the_other_dialect_are_unknown_here() {
    let rows = rows! {
        "unregister_user is not of this dialect": unregister_user() => unknown("unregister_user");
        "nor is receive_new_messages": receive_new_messages() => unknown("receive_new_messages");
        // The original publishes every method of an object, this endless one among them.
        "nor is monitor_rooms": monitor_rooms() => unknown("monitor_rooms");
    };
    check_ours(Dialect::Accounts, rows);
}

/// Every method of the dialect with its parameters, and how many of them at the end are optional.
const METHODS: &[Method] = &[
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

fn ana_and_bia_in_a_room() -> Vec<Row> {
    rows! {
        "ana has an account": register_user("ana", "senha") => value(json!(true));
        "bia has an account": register_user("bia", "senha") => value(json!(true));
        "a room": create_room("geral") => value(json!(true));
        "ana joins": join_room("ana", "geral")
            => value(json!({"users": ["ana"], "messages": []}));
        "bia joins": join_room("bia", "geral")
            => value(json!({"users": ["ana", "bia"], "messages": []}));
    }
}

fn names() -> Vec<Row> {
    let mut rows = Vec::new();
    for (what, name, reason) in wrong_calls::names() {
        let user = format!("Nome de usuário inválido: {reason}");
        let room = format!("Nome de sala inválido: {reason}");
        let calls = [
            ("register_user", json!([name, "senha"]), &user),
            ("login_user", json!([name, "senha"]), &user),
            ("create_room", json!([name]), &room),
            ("join_room", json!([name, "geral"]), &user),
            ("join_room", json!(["ana", name]), &room),
            ("send_message", json!([name, "geral", "oi"]), &user),
            ("send_message", json!(["ana", name, "oi"]), &room),
            ("leave_room", json!([name, "ana"]), &room),
            ("leave_room", json!(["geral", name]), &user),
        ];
        for (method, parameters, answer) in calls {
            let row = format!("{method} with a name {what}");
            rows.push(Row::new(row, method, parameters, refusal(answer)));
        }
    }
    rows.extend(rows! {
        "nothing of what was refused is listed": list_rooms() => value(json!(["geral"]));
    });
    rows
}

fn texts() -> Vec<Row> {
    let (longest, too_long) = ("a".repeat(16 * 1024), "é".repeat(8 * 1024 + 1));
    let larger_than_bodies = "a".repeat(2 << 20);
    let said = |text: &str| accounts_message("ana", None, text);
    rows! {
        "an empty message": send_message("ana", "geral", "") => refusal("Mensagem inválida: está vazia");
        "a message over 16 KiB":
            send_message("ana", "geral", too_long) => refusal("Mensagem inválida: tem mais de 16384 bytes");
        "a message that is larger than any body that is read":
            send_message("ana", "geral", larger_than_bodies)
            => refusal("Mensagem inválida: tem mais de 16384 bytes");
        "a message of 16 KiB": send_message("ana", "geral", longest) => value(json!(null));
        "a message of spaces": send_message("ana", "geral", "  ") => value(json!(null));
        "what was accepted is stored as it was said, and nothing else":
            receive_messages("bia", "geral") => value(json!([said(&longest), said("  ")]));
    }
}
