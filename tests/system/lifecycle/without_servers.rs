//! A client without servers says which server is missing and what to start, on
//! one line and with an exit code of its own.

use std::net::TcpListener;
use std::thread;

use serde_json::json;

use super::starting::expect_one_line;
use support::{DEADLINE, Language, Server, binaries};

fn ended_without(binder: &str, code: i32, parts: &[&str]) {
    let client = binaries::start("chat-client", &["--plain", "--binder", binder]);
    let ended = client.wait_for_end(DEADLINE);
    assert_eq!(ended.code, Some(code), "{ended:?}");
    expect_one_line(&ended, parts);
}

/// Where something listens that never answers; while it is kept.
fn mute() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[test]
fn no_binder() {
    let (listener, address) = mute();
    drop(listener);
    ended_without(&address, 3, &["no binder", &address, "binder`", "--binder"]);
}

#[test]
fn a_chat_server_where_the_binder_should_be() {
    let server = Server::unregistered_chat(&[]);
    for address in [&server.address, server.accounts.as_ref().unwrap()] {
        let said = format!("{address} is a chat server, not a binder");
        ended_without(address, 3, &[&said, "--binder HOST:PORT"]);
    }
}

#[test]
fn a_binder_that_knows_no_chat_server() {
    for language in Language::ALL {
        let binder = Server::binder(language);
        let start = format!("chat-server --binder {}`", binder.address);
        ended_without(&binder.address, 4, &["knows no chat server", &start]);
    }
}

#[test]
fn a_chat_server_that_is_gone() {
    for language in Language::ALL {
        let (listener, address) = mute();
        drop(listener);
        ended_without_chat_server(language, &address);
    }
}

#[test]
fn a_binder_or_a_chat_server_that_takes_the_call_and_does_not_answer() {
    let (_listener, address) = mute();
    // Both wait as long as the client's patience lasts.
    thread::scope(|scope| {
        scope.spawn(|| ended_without(&address, 3, &["no binder", &address, "binder`"]));
        scope.spawn(|| ended_without_chat_server(Language::Rust, &address));
    });
}

/// The binder says that the chat server is at `address`.
fn ended_without_chat_server(binder: Language, address: &str) {
    let binder = Server::binder(binder);
    let (host, port) = address.split_once(':').unwrap();
    let port = port.parse::<u16>().unwrap();
    let place = [json!("create_room"), json!(host), json!(port)];
    binder.caller().call("register_procedure", &place);
    let parts = [
        "the chat server does not answer",
        address,
        "chat-server --binder",
    ];
    ended_without(&binder.address, 5, &parts);
}
