//! Starting a server: the ready line, ports, and a binder that comes later.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;

use support::{
    DEADLINE, InProcess, Language, Program, Server, binaries, program::Ended, runtime,
    server::wait_until_registered,
};

#[test]
fn a_server_says_on_one_line_where_it_listens_and_answers_there() {
    let binder = Server::binder(Language::Rust);
    let classic_alone = [
        ["--listen", "127.0.0.1:0"],
        ["--accounts-listen", "off"],
        ["--binder", &binder.address],
    ];
    let server = binaries::start("chat-server", classic_alone.as_flattened());
    let server = Server::ready(server);
    for (server, name) in [(&binder, "binder"), (&server, "chat-server")] {
        let line = format!("{name} listening on {}\n", server.address);
        assert_eq!(server.program.out(), line);
        assert!(server.port() != 0, "the real port: {line}");
        assert!(server.caller().answer("system.listMethods", &[]).is_array());
    }
}

#[test]
fn with_both_dialects_the_line_to_wait_for_is_the_last() {
    let binder = Server::binder(Language::Rust);
    let server = Server::our_chat(&["--binder", &binder.address]);
    let expected = format!(
        "chat-server accounts listening on {}\nchat-server listening on {}\n",
        server.accounts.as_ref().unwrap(),
        server.address
    );
    assert_eq!(server.program.out(), expected);
}

#[test]
fn flags_can_be_given_in_the_environment() {
    let mut binder = binaries::command("binder");
    let binder = Server::ready(Program::start(
        "binder",
        binder.env("BINDER_LISTEN", "127.0.0.1:0"),
    ));
    let mut server = binaries::command("chat-server");
    server
        .env("CHAT_SERVER_LISTEN", "127.0.0.1:0")
        .env("CHAT_SERVER_ACCOUNTS_LISTEN", "off")
        .env("CHAT_SERVER_BINDER", &binder.address)
        .env("CHAT_SERVER_ADVERTISE", "127.0.0.1");
    let server = Server::ready(Program::start("chat-server", &mut server));
    wait_until_registered(&binder.address, "create_room");
    let place = binder.caller().answer("lookup_procedure", &["create_room"]);
    assert_eq!(place, json!(["127.0.0.1", server.port()]));
}

#[test]
fn a_port_that_is_taken_is_named_with_who_has_it_and_what_to_do() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Rust, &binder.address);
    let original = Server::binder(Language::Python);
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = mute.local_addr().unwrap().to_string();
    for (address, holder) in [
        (&binder.address, "a binder that is already running"),
        (&server.address, "a chat server that is already running"),
        (&original.address, "another XML-RPC server"),
        (&mute, "another program"),
    ] {
        for name in ["binder", "chat-server"] {
            let ended = binaries::start(name, &["--listen", address]).wait_for_end(DEADLINE);
            assert_eq!(ended.code, Some(1), "{ended:?}");
            expect_one_line(&ended, &[address, "taken by", holder, "--listen", "port 0"]);
        }
    }
}

#[test]
fn an_address_that_others_cannot_reach_must_be_replaced() {
    let flags = ["--listen", "0.0.0.0:0", "--accounts-listen", "off"];
    let ended = binaries::start("chat-server", &flags).wait_for_end(DEADLINE);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    expect_one_line(&ended, &["0.0.0.0", "--advertise"]);
}

#[test]
fn a_server_that_comes_before_its_binder_serves_at_once_and_registers_later() {
    // A binder that has ended leaves a port that refuses connections.
    let binder = Server::binder(Language::Rust);
    let at_binder = binder.address.clone();
    drop(binder);
    let server = Server::our_chat(&["--binder", &at_binder]);
    server
        .program
        .wait_until_logged("the binder does not answer; serving all the same");
    server
        .caller()
        .must("create_room", &["geral"], "Sala 'geral' criada.");

    let binder = Server::our_binder_at(&at_binder);
    server.program.wait_until_logged("registered in the binder");
    wait_until_registered(&binder.address, "create_room");
    let place = binder.caller().answer("lookup_procedure", &["create_room"]);
    assert_eq!(place, json!(["localhost", server.port()]));
}

#[test]
fn a_server_reports_when_the_binder_has_its_names_or_that_it_ended_before() {
    let (address, _) = Server::our_binder(&[]).kill();
    let (server, registered) = InProcess::chat_at(&address);
    let mut registered = Box::pin(registered);
    let without_binder = async {
        let wait = Duration::from_millis(300);
        tokio::time::timeout(wait, &mut registered).await
    };
    assert!(runtime().block_on(without_binder).is_err());
    let binder = Server::our_binder_at(&address);
    let in_time = async { tokio::time::timeout(DEADLINE, registered).await };
    assert_eq!(runtime().block_on(in_time), Ok(true));
    let found = |name| binder.caller().answer("lookup_procedure", &[name])[1].to_string();
    let ports = [found("create_room"), found("chat_server")];
    for (address, port) in [&server.address, &server.accounts].into_iter().zip(ports) {
        assert!(address.ends_with(&format!(":{port}")), "{address} {port}");
    }

    let (server, registered) = InProcess::chat_at("127.0.0.1:1");
    drop(server);
    let in_time = async { tokio::time::timeout(DEADLINE, registered).await };
    assert_eq!(runtime().block_on(in_time), Ok(false));
}

/// Checks that a program that failed says why on one line of standard error, with all of `parts`.
#[track_caller]
pub(super) fn expect_one_line(ended: &Ended, parts: &[&str]) {
    assert_eq!(ended.err.lines().count(), 1, "one line: {ended:?}");
    for part in parts {
        assert!(ended.err.contains(part), "{part:?} is not in {ended:?}");
    }
    assert_eq!(ended.out, "", "and nothing on standard output");
}
