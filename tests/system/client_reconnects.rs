//! What our client does when the servers are killed and started again: it comes back by itself, and no
//! message is lost in silence or stored twice.

use rustix::process::Signal;

use crate::stage::terminal_client::prompt;
use crate::stage::waiting::next_second;
use crate::stage::{Caller, Language, Server, TerminalClient, binaries, eventually, python};

const REGISTERED: &str = "Usuário registrado com sucesso.\n";
const SENT: &str = "Mensagem enviada.\n";
const COMMAND_OF_ACCOUNTS: &str = "Use um comando (create, join, send, list, users, leave, exit): ";

/// A client of dialect classic in the room `geral`, which is created if need be.
fn in_the_room(name: &str, binder: &str) -> TerminalClient {
    let flags = ["--binder", binder, "--user", name, "--room", "geral"];
    let mut client = TerminalClient::ours(&flags);
    client.program.wait_for("Ultimas mensagens:\n");
    client
}

/// The same of dialect accounts.
fn with_an_account(name: &str, binder: &str) -> TerminalClient {
    let flags = [["--binder", binder], ["--user", name], ["--room", "geral"]];
    let flags = [&["--accounts"], flags.as_flattened()].concat();
    let mut client = TerminalClient::ours(&flags);
    client.dialogue(&[("Digite sua senha: ", "senha")]);
    client.program.wait_for("Ultimas mensagens:\n");
    client
}

/// Our chat server at these addresses.
fn chat_server(binder: &str, classic: &str, accounts: &str) -> Server {
    let flags = [
        ["--listen", classic],
        ["--accounts-listen", accounts],
        ["--binder", binder],
    ];
    Server::ready(binaries::start("chat-server", flags.as_flattened()))
}

/// Kills it as a power cut would, and gives where it was.
fn kill(server: Server) -> (String, Option<String>) {
    let Server {
        program,
        address,
        accounts,
    } = server;
    program.signal(Signal::KILL);
    let ended = program.wait_for_end(crate::stage::DEADLINE);
    assert_eq!(ended.code, None, "{ended:?}");
    (address, accounts)
}

/// Types a message in a client without waiting for what comes of it.
fn type_message(client: &mut TerminalClient, command: &str, text: &str) {
    client.dialogue(&[
        (command, "send"),
        (prompt::MESSAGE, text),
        (prompt::RECIPIENT, ""),
    ]);
}

/// How often the client has said that it is back.
fn comebacks(client: &TerminalClient) -> usize {
    client
        .program
        .out()
        .matches("; nome registrado de novo; sala 'geral' ")
        .count()
}

#[test]
fn everybody_is_back_after_the_chat_server_was_killed_and_what_was_typed_meanwhile_arrives_once() {
    for is_moved in [false, true] {
        let binder = Server::binder(Language::Rust);
        let server = Server::chat(Language::Rust, &binder.address);
        let mut ana = in_the_room("ana", &binder.address);
        let bia = in_the_room("bia", &binder.address);
        let mut caio = with_an_account("caio", &binder.address);

        let (classic, accounts) = kill(server);
        type_message(&mut ana, prompt::COMMAND, "de ana");
        type_message(&mut caio, COMMAND_OF_ACCOUNTS, "de caio");
        let any = || "127.0.0.1:0".to_owned();
        let (classic, accounts) = if is_moved {
            (any(), any())
        } else {
            (classic, accounts.unwrap())
        };
        let server = chat_server(&binder.address, &classic, &accounts);

        for client in [&mut ana, &mut caio] {
            client.program.wait_for(SENT);
        }
        for (client, others) in [
            (&ana, &["de caio"][..]),
            (&bia, &["de ana", "de caio"]),
            (&caio, &["de ana"]),
        ] {
            eventually("they are back", || (comebacks(client) == 1).then_some(()));
            let place = if is_moved {
                "O servidor agora esta em "
            } else {
                "O servidor voltou"
            };
            client.program.wait_until_printed(place);
            for text in others {
                client.is_shown(&text["de ".len()..], text);
            }
        }
        let stored = Caller::rust(&server.address).answer("receive_messages", &["bia", "geral"]);
        let mut stored: Vec<&str> = stored
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["content"].as_str().unwrap())
            .collect();
        stored.sort_unstable();
        assert_eq!(stored, ["de ana", "de caio"]);
        for client in [ana, bia, caio] {
            let ended = client.program.finish();
            assert_eq!(ended.err, "");
            for text in ["] ana: de ana\n", "] caio: de caio\n"] {
                assert!(ended.out.matches(text).count() <= 1, "{}", ended.out);
            }
        }
    }
}

#[test]
fn everybody_is_back_after_an_original_chat_server_was_killed() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Python, &binder.address);
    let mut ana = in_the_room("ana", &binder.address);
    let mut bia = in_the_room("bia", &binder.address);
    let (address, _) = kill(server);
    let port = address.rsplit(':').next().unwrap();
    let flags = ["--port", port, "--binder", &binder.address];
    let _server = Server::ready(python::start("classic_server.py", &flags));
    for client in [&ana, &bia] {
        eventually("they are back", || (comebacks(client) == 1).then_some(()));
    }
    next_second();
    ana.send("oi", "", SENT);
    bia.is_shown("ana", "oi");
    bia.command("users", "Usuarios na sala: 'geral':\n");
}

#[test]
fn a_binder_that_was_killed_is_not_missed() {
    let binder = Server::binder(Language::Rust);
    let server = Server::chat(Language::Rust, &binder.address);
    let mut ana = in_the_room("ana", &binder.address);
    let bia = in_the_room("bia", &binder.address);
    let (address, _) = kill(binder);
    ana.send("sem binder", "", SENT);
    bia.is_shown("ana", "sem binder");
    let binder = Server::ready(binaries::start("binder", &["--listen", &address]));
    crate::stage::server::wait_until_known(&binder.address, "create_room");
    // And what is found there later is the same chat.
    let mut caio = TerminalClient::start(Language::Rust, &binder.address);
    caio.register("caio", REGISTERED);
    caio.join("geral");
    caio.send("com binder", "", SENT);
    for client in [ana, bia] {
        client.is_shown("caio", "com binder");
        let out = client.exit().out;
        assert!(!out.contains("O servidor"), "{out}");
    }
    drop(server);
}
