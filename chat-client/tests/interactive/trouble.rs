//! Servers that are not there, or not any more.

use crate::fixtures::{Servers, ana, client, open};

#[test]
fn without_a_binder_it_is_said_what_to_start_in_the_users_language() {
    let mut servers = Servers::start();
    let binder = servers.binder();
    servers.stop();
    // Beside the client, which is started by its whole path.
    let start = env!("CARGO_BIN_EXE_chat-client").replace("chat-client", "binder");
    for (language, text) in [
        (
            "pt",
            format!(
                "O binder em {binder} não aceita conexões (Connection refused). Inicie «{start}»"
            ),
        ),
        (
            "en",
            format!(
                "The binder at {binder} takes no connection (Connection refused). Start \"{start}\""
            ),
        ),
    ] {
        let terminal = client(&servers, &["--lang", language]);
        let status = terminal.wait_for_exit();
        assert_eq!(status.exit_code(), 3);
        terminal.wait_for(&text);
    }
}

#[test]
fn a_lost_server_is_one_line_its_return_another_and_the_half_line_stays() {
    let mut servers = Servers::start();
    let terminal = ana(&servers, &["--color", "never"]);
    terminal.press("meia linh");
    terminal.wait_for("geral> meia linh");
    servers.stop();
    terminal.wait_for("Sem conexão. O servidor de chat em ");
    terminal.wait_for("geral> meia linh");
    servers.start_again();
    terminal.wait_for("Conectado de novo");
    let lost = |rows: &[String]| {
        let rows = rows.iter().filter(|row| row.starts_with("Sem conexão. "));
        rows.count()
    };
    assert_eq!(lost(&terminal.rows()), 1);
    let mut bia = servers.other_user("bia", "geral");
    terminal.press("a\r");
    assert_eq!(bia.hears_from("ana"), "meia linha");
}

#[test]
fn a_dumb_terminal_is_talked_to_as_the_original_does() {
    let servers = Servers::start();
    let terminal = open(&servers.binder(), &[], &[("TERM", "dumb")]);
    terminal.wait_for("Digite seu username: ");
    let plain = client(&servers, &["--plain"]);
    plain.wait_for("Digite seu username: ");
}
