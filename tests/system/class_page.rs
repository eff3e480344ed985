//! docs/class.md, followed to the letter: in a network of its own, which has the addresses of the page and all ports
//! free.

use std::path::Path;
use std::process::Command;

use support::{DEADLINE, Program, binaries};

const PAGE: &str = include_str!("../../docs/class.md");

const IN_PORTUGUESE: &str = include_str!("../../docs/turma.md");

/// The blocks of commands in a page, or in one of its sections.
fn blocks(text: &str) -> Vec<&str> {
    text.split("```\n").skip(1).step_by(2).collect()
}

fn section(title: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("\n## {title}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

/// Waits until the chat server has registered both of its ports.
const REGISTERED: &str = "until binder lookup create_room && binder lookup chat_server; do sleep 0.1; done >/dev/null 2>&1";

/// The lines of a section's blocks: those that start servers in the background, and clients with this input.
fn script(title: &str, input: &str) -> String {
    let lines = blocks(section(title)).into_iter().flat_map(str::lines);
    let lines = lines.map(|line| {
        let is_server = ["binder", "chat-server"].iter().any(|server| {
            let rest = line.strip_prefix(server);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" --"))
        });
        if is_server {
            format!("{line} &\n")
        } else if line.starts_with("chat-client") || line.starts_with("python3") {
            format!("{REGISTERED}\nprintf '{input}' | {line}\n")
        } else if line == "binder ping" {
            format!("{REGISTERED}\n{line}\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

/// Runs a script with the programs on its path, where nothing else listens.
#[track_caller]
fn run(script: &str) -> String {
    let unshare = if rustix::process::geteuid().is_root() {
        "-n"
    } else {
        "-Urn"
    };
    let binder = binaries::command("binder");
    let programs = Path::new(binder.get_program()).parent().unwrap();
    let state = tempfile::tempdir_in(binaries::temporary()).unwrap();
    let script = format!(
        "set -e\nip link set lo up\n\
         for host in 1 2; do ip address add 192.0.2.$host/32 dev lo; done\n\
         {script}kill $(jobs -p)\nwait\n"
    );
    let mut command = Command::new("unshare");
    command
        .args([unshare, "bash", "-c", &script])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env(
            "PATH",
            format!("{}:{}", programs.display(), std::env::var("PATH").unwrap()),
        )
        .env("XDG_STATE_HOME", state.path())
        .env("PYTHONUTF8", "1");
    for variable in ["CHAT_SERVER_DATA", "CHAT_PORT_OFFSET", "CHAT_CLIENT_BINDER"] {
        command.env_remove(variable);
    }
    let ended = Program::start("the page", &mut command).wait_for_end(DEADLINE);
    assert_eq!(ended.code, Some(0), "{script}\n{ended:#?}");
    let servers = ended.err.matches("registered in the binder").count();
    assert_eq!(servers, 2, "both ports are registered: {ended:#?}");
    ended.out
}

const CREATES: &str = r"ana\ncreate\ngeral\nexit\n";

#[test]
fn a_class_on_one_server_works_as_it_is_written() {
    let clients = script("Join", CREATES)
        + &script("With the Python programs", r"bia\n1234senha\nlist\nexit\n");
    let out = run(&(script("Start", "") + &clients));
    assert!(out.contains("192.0.2.1:9000"), "{out}");
    assert!(out.contains("Sala 'geral' criada."), "{out}");
    // Both Python clients see the room.
    assert!(out.matches("geral").count() >= 3, "{out}");
}

#[test]
fn a_chat_server_on_a_machine_of_its_own_works_as_it_is_written() {
    let out = run(&(script("Three machines", "") + &script("Join", CREATES) + "binder ping\n"));
    assert!(out.contains("192.0.2.2:9000"), "{out}");
    assert!(out.contains("Sala 'geral' criada."), "{out}");
}

#[test]
fn a_chat_of_ones_own_on_a_shared_machine_works_as_it_is_written() {
    let out = run(&script("Several chats on one machine", CREATES));
    assert!(
        out.contains("chat-server listening on 127.0.0.1:9100"),
        "{out}"
    );
    assert!(out.contains("Sala 'geral' criada."), "{out}");
}

#[test]
fn the_page_in_portuguese_has_the_same_commands() {
    assert_eq!(blocks(IN_PORTUGUESE), blocks(PAGE));
    let rows = |page: &str| page.lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(rows(IN_PORTUGUESE), rows(PAGE));
}
