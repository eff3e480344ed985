//! Names, messages, addresses and ports that cannot be used: each dialect refuses them in its own way
//! and says why.

use dxr::{Fault, Value};
use protocol::fault;

use support::{
    InProcess,
    wire::{ask, call, call_with},
};

/// A name that is refused, and the reason that the dialects give for it.
fn names() -> Vec<(String, &'static str)> {
    vec![
        (String::new(), "está vazio"),
        ("é".repeat(65), "tem mais de 64 caracteres"),
        (" ana".to_owned(), "começa ou termina com espaço"),
        ("ana ".to_owned(), "começa ou termina com espaço"),
        ("\u{3000}ana".to_owned(), "começa ou termina com espaço"),
        ("a\nb".to_owned(), "contém o caractere U+000A"),
        ("a\tb".to_owned(), "contém o caractere U+0009"),
        ("a\u{7f}b".to_owned(), "contém o caractere U+007F"),
        ("a\u{9b}31m".to_owned(), "contém o caractere U+009B"),
        ("a\u{202e}b".to_owned(), "contém o caractere U+202E"),
        ("a\u{2066}b".to_owned(), "contém o caractere U+2066"),
        ("a\u{200f}b".to_owned(), "contém o caractere U+200F"),
        ("a\u{2028}b".to_owned(), "contém o caractere U+2028"),
    ]
}

fn messages() -> Vec<(String, &'static str)> {
    vec![
        (String::new(), "está vazia"),
        ("x".repeat(16 * 1024 + 1), "tem mais de 16384 bytes"),
        ("é".repeat(8 * 1024 + 1), "tem mais de 16384 bytes"),
    ]
}

fn text(text: &str) -> Result<Value, Fault> {
    Ok(Value::String(text.to_owned()))
}

fn refusal(text: &str) -> Result<Value, Fault> {
    Err(Fault::new(fault::APPLICATION, text.to_owned()))
}

#[test]
fn dialect_classic_refuses_in_words() {
    let server = InProcess::unregistered_chat(chat_server::Settings::default());
    let ask = |method: &str, texts: &[&str]| ask(&server.address, call(method, texts));
    ask("register_user", &["ana"]).unwrap();
    ask("register_user", &["bia"]).unwrap();
    ask("create_room", &["geral"]).unwrap();
    ask("join_room", &["ana", "geral"]).unwrap();
    ask("join_room", &["bia", "geral"]).unwrap();
    for (name, reason) in &names() {
        let user = format!("Nome de usuário inválido: {reason}");
        let room = format!("Nome de sala inválido: {reason}");
        assert_eq!(ask("register_user", &[name]), refusal(&user), "{name:?}");
        assert_eq!(ask("unregister_user", &[name]), text(&user), "{name:?}");
        assert_eq!(ask("create_room", &[name]), text(&room), "{name:?}");
        assert_eq!(ask("join_room", &[name, "geral"]), text(&user), "{name:?}");
        assert_eq!(ask("join_room", &["ana", name]), text(&room), "{name:?}");
        assert_eq!(ask("send_message", &[name, "geral", "oi"]), text(&user));
        assert_eq!(ask("send_message", &["ana", name, "oi"]), text(&room));
    }
    for (message, reason) in &messages() {
        let expected = format!("Mensagem inválida: {reason}");
        let answer = ask("send_message", &["ana", "geral", message]);
        assert_eq!(answer, text(&expected));
    }
    for whole in [&"x".repeat(16 * 1024), " ", "\u{202e}\u{9b}\t"] {
        let answer = ask("send_message", &["ana", "geral", whole]);
        assert_eq!(answer, text("Mensagem enviada."));
    }
}

#[test]
fn dialect_accounts_refuses_with_faults() {
    let server = InProcess::unregistered_chat(chat_server::Settings::default());
    let ask = |method: &str, texts: &[&str]| ask(&server.accounts, call(method, texts));
    ask("register_user", &["ana", "senha"]).unwrap();
    ask("create_room", &["geral"]).unwrap();
    ask("join_room", &["ana", "geral"]).unwrap();
    for (name, reason) in &names() {
        let user = format!("Nome de usuário inválido: {reason}");
        let room = format!("Nome de sala inválido: {reason}");
        assert_eq!(ask("register_user", &[name, "senha"]), refusal(&user));
        assert_eq!(ask("login_user", &[name, "senha"]), refusal(&user));
        assert_eq!(ask("create_room", &[name]), refusal(&room));
        assert_eq!(ask("join_room", &[name, "geral"]), refusal(&user));
        assert_eq!(ask("leave_room", &[name, "ana"]), refusal(&room));
        assert_eq!(ask("send_message", &["ana", name, "oi"]), refusal(&room));
    }
    for (message, reason) in &messages() {
        let expected = format!("Mensagem inválida: {reason}");
        let answer = ask("send_message", &["ana", "geral", message]);
        assert_eq!(answer, refusal(&expected));
    }
    assert_eq!(ask("send_message", &["ana", "geral", " "]), Ok(Value::Nil));
}

#[test]
fn the_binder_refuses_endpoints_that_cannot_be_reached() {
    let server = InProcess::binder_with(binder::Settings::default());
    let register = |address: &str, port: i64| {
        let parameter = |value: &str| format!("<param><value>{value}</value></param>");
        ask(
            &server.address,
            call_with(
                "register_procedure",
                &[
                    parameter("name"),
                    parameter(address),
                    parameter(&format!("<int>{port}</int>")),
                ]
                .concat(),
            ),
        )
    };
    let long = "x".repeat(256);
    for (address, port, expected) in [
        (
            "localhost",
            0,
            "parameter 'port': expected a port from 1 to 65535, got 0",
        ),
        ("localhost", -1, "got -1"),
        ("localhost", 65_536, "got 65536"),
        ("localhost", 1 << 40, "got 1099511627776"),
        (
            "",
            9_000,
            "parameter 'address': expected a host name or address of 1 to 255 characters, got 0 characters",
        ),
        (&long, 9_000, "got 256 characters"),
        (
            "localhost\n2026 INFO forged",
            9_000,
            "expected a host name or address without control characters, got one with U+000A",
        ),
        ("a\u{9b}2J", 9_000, "got one with U+009B"),
        ("a\u{202e}b", 9_000, "got one with U+202E"),
    ] {
        let refusal = register(address, port).unwrap_err();
        assert_eq!(refusal.code(), fault::INVALID_PARAMETERS);
        assert!(refusal.string().contains(expected), "{}", refusal.string());
    }
    let known = |name: &str| ask(&server.address, call("lookup_procedure", &[name]));
    assert_eq!(known("name"), Ok(Value::Nil), "nothing was registered");
    register(&long[..255], 65_535).unwrap();
    let there = Value::Array(vec![
        Value::String(long[..255].to_owned()),
        Value::Integer(65_535),
    ]);
    assert_eq!(known("name"), Ok(there));
}
