//! Any mixture works: a Python or our binder, a Python or our chat server, Python and our clients.
//!
//! Ten mixtures of real processes, each with two clients of the one kind and one of the other, and
//! each carrying everything that people do in a chat. The original server cannot be used with the binder of
//! the accounts system: it takes the fault that its registration is answered with for an error, and ends.

use serde_json::json;

use support::{
    Binder, Caller, Language, Server, TerminalClient, language::in_every_mixture,
    waiting::next_second,
};

#[test]
fn every_mixture_of_python_and_rust_carries_a_whole_conversation() {
    let can_use = |server, binder| server == Language::Rust || binder != Binder::Accounts;
    in_every_mixture(can_use, converse);
}

/// Ana and bia have the clients under test; caio has one of the other kind, in the same room.
fn converse(binder: Binder, server: Language, clients: Language) {
    const REGISTERED: &str = "Usuário registrado com sucesso.\n";
    const SENT: &str = "Mensagem enviada.\n";
    let taken = format!(
        "Erro: {}\nPor favor, escolha outro username.\n",
        server
            .faults()
            .string_of("O nome de usuário já está em uso. Escolha outro.")
    );

    let binder = Server::binder(binder);
    let server = Server::chat(server, &binder.address);
    let start = |language| TerminalClient::start(language, &binder.address);
    let (mut ana, mut bia) = (start(clients), start(clients));
    let mut caio = start(clients.other());

    ana.register("ana", REGISTERED);
    ana.command("list", "Salas existentes:\n[]\n");
    ana.create("geral", "Sala 'geral' criada.\n");
    ana.create("geral", "Sala já existe.\n");
    ana.create("jogos", "Sala 'jogos' criada.\n");
    ana.command("list", "Salas existentes:\n['geral', 'jogos']\n");
    ana.join("geral");
    ana.send("alguém?", "", "Você está sozinho na sala\n");

    bia.register("ana", &taken);
    bia.register("bia", REGISTERED);
    bia.join("geral");
    bia.command("users", "Usuarios na sala: 'geral':\n['ana', 'bia']\n");
    caio.register("caio", REGISTERED);
    caio.join("geral");
    caio.command(
        "users",
        "Usuarios na sala: 'geral':\n['ana', 'bia', 'caio']\n",
    );

    // Everybody reads what is said to all, including the sender.
    for (speaker, text) in [
        ("ana", "bom dia"),
        ("bia", "olá & <tchau>"),
        ("caio", "às 8"),
    ] {
        next_second();
        let [speaking, others @ ..] = match speaker {
            "ana" => [&mut ana, &mut bia, &mut caio],
            "bia" => [&mut bia, &mut ana, &mut caio],
            _ => [&mut caio, &mut ana, &mut bia],
        };
        speaking.send(text, "", SENT);
        for other in others {
            other.is_shown(speaker, text);
        }
    }

    // What is said to one is read by that one; the broadcast after it shows that the others have
    // polled since.
    next_second();
    ana.send("só para ti", "rui", "Usuario rui não encontrado\n");
    ana.send("segredo", "bia", SENT);
    next_second();
    caio.send("e aí?", "ana", SENT);
    next_second();
    caio.send("fim", "", SENT);
    bia.is_shown("ana", "segredo");
    ana.is_shown("caio", "e aí?");
    ana.is_shown("caio", "fim");
    bia.is_shown("caio", "fim");

    for (client, own) in [(ana, "bom dia"), (bia, "olá & <tchau>"), (caio, "às 8")] {
        let ended = client.exit();
        assert_eq!(ended.err, "", "nothing goes wrong");
        assert!(
            !ended.out.contains(&format!(": {own}\n")),
            "own messages are not shown"
        );
        for (secret, reader) in [("segredo", "olá & <tchau>"), ("e aí?", "bom dia")] {
            let shown = ended.out.matches(&format!(": {secret}\n")).count();
            assert_eq!(
                shown,
                usize::from(own == reader),
                "{secret} shown to who says {own}"
            );
        }
    }
    // All three have left the room and given their names back.
    let mut caller = Caller::rust(&server.address);
    assert_eq!(caller.answer("list_users", &["geral"]), json!([]));
    for user in ["ana", "bia", "caio"] {
        caller.must("register_user", &[user], REGISTERED.trim_end());
    }
}
