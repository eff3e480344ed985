//! Dialect classic: what our server answers otherwise than the original, on purpose, and what it has
//! beyond it. Each table is asked from Rust and from Python.

use serde_json::json;

use crate::asking::check_ours;
use crate::table::{Row, message, refusal, rows, text, unknown, value, wrong_parameters};
use crate::wrong_calls::{self, Method};
use support::{Caller, InProcess, Seen, dialect::Dialect};

#[test]
fn texts_that_are_no_names_or_messages_are_refused_with_the_reason() {
    let mut rows = names();
    rows.extend(texts());
    check_ours(Dialect::Classic, rows);
}

#[test]
fn calls_with_the_wrong_number_of_parameters_are_refused() {
    check_ours(Dialect::Classic, wrong_calls::of_wrong_length(METHODS));
}

#[test]
fn calls_with_a_parameter_of_the_wrong_type_are_refused() {
    check_ours(Dialect::Classic, wrong_calls::of_wrong_type(METHODS));
}

#[test]
fn a_last_timestamp_that_cannot_be_read_is_refused() {
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
        "a room to ask about": create_room("geral") => text("Sala 'geral' criada.");
        "whole seconds are read":
            receive_new_messages("ana", "geral", "2025-03-09 07:05:01") => value(json!([]));
        "a fraction is read":
            receive_new_messages("ana", "geral", "2025-03-09 07:05:01.000001") => value(json!([]));
    };
    for last in unreadable {
        rows.push(Row::new(
            format!("{last:?} is no timestamp"),
            "receive_new_messages",
            json!(["ana", "geral", last]),
            wrong_parameters(&["last_timestamp", last]),
        ));
    }
    check_ours(Dialect::Classic, rows);
}

#[test]
fn joining_returns_only_what_the_user_may_see() {
    let said = |content: &str, destination| message("ana", destination, content);
    check_ours(
        Dialect::Classic,
        rows! {
            "ana is there": register_user("ana") => text("Usuário registrado com sucesso.");
            "bia is there": register_user("bia") => text("Usuário registrado com sucesso.");
            "caio is there": register_user("caio") => text("Usuário registrado com sucesso.");
            "a room": create_room("geral") => text("Sala 'geral' criada.");
            "ana joins": join_room("ana", "geral")
                => value(json!({"users": ["ana"], "messages": []}));
            "bia joins": join_room("bia", "geral")
                => value(json!({"users": ["ana", "bia"], "messages": []}));
            "ana speaks to all": send_message("ana", "geral", "a todos")
                => text("Mensagem enviada.");
            "ana speaks to bia": send_message("ana", "geral", "segredo", "bia")
                => text("Mensagem enviada.");
            "caio is handed the broadcast alone": join_room("caio", "geral") => value(json!({
                "users": ["ana", "bia", "caio"],
                "messages": [said("a todos", json!(null))],
            }));
            "bia is handed her private message too": join_room("bia", "geral") => value(json!({
                "users": ["ana", "caio", "bia"],
                "messages": [said("a todos", json!(null)), said("segredo", json!("bia"))],
            }));
        },
    );
}

#[test]
fn the_extensions_answer_as_promised() {
    check_ours(
        Dialect::Classic,
        rows! {
            "leave_room of a room that is not there":
                leave_room("geral", "ana") => text("Sala não existe.");
            "a room": create_room("geral") => text("Sala 'geral' criada.");
            "leave_room of somebody not registered":
                leave_room("geral", "ana") => text("Usuário não está na sala.");
            "ana is there": register_user("ana") => text("Usuário registrado com sucesso.");
            "leave_room of somebody outside the room":
                leave_room("geral", "ana") => text("Usuário não está na sala.");
            "ana joins": join_room("ana", "geral")
                => value(json!({"users": ["ana"], "messages": []}));
            "send_message_once alone in the room":
                send_message_once("ana", "geral", "oi", "", "0") => text("Você está sozinho na sala");
            "bia is there": register_user("bia") => text("Usuário registrado com sucesso.");
            "bia joins": join_room("bia", "geral")
                => value(json!({"users": ["ana", "bia"], "messages": []}));
            "send_message_once sends":
                send_message_once("ana", "geral", "uma vez", "", "1") => text("Mensagem enviada.");
            "a repeated message_id is answered as the first time":
                send_message_once("ana", "geral", "uma vez", "", "1") => text("Mensagem enviada.");
            "the same message_id of another user is another message":
                send_message_once("bia", "geral", "eu também", null, "1") => text("Mensagem enviada.");
            "what was repeated is stored once":
                receive_messages("ana", "geral") => value(json!([
                    message("ana", json!(""), "uma vez"),
                    message("bia", json!(null), "eu também"),
                ]));
            "an empty message_id":
                send_message_once("ana", "geral", "oi", "", "")
                => wrong_parameters(&["message_id"]);
            "leave_room leaves":
                leave_room("geral", "ana") => text("Usuário saiu da sala 'geral'.");
            "who left is not listed": list_users("geral") => value(json!(["bia"]));
            "who left keeps the name": register_user("ana")
                => refusal("O nome de usuário já está em uso. Escolha outro.");
        },
    );
}

#[test]
fn unknown_methods_are_refused() {
    let rows = rows! { "a method that no server has": dance() => unknown("dance"); };
    check_ours(Dialect::Classic, rows);
}

#[test]
fn what_xml_cannot_carry_is_refused_and_never_stored() {
    let server = InProcess::chat();
    let mut rust = server.caller();
    rust.enter("ana", "geral");
    rust.enter("bia", "geral");
    // Python writes such characters into its call without complaint.
    let mut python = Caller::python(&server.address);
    for character in ['\u{1}', '\u{1b}', '\u{fffe}'] {
        let said = json!(format!("a{character}b"));
        let seen = python.call("send_message", &[json!("ana"), json!("geral"), said]);
        let Seen::Fault(code, string) = &seen else {
            panic!("{character:?} is answered with {seen:?}");
        };
        let name = format!("U+{:04X}", u32::from(character));
        assert!(
            *code == -32700 && string.contains(&name),
            "{name}: {seen:?}"
        );
    }
    assert_eq!(
        rust.answer("receive_messages", &["bia", "geral"]),
        json!([])
    );
}

/// Every method of the dialect with its parameters, and how many of them at the end are optional.
const METHODS: &[Method] = &[
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

fn names() -> Vec<Row> {
    let mut rows = rows! {
        "somebody to join": register_user("ana") => text("Usuário registrado com sucesso.");
        "somewhere to join": create_room("geral") => text("Sala 'geral' criada.");
    };
    for (what, name, reason) in wrong_calls::names() {
        let user = format!("Nome de usuário inválido: {reason}");
        let room = format!("Nome de sala inválido: {reason}");
        let calls = [
            ("register_user", json!([name]), refusal(&user)),
            ("unregister_user", json!([name]), text(&user)),
            ("create_room", json!([name]), text(&room)),
            ("join_room", json!([name, "geral"]), text(&user)),
            ("join_room", json!(["ana", name]), text(&room)),
            ("send_message", json!([name, "geral", "oi"]), text(&user)),
            ("send_message", json!(["ana", name, "oi"]), text(&room)),
        ];
        for (method, parameters, answer) in calls {
            rows.push(Row::new(
                format!("{method} with a name {what}"),
                method,
                parameters,
                answer,
            ));
        }
    }
    let longest = "é".repeat(64);
    rows.extend(rows! {
        "register_user with a name of 64 characters":
            register_user(longest) => text("Usuário registrado com sucesso.");
        "nothing of what was refused is listed": list_rooms() => value(json!(["geral"]));
    });
    rows
}

fn texts() -> Vec<Row> {
    let (longest, too_long) = ("a".repeat(16 * 1024), "é".repeat(8 * 1024 + 1));
    let larger_than_bodies = "a".repeat(2 << 20);
    let said = |text: &str| message("ana", json!(null), text);
    rows! {
        "ana joins": join_room("ana", "geral")
            => value(json!({"users": ["ana"], "messages": []}));
        "bia is there": register_user("bia") => text("Usuário registrado com sucesso.");
        "bia joins": join_room("bia", "geral")
            => value(json!({"users": ["ana", "bia"], "messages": []}));
        "an empty message": send_message("ana", "geral", "") => text("Mensagem inválida: está vazia");
        "a message over 16 KiB":
            send_message("ana", "geral", too_long) => text("Mensagem inválida: tem mais de 16384 bytes");
        "a message that is larger than any body that is read":
            send_message("ana", "geral", larger_than_bodies)
            => text("Mensagem inválida: tem mais de 16384 bytes");
        "a message of 16 KiB": send_message("ana", "geral", longest) => text("Mensagem enviada.");
        "a message of spaces": send_message("ana", "geral", "  ") => text("Mensagem enviada.");
        "a message of two lines": send_message("ana", "geral", "a\n\tb") => text("Mensagem enviada.");
        "what was accepted is stored as it was said, and nothing else":
            receive_messages("bia", "geral") => value(json!([said(&longest), said("  "), said("a\n\tb")]));
    }
}
