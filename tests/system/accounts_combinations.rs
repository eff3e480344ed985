//! Dialect accounts: any mixture works, a Python or our binder, a Python or our chat server, Python and
//! our clients.
//!
//! Twelve mixtures of real processes, each with two clients of the one kind and one of the other. Another
//! test puts both dialects into one room, with the original clients of both.

use serde_json::json;

use support::{
    Binder, InProcess, Language, Server, TerminalClient, language::in_every_mixture, python,
    terminal_client::prompt,
};

const LOGGED_IN: &str = "Login realizado com sucesso.\n";
const SENT: &str = "Mensagem enviada.\n";

#[test]
fn every_mixture_of_python_and_rust_carries_a_whole_conversation() {
    in_every_mixture(|_, _| true, converse);
}

/// Ana and bia have the clients under test; caio has one of the other kind, in the same room.
fn converse(binder: Binder, server: Language, clients: Language) {
    let refused = |text: &str| format!("Erro: {}\n", server.faults().string_of(text));

    let binder = Server::binder(binder);
    let server = Server::accounts_chat(server, &binder.address);
    let start = |language| TerminalClient::accounts(language, &binder.address);
    let (mut ana, mut bia) = (start(clients), start(clients));
    let mut caio = start(clients.other());

    log_in(&mut ana, "ana", "senha de ana", LOGGED_IN);
    for command in ["send", "users", "leave"] {
        obey(&mut ana, command, &["Voce nao esta em nenhuma sala.\n"]);
    }
    obey(&mut ana, "list", &["Salas existentes:\n", "[]\n"]);
    in_room(&mut ana, "create", "geral", &["Sala 'geral' criada.\n"]);
    let exists = refused("Já existe uma sala com o nome 'geral'.");
    in_room(&mut ana, "create", "geral", &[&exists]);
    in_room(&mut ana, "create", "jogos", &["Sala 'jogos' criada.\n"]);
    let no_room = refused("A sala 'nada' não existe.");
    in_room(&mut ana, "join", "nada", &[&no_room]);
    join(&mut ana, "jogos", "['ana']");
    join(&mut ana, "geral", "['ana']");

    log_in(&mut bia, "ana", "errada", &refused("Senha incorreta."));
    log_in(&mut bia, "bia", "senha de bia", LOGGED_IN);
    join(&mut bia, "geral", "['ana', 'bia']");
    log_in(&mut caio, "caio", "senha de caio", LOGGED_IN);
    join(&mut caio, "geral", "['ana', 'bia', 'caio']");
    let users = ["Usuarios na sala: 'geral':\n", "['ana', 'bia', 'caio']\n"];
    obey(&mut caio, "users", &users);

    // Everybody reads what is said to all, including the sender; a private message is read by its recipient.
    // The broadcast after it shows that the others have polled since.
    send(&mut ana, "bom dia", "");
    send(&mut bia, "olá & <tchau>", "");
    send(&mut ana, "segredo", "bia");
    send(&mut caio, "fim", "");
    for client in [&ana, &bia] {
        client.is_shown("caio", "fim");
    }
    for client in [&bia, &caio] {
        client.is_shown("ana", "bom dia");
    }
    for client in [&ana, &caio] {
        client.is_shown("bia", "olá & <tchau>");
    }
    bia.is_shown("ana -> bia", "segredo");
    // Caio does not see his own message, so a later message of bia shows that he polled.
    send(&mut bia, "e agora, fim", "");
    caio.is_shown("bia", "e agora, fim");

    // Leaving one room leaves the others alone.
    obey(&mut ana, "leave", &["Voce saiu da sala 'geral'.\n"]);
    obey(&mut ana, "users", &["Voce nao esta em nenhuma sala.\n"]);
    let mut caller = server.accounts_caller();
    assert_eq!(
        caller.answer("list_users", &["geral"]),
        json!(["bia", "caio"])
    );
    assert_eq!(caller.answer("list_users", &["jogos"]), json!(["ana"]));

    for (client, reads_the_secret) in [(ana, false), (bia, true), (caio, false)] {
        let ended = exit(client);
        assert_eq!(
            ended.contains("segredo"),
            reads_the_secret,
            "a private message is shown to its recipient alone:\n{ended}"
        );
    }
    // They have left their rooms and keep their accounts.
    for room in ["geral", "jogos"] {
        assert_eq!(caller.answer("list_users", &[room]), json!([]));
    }
    let back = caller.answer("login_user", &["ana", "senha de ana"]);
    assert_eq!(back, json!(true));
}

/// The original server with accounts never registers itself. Its port is another one here than 8000,
/// which may be in use on this machine.
#[test]
fn an_original_server_that_does_not_register_is_found_behind_our_binder() {
    let flags = ["--port", "0", "--unregistered"];
    let server = Server::ready(python::start("accounts_server.py", &flags));
    let place = format!("localhost:{}", server.port()).parse().unwrap();
    let binder = InProcess::binder_with(binder::Settings {
        built_in: vec![("chat_server".into(), place)],
        ..binder::Settings::default()
    });
    let mut clients =
        Language::ALL.map(|language| TerminalClient::accounts(language, &binder.address));
    let there = ["['ana']", "['ana', 'bia']"];
    for ((client, name), there) in clients.iter_mut().zip(["ana", "bia"]).zip(there) {
        log_in(client, name, "senha", LOGGED_IN);
        if name == "ana" {
            in_room(client, "create", "geral", &["Sala 'geral' criada.\n"]);
        }
        join(client, "geral", there);
    }
    let [first, second] = &mut clients;
    send(first, "oi, bia", "");
    send(second, "oi, ana", "");
    second.is_shown("ana", "oi, bia");
    first.is_shown("bia", "oi, ana");

    // Any registration takes its place, and it comes back after that.
    let mut caller = binder.caller();
    let other = [json!("chat_server"), json!("localhost"), json!(1)];
    let mut found = || caller.answer("lookup_procedure", &["chat_server"])[1].clone();
    assert_eq!(found(), json!(server.port()));
    let mut registrar = binder.caller();
    registrar.call("register_procedure", &other);
    assert_eq!(found(), json!(1));
    registrar.call("unregister_procedure", &other);
    assert_eq!(found(), json!(server.port()));
}

#[test]
fn the_originals_of_both_dialects_and_our_clients_meet_in_one_room() {
    let binder = Server::binder(Language::Rust);
    let _server = Server::chat(Language::Rust, &binder.address);
    let mut guests = Language::ALL.map(|language| TerminalClient::start(language, &binder.address));
    let mut accounts =
        Language::ALL.map(|language| TerminalClient::accounts(language, &binder.address));

    let guest_names = ["ana", "bia"];
    let account_names = ["caio", "duda"];
    for (guest, name) in guests.iter_mut().zip(guest_names) {
        guest.register(name, "Usuário registrado com sucesso.\n");
        if name == "ana" {
            guest.create("geral", "Sala 'geral' criada.\n");
        }
        guest.join("geral");
    }
    let there = ["['ana', 'bia', 'caio']", "['ana', 'bia', 'caio', 'duda']"];
    for ((account, name), there) in accounts.iter_mut().zip(account_names).zip(there) {
        let taken = "Erro: Nome de usuário 'ana' já está em uso.\n";
        log_in(account, "ana", "senha", taken);
        log_in(account, name, "senha", LOGGED_IN);
        join(account, "geral", there);
    }

    for (guest, name) in guests.iter_mut().zip(guest_names) {
        guest.send(&format!("de {name} a todos"), "", SENT);
        for account in account_names {
            guest.send(&format!("de {name} só para {account}"), account, SENT);
        }
    }
    for (account, name) in accounts.iter_mut().zip(account_names) {
        send(account, &format!("de {name} a todos"), "");
        for guest in guest_names {
            send(account, &format!("de {name} só para {guest}"), guest);
        }
    }
    let names = guest_names.into_iter().chain(account_names);
    for reader in guests
        .iter()
        .zip(guest_names)
        .chain(accounts.iter().zip(account_names))
    {
        let (client, reader) = reader;
        for from in names.clone().filter(|from| *from != reader) {
            client.is_shown(from, &format!("de {from} a todos"));
            let is_guest = guest_names.contains(&reader);
            if guest_names.contains(&from) != is_guest {
                let shown_from = if is_guest {
                    from.to_owned()
                } else {
                    format!("{from} -> {reader}")
                };
                client.is_shown(&shown_from, &format!("de {from} só para {reader}"));
            }
        }
    }
    let private_to_others = |printed: &str, reader: &str| {
        names
            .clone()
            .any(|other| other != reader && printed.contains(&format!("só para {other}\n")))
    };
    for (guest, name) in guests.into_iter().zip(guest_names) {
        let printed = guest.exit().out;
        assert!(
            !private_to_others(&printed, name),
            "{name} sees:\n{printed}"
        );
    }
    for (account, name) in accounts.into_iter().zip(account_names) {
        let printed = exit(account);
        assert!(
            !private_to_others(&printed, name),
            "{name} sees:\n{printed}"
        );
    }
}

#[track_caller]
fn log_in(client: &mut TerminalClient, user: &str, password: &str, answer: &str) {
    client.dialogue(&[(prompt::USERNAME, user), (prompt::PASSWORD, password)]);
    client.program.wait_for(answer);
}

/// Gives a command, and waits for the pieces of the reply: the original may show a refresh
/// between them.
#[track_caller]
fn obey(client: &mut TerminalClient, command: &str, answers: &[&str]) {
    client.dialogue(&[(prompt::ACCOUNTS_COMMAND, command)]);
    for answer in answers {
        client.program.wait_for(answer);
    }
}

#[track_caller]
fn in_room(client: &mut TerminalClient, command: &str, room: &str, answers: &[&str]) {
    obey(client, command, &[]);
    client.dialogue(&[(prompt::ROOM, room)]);
    for answer in answers {
        client.program.wait_for(answer);
    }
}

#[track_caller]
fn join(client: &mut TerminalClient, room: &str, users: &str) {
    let joined = format!("Voce entrou na sala '{room}'.\n");
    let users = format!("Usuarios: {users}\n");
    in_room(
        client,
        "join",
        room,
        &[&joined, &users, "Ultimas mensagens:\n"],
    );
}

/// Sends a message, to the room when `to` is empty.
#[track_caller]
fn send(client: &mut TerminalClient, text: &str, to: &str) {
    obey(client, "send", &[]);
    client.dialogue(&[(prompt::MESSAGE, text), (prompt::RECIPIENT, to)]);
    client.program.wait_for(SENT);
}

/// Leaves by `exit`, and gives everything that was printed.
#[track_caller]
fn exit(mut client: TerminalClient) -> String {
    obey(&mut client, "exit", &["Desconectando o Cliente...\n"]);
    let ended = client.program.finish();
    assert_eq!(ended.err, "", "nothing goes wrong");
    ended.out
}
