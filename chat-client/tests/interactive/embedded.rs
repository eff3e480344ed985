//! A whole chat in the client's own process.

use std::net::TcpListener;

use support::Terminal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chat-client");

const FREE_PORTS: [&str; 6] = [
    "--embedded-binder-port",
    "0",
    "--embedded-chat-port",
    "0",
    "--embedded-accounts-port",
    "0",
];

fn host(environment: &[(&str, &str)]) -> Terminal {
    let flags = [&["--embedded", "--user", "ana"][..], &FREE_PORTS].concat();
    let terminal = Terminal::open(PROGRAM, &flags, environment);
    terminal.wait_for("Olá, ana.");
    terminal.wait_for_end(&[">"]);
    terminal
}

#[test]
fn its_host_learns_before_and_after_that_it_ends_for_everybody() {
    for keys in ["exit\r", "\x04"] {
        let terminal = host(&[]);
        terminal.wait_for("Quando você sair, o chat termina para todos.");
        terminal.press(keys);
        assert!(terminal.wait_for_exit().success());
        terminal.wait_for_end(&["Até logo. O chat estava neste cliente e terminou para todos."]);
    }
}

/// Joins by typing what the banner says.
#[test]
fn the_banner_names_a_command_that_works_as_typed() {
    let terminal = host(&[]);
    let banner = terminal.screen().contents();
    let (_, rest) = banner.split_once('«').unwrap();
    let (command, _) = rest.split_once('»').unwrap();
    let command = command.replace('\n', "");
    let line = format!("{command} --user bia --room geral");
    let bia = Terminal::open("/bin/sh", &["-c", &line], &[]);
    bia.wait_for("geral> ");
    terminal.type_line("join geral");
    bia.wait_for("→ ana entrou");
}

/// What was said is there again, and the room and the names with it.
#[test]
fn the_chat_goes_on_when_its_host_comes_back() {
    let data = tempfile::tempdir().unwrap();
    let kept = [("CHAT_CLIENT_EMBEDDED_DATA", data.path().to_str().unwrap())];
    for (earlier, text) in [("", "até amanhã"), ("até amanhã", "bom dia")] {
        let ana = host(&kept);
        ana.wait_for("Da próxima vez, ele continua.");
        let banner = ana.screen().contents();
        let (_, rest) = banner.split_once("binder em ").unwrap();
        let (binder, _) = rest.split_once(',').unwrap();
        let flags = ["--binder", binder, "--user", "bia", "--room", "geral"];
        let bia = Terminal::open(PROGRAM, &flags, &[]);
        bia.wait_for("geral> ");
        bia.wait_for(earlier);
        ana.type_line("join geral");
        ana.wait_for_end(&["geral>"]);
        ana.type_line(text);
        bia.wait_for(text);
        bia.press("\x04");
        assert!(bia.wait_for_exit().success());
        ana.press("\x04");
        assert!(ana.wait_for_exit().success());
    }
}

#[test]
fn a_directory_in_use_ends_the_second_chat_before_it_begins() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().to_str().unwrap();
    let first = host(&[("CHAT_CLIENT_EMBEDDED_DATA", data)]);
    let flags = [&["--embedded", "--embedded-data", data][..], &FREE_PORTS].concat();
    let second = Terminal::open(PROGRAM, &flags, &[]);
    assert_eq!(second.wait_for_exit().exit_code(), 1);
    second.wait_for("está em uso por outro servidor de chat; encerre-o");
    second.wait_for("--embedded-data DIR");
    assert!(!second.screen().contents().contains("binder em"));
    first.press("\x04");
    assert!(first.wait_for_exit().success());
}

#[test]
fn under_cargo_the_banner_names_cargo() {
    let cargo = [("CARGO", "cargo"), ("CARGO_PKG_NAME", "chat-client")];
    host(&cargo).wait_for("com «cargo run -p chat-client -- --binder 127.0.0.1:");
}

#[test]
fn a_port_that_a_program_of_others_has_is_said_to_be_no_chat() {
    // It takes connections, and answers none.
    let foreign = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = foreign.local_addr().unwrap().port().to_string();
    let flags = ["--embedded", "--embedded-binder-port", &port];
    let flags = [&flags, &FREE_PORTS[2..]].concat();
    let terminal = Terminal::open(PROGRAM, &flags, &[]);
    assert_eq!(terminal.wait_for_exit().exit_code(), 6);
    terminal.wait_for("está em uso por um programa que não é do chat; encerre-o, ou escolha outra");
    assert!(!terminal.screen().contents().contains("já está no ar"));
}

#[test]
fn a_port_that_a_chat_has_is_said_to_be_one() {
    let first = host(&[]);
    let banner = first.screen().contents();
    let (_, rest) = banner.split_once("binder em 127.0.0.1:").unwrap();
    let (port, _) = rest.split_once(',').unwrap();
    let flags = ["--embedded", "--embedded-binder-port", port];
    let second = Terminal::open(PROGRAM, &[&flags, &FREE_PORTS[2..]].concat(), &[]);
    assert_eq!(second.wait_for_exit().exit_code(), 6);
    second.wait_for("está em uso por um binder");
    second.wait_for("Parece que um chat já está no ar");
}
