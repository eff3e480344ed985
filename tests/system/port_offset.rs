//! Several chats on one machine: one number moves the ports of all programs.

use std::net::TcpListener;

use support::{Program, Server, binaries, eventually, python};

/// A number by which the usual ports are free now.
pub(crate) fn free_offset() -> String {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let all_are_free = |offset: &u16| {
        [5_000, 8_000, 9_000]
            .iter()
            .all(|usual| is_free(usual + offset))
    };
    let first = fastrand::u16(1_000..20_000);
    let offset = (first..50_000).find(all_are_free).expect("free ports");
    offset.to_string()
}

#[test]
fn programs_with_the_same_offset_find_each_other_and_the_python_clients_too() {
    let offset = free_offset();
    let state = tempfile::tempdir().unwrap();
    let command = |name: &str| {
        let mut command = binaries::command(name);
        command.env("CHAT_PORT_OFFSET", &offset);
        command.env("XDG_STATE_HOME", state.path());
        command
    };
    let number: u16 = offset.parse().unwrap();
    // By the flag, and by the variable.
    let binder = Server::ready(binaries::start("binder", &["--port-offset", &offset]));
    assert_eq!(binder.address, format!("127.0.0.1:{}", 5_000 + number));
    let mut server = command("chat-server");
    server.env_remove("CHAT_SERVER_DATA");
    let server = Server::ready(Program::start("chat-server", &mut server));
    assert_eq!(server.address, format!("127.0.0.1:{}", 9_000 + number));
    assert_eq!(
        server.accounts,
        Some(format!("127.0.0.1:{}", 8_000 + number))
    );
    // Each has a directory of its own.
    let kept = format!("distributed-chat/chat-server-{}/chat.db", 9_000 + number);
    assert!(state.path().join(kept).exists());
    server.wait_until_accounts_are_registered(&binder.address);

    let mut client = command("chat-client");
    client.args(["--plain", "--user", "ana"]);
    let mut client = Program::start("chat-client", &mut client);
    client.type_line("create");
    client.type_line("geral");
    client.wait_for("Sala 'geral' criada.");
    let mut python = python::command("classic_client.py");
    let mut bia = Program::start("classic_client.py", python.env("CHAT_PORT_OFFSET", &offset));
    bia.type_line("bia");
    bia.type_line("list");
    bia.wait_for("geral");
    bia.type_line("exit");
    client.type_line("exit");

    // What looks at them follows, too.
    let ping = command("binder").arg("ping").output().unwrap();
    let ping = String::from_utf8(ping.stdout).unwrap();
    assert!(
        ping.contains(&server.address.replace("127.0.0.1", "localhost")),
        "{ping}"
    );
    let log = eventually("the log shows ana", || {
        let mut log = command("chat-server");
        let log = log
            .arg("log")
            .env_remove("CHAT_SERVER_DATA")
            .output()
            .unwrap();
        let log = String::from_utf8(log.stdout).unwrap();
        log.contains("register ana").then_some(log)
    });
    assert!(log.contains("create geral"), "{log}");
}

#[test]
fn an_embedded_chat_moves_its_ports_as_well() {
    let offset = free_offset();
    let number: u16 = offset.parse().unwrap();
    let flags = [
        "--embedded",
        "--embedded-data",
        "off",
        "--port-offset",
        &offset,
    ];
    let mut client = binaries::start("chat-client", &flags);
    client.type_line("ana");
    client.wait_for("sucesso");
    let at_binder = format!("127.0.0.1:{}", 5_000 + number);
    let found = support::Caller::rust(&at_binder).answer("lookup_procedure", &["create_room"]);
    assert_eq!(found[1], 9_000 + number);
    client.type_line("exit");
    client.finish();
}
