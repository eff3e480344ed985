//! `chat-client --embedded`: a whole chat in one program, which others join.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use support::{Caller, DEADLINE, Language, Server, TerminalClient, binaries, program::Ended};

use super::starting::expect_one_line;

const REGISTERED: &str = "Usuário registrado com sucesso.\n";

/// Starts one on free ports; gives it with the binder that it names for others.
fn embedded() -> (TerminalClient, String) {
    let flags = [
        "--embedded",
        "--embedded-binder-port",
        "0",
        "--embedded-chat-port",
        "0",
        "--embedded-accounts-port",
        "0",
    ];
    let client = TerminalClient::ours(&flags);
    client.program.wait_until_logged("`\n");
    let said = client.program.err();
    let (_, join) = said
        .split_once("join from another terminal with `")
        .unwrap();
    let (_, binder) = join.split_once("chat-client --binder ").unwrap();
    let binder = binder.strip_suffix("`\n").unwrap().to_owned();
    (client, binder)
}

#[test]
fn others_join_an_embedded_chat_in_either_language() {
    let (mut host, binder) = embedded();
    host.register("ana", REGISTERED);
    host.create("geral", "Sala 'geral' criada.\n");
    host.join("geral");
    for (language, name) in [(Language::Rust, "bia"), (Language::Python, "caio")] {
        let mut guest = TerminalClient::start(language, &binder);
        guest.register(name, REGISTERED);
        guest.join("geral");
        guest.send("cheguei", "", "Mensagem enviada.\n");
        host.is_shown(name, "cheguei");
        host.send(&format!("olá, {name}"), "", "Mensagem enviada.\n");
        guest.is_shown("ana", &format!("olá, {name}"));
        guest.exit();
    }
    host.command("users", "['ana']\n");
    let Ended { err, .. } = host.exit();
    assert_eq!(
        err.lines().count(),
        1,
        "it said where it is, and no more: {err}"
    );
}

#[test]
fn the_board_of_an_embedded_chat_is_announced_and_shows_both_servers() {
    let (host, binder) = embedded();
    let (_, port) = binder.split_once(':').unwrap();
    let said = host.program.err();
    assert!(
        said.contains(&format!("watch the calls at http://localhost:{port}/;")),
        "{said}"
    );
    let chat = Caller::rust(&binder).answer("lookup_procedure", &["create_room"]);
    let chat = format!("localhost:{}", chat[1]);
    for (server, path, part) in [
        (&binder, "/", "<!doctype html>"),
        (&binder, "/board/events", "\"role\":\"binder\""),
        (&chat, "/board/events", "\"role\":\"chat-server\""),
    ] {
        let mut browser = TcpStream::connect(server).unwrap();
        browser.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(browser, "GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n").unwrap();
        let mut shown = String::new();
        // Events go on for ever; what is looked for is in the first of them.
        while !shown.contains(part) {
            let mut piece = [0; 4096];
            let length = browser.read(&mut piece).unwrap();
            assert!(length > 0, "{path} shows {shown}");
            shown.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_who_has_it_and_what_to_do() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Rust, &binder.address);
    let (binder_port, chat_port) = (binder.port().to_string(), server.port().to_string());
    for (binder_port, chat_port, address, holder) in [
        (
            binder_port.as_str(),
            "0",
            &binder.address,
            "a binder that is already running",
        ),
        (
            "0",
            chat_port.as_str(),
            &server.address,
            "a chat server that is already running",
        ),
    ] {
        let flags = [
            ["--embedded", "--plain"],
            ["--embedded-binder-port", binder_port],
            ["--embedded-chat-port", chat_port],
            ["--embedded-accounts-port", "0"],
        ];
        let ended = binaries::start("chat-client", flags.as_flattened()).wait_for_end(DEADLINE);
        assert_eq!(ended.code, Some(6), "{ended:?}");
        expect_one_line(
            &ended,
            &[address, "taken by", holder, "a chat seems to be running"],
        );
    }
}
