//! `binder --proxy`: the calls of programs in any language are passed on, shown and broken, and go on when a server
//! is started again.

use serde_json::json;

use support::{
    Caller, KeptChat, Language, Program, Seen, Server, TerminalClient, eventually, python,
    server::wait_until_registered,
    waiting::next_second,
    wire::{Connection, respond},
};

const REGISTERED: &str = "Usuário registrado com sucesso.\n";
const SENT: &str = "Mensagem enviada.\n";

/// Where the binder sends those who look `name` up.
fn look_up(binder: &str, name: &str) -> String {
    let found = Caller::python(binder).answer("lookup_procedure", &[name]);
    format!("{}:{}", found[0].as_str().unwrap(), found[1])
}

/// A chat server that is registered. Look-ups do not show its own port.
fn chat(language: Language, binder: &str) -> Server {
    if language == Language::Python {
        return Server::chat(language, binder);
    }
    let server = Server::our_chat(&["--binder", binder]);
    wait_until_registered(binder, "create_room");
    server
}

/// Two clients of dialect classic talk with each other.
fn talk(binder: &str, first: Language, second: Language) {
    let mut ana = TerminalClient::start(first, binder);
    ana.register("ana", REGISTERED);
    ana.create("geral", "Sala 'geral' criada.\n");
    ana.join("geral");
    let mut bia = TerminalClient::start(second, binder);
    bia.register("ana", "Erro: ");
    bia.register("bia", REGISTERED);
    bia.join("geral");
    next_second();
    ana.send("olá", "", SENT);
    bia.is_shown("ana", "olá");
    next_second();
    bia.send("oi, só para ti", "ana", SENT);
    ana.is_shown("bia", "oi, só para ti");
    bia.command("users", "['ana', 'bia']\n");
    assert_eq!(bia.exit().code, Some(0));
    assert_eq!(ana.exit().code, Some(0));
}

#[test]
fn clients_talk_through_the_proxy_in_every_combination() {
    for server in Language::ALL {
        let binder = Server::our_binder(&["--proxy"]);
        let chat = self::chat(server, &binder.address);
        let through = look_up(&binder.address, "create_room");
        assert_ne!(through, chat.address, "{server}");
        assert_eq!(
            through,
            look_up(&binder.address, "send_message"),
            "{server}"
        );
        talk(&binder.address, Language::Python, server.other());
    }
}

#[test]
fn the_client_with_accounts_talks_through_the_proxy() {
    let binder = Server::our_binder(&["--proxy"]);
    // Its own binder has the server built in; ours passes calls on to what registers.
    let program = python::start(
        "accounts_server.py",
        &["--port", "0", "--binder", &binder.address],
    );
    let server = Server::ready(program);
    eventually("it is registered", || {
        let listed = Caller::rust(&binder.address).answer("list_procedures", &["chat_server"]);
        (listed[0]["port"] == server.port()).then_some(())
    });
    let mut ana = TerminalClient::accounts(Language::Python, &binder.address);
    ana.dialogue(&[
        ("Digite seu username: ", "ana"),
        ("Digite sua senha: ", "segredo"),
        (support::terminal_client::prompt::ACCOUNTS_COMMAND, "create"),
        ("Nome da sala: ", "geral"),
    ]);
    ana.program.wait_for("Sala 'geral' criada.");
    let mut direct = server.caller();
    assert_eq!(direct.answer("list_rooms", &[]), json!(["geral"]));
    assert_ne!(look_up(&binder.address, "chat_server"), server.address);
}

#[test]
fn two_servers_with_the_same_names_keep_their_own_clients() {
    let binder = Server::our_binder(&["--proxy"]);
    let first = Server::chat(Language::Python, &binder.address);
    let mut of_first = Caller::python(&look_up(&binder.address, "create_room"));
    of_first.must("create_room", &["primeira"], "Sala 'primeira' criada.");
    let second = Server::chat(Language::Python, &binder.address);
    let at_second = look_up(&binder.address, "create_room");
    let mut of_second = Caller::python(&at_second);
    of_second.must("create_room", &["segunda"], "Sala 'segunda' criada.");
    // A server that closes each connection gets a new one for each call.
    of_first.must("create_room", &["outra"], "Sala 'outra' criada.");
    assert_eq!(
        first.caller().answer("list_rooms", &[]),
        json!(["primeira", "outra"])
    );
    assert_eq!(
        second.caller().answer("list_rooms", &[]),
        json!(["segunda"])
    );
    // When the first one is gone, its clients are sent to the one that has the names.
    first.kill();
    assert_eq!(of_first.answer("list_rooms", &[]), json!(["segunda"]));
}

#[test]
fn an_unmodified_python_client_lives_through_kills_of_a_durable_server() {
    let binder = Server::our_binder(&["--proxy"]);
    let mut chat = KeptChat::start(&["--binder", &binder.address]);
    wait_until_registered(&binder.address, "create_room");
    let mut python = TerminalClient::start(Language::Python, &binder.address);
    python.register("ana", REGISTERED);
    python.create("geral", "Sala 'geral' criada.\n");
    python.join("geral");
    let mut bia = TerminalClient::start(Language::Python, &binder.address);
    bia.register("bia", REGISTERED);
    bia.join("geral");
    for round in 0..3 {
        python.send(&format!("antes {round}"), "", SENT);
        chat.kill();
        // Both poll five times a second, and are refused now.
        std::thread::sleep(std::time::Duration::from_millis(700));
        chat.start_again();
        python.send(&format!("depois {round}"), "", SENT);
    }
    for round in 0..3 {
        bia.is_shown("ana", &format!("antes {round}"));
        bia.is_shown("ana", &format!("depois {round}"));
    }
    bia.command("users", "['ana', 'bia']\n");
    for client in [python, bia] {
        let ended = client.exit();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    }
}

/// The events that a viewer of the board has received, once one of them matches.
fn event(viewer: &mut Connection, seen: &mut String, wanted: &str) {
    eventually(&format!("{wanted} in {seen:.2000}"), || {
        viewer.read_available(seen);
        seen.contains(wanted).then_some(())
    });
}

#[test]
fn the_board_and_the_lab_see_the_calls_of_a_python_server() {
    let flags = ["--proxy", "--board", "on", "--lab", "list_rooms=fault:next"];
    let binder = Server::our_binder(&flags);
    let chat = Server::chat(Language::Python, &binder.address);
    let mut viewer = Connection::open(&binder.address);
    viewer.send(format!(
        "GET /board/events HTTP/1.1\r\nHost: {}\r\n\r\n",
        binder.address
    ));
    let mut seen = String::new();
    event(&mut viewer, &mut seen, "event: names");

    let through = look_up(&binder.address, "create_room");
    let mut ana = Caller::python(&through);
    assert_eq!(
        ana.call("list_rooms", &[]),
        Seen::Fault(1, "Recusado pelo laboratório.".to_owned())
    );
    assert_eq!(ana.answer("list_rooms", &[]), json!([]));
    ana.enter("ana", "geral");
    let server = json!(format!("localhost:{}", chat.port()));
    event(
        &mut viewer,
        &mut seen,
        &format!("\"room\":\"geral\",\"server\":{server},\"user\":\"ana\""),
    );
    event(&mut viewer, &mut seen, "\"lab\":\"fault\"");
    event(
        &mut viewer,
        &mut seen,
        "\"answer\":\"Sala 'geral' criada.\"",
    );

    // Python's client repeats a call whose answer was lost: the class sees the message twice.
    let mut bia = server_caller_in(&chat, "bia");
    let rule = r#"{"method":"send_message","action":"drop-answer","next":true}"#;
    let rule = format!(
        "POST /board/lab HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{rule}",
        binder.address,
        rule.len()
    );
    assert_eq!(respond(&binder.address, rule).status, 200);
    ana.say("ana", "geral", "uma vez", "");
    let messages = bia.answer("receive_messages", &["bia", "geral"]);
    let texts = messages.as_array().unwrap().iter();
    let texts: Vec<_> = texts
        .map(|message| message["content"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["uma vez", "uma vez"]);
    event(&mut viewer, &mut seen, "\"outcome\":\"dropped\"");
}

fn server_caller_in(chat: &Server, user: &str) -> Caller {
    let mut caller = chat.caller();
    caller.must("register_user", &[user], "Usuário registrado com sucesso.");
    caller.answer("join_room", &[user, "geral"]);
    caller
}

#[test]
fn our_own_client_sees_through_the_proxy_and_may_go_past_it() {
    let binder = Server::our_binder(&["--proxy"]);
    let chat = self::chat(Language::Rust, &binder.address);
    let through = look_up(&binder.address, "create_room");
    let connected_to = |flags: &[&str]| {
        let flags = [&["--binder", &binder.address, "--wire"], flags].concat();
        let mut client = TerminalClient::ours(&flags);
        client.register("ana", REGISTERED);
        client.exit().err
    };
    let wire = connected_to(&[]);
    assert!(
        wire.contains(&format!("register_user · {through}")),
        "{wire}"
    );
    let wire = connected_to(&["--direct"]);
    let own = format!("register_user · localhost:{}", chat.port());
    assert!(wire.contains(&own), "{wire}");
}

#[test]
fn a_bridge_on_the_clients_machine_outlives_the_binder_and_its_proxy() {
    let ports = support::kept_chat::free_address();
    let binder_at = ports.clone();
    let start = || {
        Server::ready(support::binaries::start(
            "binder",
            &["--listen", &binder_at, "--proxy"],
        ))
    };
    let binder = start();
    let chat = self::chat(Language::Rust, &binder.address);
    let bridge = Server::our_binder(&["--upstream", &binder.address]);
    let mut ana = TerminalClient::start(Language::Python, &bridge.address);
    ana.register("ana", REGISTERED);
    ana.create("geral", "Sala 'geral' criada.\n");
    ana.join("geral");
    let through = look_up(&bridge.address, "create_room");
    assert_ne!(through, look_up(&binder.address, "create_room"));

    binder.kill();
    // What was looked up is known, and calls wait for the binder.
    assert_eq!(look_up(&bridge.address, "create_room"), through);
    let missing = Caller::python(&bridge.address).call("lookup_procedure", &[json!("outra")]);
    assert_eq!(
        missing,
        Seen::Fault(
            1,
            "O binder consultado não responde. Tente mais tarde.".to_owned()
        )
    );
    let binder = start();
    wait_until_registered(&binder.address, "create_room");
    ana.command("list", "['geral']\n");
    let mut bia = Caller::python(&through);
    bia.enter("bia", "geral");
    next_second();
    bia.say("bia", "geral", "ainda aqui", "");
    ana.is_shown("bia", "ainda aqui");
    assert_eq!(ana.exit().code, Some(0));
    drop(chat);
}

#[test]
fn the_list_says_where_calls_are_passed_on() {
    let binder = Server::our_binder(&["--proxy"]);
    let _chat = Server::chat(Language::Python, &binder.address);
    let through = look_up(&binder.address, "create_room");
    let listing = ["list", "--binder", &binder.address];
    let listed: Program = support::binaries::start("binder", &listing);
    let out = listed.finish().out;
    assert!(out.lines().next().unwrap().ends_with("PROXY"), "{out}");
    let row = out
        .lines()
        .find(|line| line.starts_with("create_room "))
        .unwrap();
    assert!(row.ends_with(&through), "{out}");
}
