//! Leaving, which leaves nothing behind.

use rustix::process::Signal;

use crate::fixtures::{Servers, ana, ana_after, client, send_signal};
use support::Terminal;

fn assert_free(servers: &Servers, name: &str) {
    servers.other_user(name, "outra").leave();
}

fn assert_left(servers: &Servers, terminal: &Terminal) {
    let status = terminal.wait_for_exit();
    assert!(status.success(), "{status}");
    let rows = terminal.rows();
    assert_eq!(
        rows.last().map(String::as_str),
        Some("Até logo."),
        "{rows:?}"
    );
    assert!(!terminal.screen().bracketed_paste());
    assert_free(servers, "ana");
}

#[test]
fn exit_and_ctrl_d_leave() {
    let servers = Servers::start();
    for keys in ["exit\r", "/quit\r", "\x04"] {
        let terminal = ana(&servers, &[]);
        terminal.press(keys);
        assert_left(&servers, &terminal);
    }
}

#[test]
fn ctrl_c_says_how_to_leave_where_there_is_nothing_to_clear() {
    const HOW: &str = "Para sair, digite \"exit\" ou tecle Ctrl-D.";
    let servers = Servers::start();
    let terminal = ana(&servers, &[]);
    terminal.press("meia linha");
    terminal.wait_for_end(&["geral> meia linha"]);
    terminal.press("\x03");
    terminal.wait_for_end(&["geral> meia linha", "geral>"]);
    assert!(!terminal.written().contains(HOW));
    terminal.press("\x03");
    terminal.wait_for_end(&[HOW, "geral>"]);
    terminal.press("\x04");
    assert_left(&servers, &terminal);
}

#[test]
fn ctrl_c_leaves_at_the_name() {
    let servers = Servers::start();
    let terminal = client(&servers, &[]);
    terminal.wait_for_end(&["Seu nome:"]);
    terminal.press("\x03");
    assert_left(&servers, &terminal);
}

#[test]
fn ctrl_z_changes_nothing_where_no_shell_could_continue_the_client() {
    let (_servers, terminal, mut bia) = ana_after("bia");
    terminal.press("meia linh");
    terminal.wait_for_end(&["geral> meia linh"]);
    terminal.await_drawing(|| terminal.press("\x1a"));
    terminal.press("a\r");
    assert_eq!(bia.hears().text, "meia linha");
    assert!(!terminal.is_as_usual());
}

#[test]
fn ctrl_z_gives_the_shell_its_terminal_and_fg_brings_the_half_line_back() {
    let servers = Servers::start();
    let mut bia = servers.other_user("bia", "geral");
    let client = env!("CARGO_BIN_EXE_chat-client");
    let script = format!(
        "{client} --binder {} --user ana --room geral; stty -a; read line; echo [$line]; fg",
        servers.binder()
    );
    let path = std::env::var("PATH").unwrap();
    let terminal = Terminal::open("sh", &["-mc", &script], &[("PATH", &path)]);
    terminal.wait_for("geral> ");
    terminal.press("meia linh");
    terminal.wait_for_end(&["geral> meia linh"]);
    terminal.press("\x1a");
    terminal.wait_for(" icanon ");
    assert!(terminal.is_as_usual());
    assert!(!terminal.screen().bracketed_paste());
    terminal.press("do shell\r");
    terminal.wait_for("[do shell]");
    terminal.wait_for_end(&["geral> meia linh"]);
    terminal.press("a\r");
    assert_eq!(bia.hears().text, "meia linha");
    assert!(!terminal.is_as_usual());
}

#[test]
fn a_signal_in_the_middle_of_a_line_leaves_the_terminal_as_it_was() {
    let servers = Servers::start();
    for signal in [Signal::TERM, Signal::HUP] {
        let terminal = ana(&servers, &[]);
        terminal.press("meia linha");
        terminal.wait_for("geral> meia linha");
        assert!(!terminal.is_as_usual());
        send_signal(&terminal, signal);
        assert_left(&servers, &terminal);
        terminal.wait_for_end(&["geral> meia linha", "Até logo."]);
        assert!(terminal.is_as_usual());
    }
}

#[test]
fn a_message_on_its_way_arrives_before_its_sender_leaves() {
    let (servers, terminal, mut bia) = ana_after("bia");
    terminal.press("última\rexit\r");
    assert_eq!(bia.hears().text, "última");
    assert_left(&servers, &terminal);
}

#[test]
fn a_client_that_was_stopped_in_the_middle_of_a_line_goes_on_with_it() {
    let (_servers, terminal, mut bia) = ana_after("bia");
    terminal.press("meia linh");
    terminal.wait_for("geral> meia linh");
    // Stopped in the middle of a drawing it could not end it.
    terminal.await_end_of_drawing();
    send_signal(&terminal, Signal::STOP);
    // As a shell does when it takes the terminal back.
    terminal.make_usual();
    terminal.await_drawing(|| send_signal(&terminal, Signal::CONT));
    assert!(!terminal.is_as_usual());
    terminal.press("a");
    terminal.wait_for_end(&["geral> meia linha"]);
    terminal.press("\r");
    assert_eq!(bia.hears().text, "meia linha");
}

/// Whether a thread of this process waits in a write to standard output.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn is_stuck(process: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let mut calls = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("syscall")).ok());
    calls.any(|call| call.starts_with("1 0x1 "))
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_terminal_that_takes_nothing_does_not_keep_the_client_from_ending() {
    let (servers, terminal, bia) = crate::fixtures::ana_and("bia", &[]);
    let held = terminal.hold();
    // Far more than a terminal holds by itself.
    for _ in 0..20 {
        bia.say(&"x".repeat(16 << 10));
    }
    support::eventually("the client waits for its terminal", || {
        is_stuck(terminal.process()).then_some(())
    });
    send_signal(&terminal, Signal::TERM);
    let status = support::eventually("the client ends", || terminal.exit_status());
    assert!(status.success(), "{status}");
    drop(held);
    assert_free(&servers, "ana");
}
