//! Ending a program by Ctrl-C and by SIGTERM: promptly, cleanly, leaving nothing behind.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use support::{DEADLINE, Language, Server, TerminalClient, eventually};

/// What is still prompt. Nothing is in flight here, so the limit for calls in flight plays no part.
const PROMPTLY: Duration = Duration::from_secs(3);

/// Both ways to ask a program to end.
const SIGNALS: [Signal; 2] = [Signal::INT, Signal::TERM];

#[test]
fn a_binder_ends_promptly_although_connections_are_open() {
    for signal in SIGNALS {
        let binder = Server::binder(Language::Rust);
        // One that has been used and is kept alive, one that never says anything.
        let mut used = binder.caller();
        used.answer("list_procedures", &[]);
        let _silent = TcpStream::connect(&binder.address).unwrap();
        binder.program.signal(signal);
        let ended = binder.program.wait_for_end(PROMPTLY);
        assert_eq!(ended.code, Some(0), "{signal:?}: {ended:?}");
    }
}

#[test]
fn a_chat_server_ends_promptly_and_takes_its_names_out_of_the_binder() {
    for signal in SIGNALS {
        let binder = Server::binder(Language::Rust);
        let server = Server::chat(Language::Rust, &binder.address);
        let mut used = server.caller();
        used.enter("ana", "geral");
        let _silent = TcpStream::connect(&server.address).unwrap();
        server.program.signal(signal);
        let ended = server.program.wait_for_end(PROMPTLY);
        assert_eq!(ended.code, Some(0), "{signal:?}: {ended:?}");
        let listed = binder.caller().answer("list_procedures", &[]);
        let mut left = listed.as_array().unwrap().iter();
        assert!(
            left.all(|name| name["built_in"] == true),
            "{signal:?}: {listed}, {ended:?}"
        );
    }
}

#[test]
fn a_chat_server_ends_promptly_with_an_original_binder_and_with_none() {
    for signal in SIGNALS {
        let original = Server::binder(Language::Python);
        let server = Server::chat(Language::Rust, &original.address);
        let lonely = Server::unregistered_chat(&[]);
        for server in [server, lonely] {
            server.program.signal(signal);
            let ended = server.program.wait_for_end(PROMPTLY);
            assert_eq!(ended.code, Some(0), "{signal:?}: {ended:?}");
        }
    }
}

#[test]
fn a_call_in_flight_is_answered_before_a_server_ends() {
    let binder = Server::binder(Language::Rust);
    for signal in SIGNALS {
        let server = Server::our_chat(&["--binder", &binder.address]);
        expect_answer_although(signal, server, "create_room", " criada.</string>");
    }
    expect_answer_although(Signal::TERM, binder, "lookup_procedure", "<nil");
}

/// Checks that a stopping server answers the call of `method` that it has begun to read.
#[track_caller]
fn expect_answer_although(signal: Signal, server: Server, method: &str, answer: &str) {
    let body = format!(
        "<methodCall><methodName>{method}</methodName>\
         <params><param><value>x</value></param></params></methodCall>"
    );
    let mut call = TcpStream::connect(&server.address).unwrap();
    call.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(
        call,
        "POST /RPC2 HTTP/1.1\r\nHost: chat\r\nContent-Type: text/xml\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut said = [0; 25];
    call.read_exact(&mut said).unwrap();
    assert_eq!(&said, go_on, "the call is being read");

    server.program.signal(signal);
    eventually("the server takes no more connections", || {
        TcpStream::connect(&server.address).is_err().then_some(())
    });
    call.write_all(body.as_bytes()).unwrap();
    let mut answered = String::new();
    call.read_to_string(&mut answered).unwrap();
    assert!(answered.contains(answer), "{signal:?}: {answered}");
    let ended = server.program.wait_for_end(PROMPTLY);
    assert_eq!(ended.code, Some(0), "{signal:?}: {ended:?}");
}

#[test]
fn a_server_that_says_it_is_ready_obeys_a_signal_at_once() {
    // Whether a signal comes too early is a matter of microseconds.
    for _ in 0..5 {
        let servers = [
            Server::binder(Language::Rust),
            Server::unregistered_chat(&[]),
        ];
        for server in servers {
            server.program.signal(Signal::TERM);
            let ended = server.program.wait_for_end(PROMPTLY);
            assert_eq!(ended.code, Some(0), "{ended:?}");
        }
    }
}

#[test]
fn a_client_ends_promptly_and_gives_its_name_back_wherever_it_is() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Rust, &binder.address);
    for signal in SIGNALS {
        let started = || TerminalClient::start(Language::Rust, &binder.address);
        let nameless = started();
        nameless.program.wait_until_printed("Digite seu username: ");
        let mut in_a_room = started();
        in_a_room.register("ana", "Usuário registrado com sucesso.\n");
        in_a_room.create("geral", "\n");
        in_a_room.join("geral");
        let mut typing = started();
        typing.register("bia", "Usuário registrado com sucesso.\n");
        typing.join("geral");
        typing.dialogue(&[("Use um comando ", "send"), ("Mensagem: ", "nunca")]);
        for client in [nameless, in_a_room, typing] {
            client.program.signal(signal);
            let ended = client.program.wait_for_end(PROMPTLY);
            assert_eq!(ended.code, Some(0), "{signal:?}: {ended:?}");
            assert!(
                ended.out.ends_with("\nDesconectando o Cliente...\n"),
                "{ended:?}"
            );
            assert_eq!(ended.err, "", "{ended:?}");
        }
        let mut caller = server.caller();
        assert_eq!(caller.answer("list_users", &["geral"]), json!([]));
        for user in ["ana", "bia"] {
            caller.must("unregister_user", &[user], "Usuário não encontrado.");
        }
    }
}
