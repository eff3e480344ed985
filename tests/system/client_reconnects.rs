//! What our client does when the servers are killed and started again: it comes back by itself, and no
//! message is lost in silence or stored twice.

use support::{
    Caller, Language, Server, TerminalClient, binaries, eventually, python,
    terminal_client::prompt, waiting::next_second,
};

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

fn chat_server(binder: &str, classic: &str, accounts: &str) -> Server {
    let flags = [
        ["--listen", classic],
        ["--accounts-listen", accounts],
        ["--binder", binder],
    ];
    Server::ready(binaries::start("chat-server", flags.as_flattened()))
}

/// Types a message in a client without waiting for the reply.
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

        let (classic, accounts) = server.kill();
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
    let (address, _) = server.kill();
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
    let (address, _) = binder.kill();
    ana.send("sem binder", "", SENT);
    bia.is_shown("ana", "sem binder");
    let binder = Server::our_binder_at(&address);
    support::server::wait_until_registered(&binder.address, "create_room");
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

/// What the original clients call while nothing listens fails, and ends them. They call nothing while they
/// are paused, as their users do who do not look for a moment.
#[test]
fn original_clients_work_on_after_a_restart_of_a_server_that_keeps_the_chat() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let binder = Server::binder(Language::Rust);
    let start = |listen: &str, accounts: &str| {
        let flags = [
            ["--listen", listen],
            ["--accounts-listen", accounts],
            ["--binder", &binder.address],
            ["--data", data],
        ];
        Server::ready(binaries::start("chat-server", flags.as_flattened()))
    };
    let mut server = start("127.0.0.1:0", "127.0.0.1:0");
    for name in ["create_room", "chat_server"] {
        support::server::wait_until_registered(&binder.address, name);
    }
    let mut ana = TerminalClient::start(Language::Python, &binder.address);
    ana.register("ana", REGISTERED);
    ana.create("geral", "Sala 'geral' criada.\n");
    ana.join("geral");
    let mut caio = TerminalClient::accounts(Language::Python, &binder.address);
    caio.dialogue(&[
        ("Digite seu username: ", "caio"),
        ("Digite sua senha: ", "senha"),
    ]);
    caio.dialogue(&[(COMMAND_OF_ACCOUNTS, "join"), (prompt::ROOM, "geral")]);
    caio.program.wait_for("Ultimas mensagens:\n");
    // A ServerProxy that is kept.
    let mut bia = Caller::python(&server.address);
    bia.enter("bia", "geral");
    for round in 1..=3 {
        ana.send(&format!("ana {round}"), "", SENT);
        bia.say("bia", "geral", &format!("bia {round}"), "ana");
        type_message(&mut caio, COMMAND_OF_ACCOUNTS, &format!("caio {round}"));
        caio.program.wait_for(SENT);

        ana.program.pause();
        caio.program.pause();
        let (classic, accounts) = server.kill();
        server = start(&classic, &accounts.unwrap());
        ana.program.resume();
        caio.program.resume();

        let text = format!("de volta {round}");
        bia.say("bia", "geral", &text, "");
        ana.is_shown("bia", &text);
        caio.is_shown("bia", &text);
        ana.send(&format!("ana de volta {round}"), "bia", SENT);
        let private = bia.answer("receive_messages", &["bia", "geral"]);
        let newest = private.as_array().unwrap().last().unwrap();
        assert_eq!(newest["content"], format!("ana de volta {round}"));
    }
    ana.command("users", "['ana', 'caio', 'bia']");
    for client in [ana, caio] {
        let ended = client.program.finish();
        assert_eq!(ended.err, "", "nothing failed");
        if ended.out.contains("Sala 'geral' criada.") {
            // In the polling client each message arrives once.
            for round in 1..=3 {
                for text in [
                    format!("] bia: bia {round}\n"),
                    format!("] bia: de volta {round}\n"),
                ] {
                    assert_eq!(ended.out.matches(&text).count(), 1, "{text}{}", ended.out);
                }
            }
        }
    }
}
