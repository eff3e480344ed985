//! Getting a name.

use crate::stage::{Servers, client};

#[test]
fn a_taken_name_is_asked_for_again() {
    let servers = Servers::start();
    let _bia = servers.somebody("bia", "geral");
    let terminal = client(&servers, &[]);
    terminal.wait_for("Seu nome: ");
    terminal.type_line("bia");
    terminal.wait_for("Esse nome já está em uso; escolha outro.");
    terminal.wait_for_end(&["Seu nome:"]);
    terminal.type_line("");
    terminal.type_line("ana");
    terminal.wait_for("Olá, ana.");
}

#[test]
fn a_password_is_never_seen() {
    let servers = Servers::start();
    for attempt in ["primeira", "segunda"] {
        let terminal = client(&servers, &["--accounts"]);
        terminal.wait_for("Seu nome: ");
        terminal.type_line("ana");
        terminal.wait_for("Senha de ana: ");
        terminal.press("segredo");
        terminal.wait_for("Senha de ana: *******");
        terminal.press("\r");
        terminal.wait_for("Olá, ana.");
        // Nor later: it is not remembered.
        terminal.press("\x1b[A");
        terminal.type_line("list");
        terminal.wait_for("Ainda não há salas");
        assert!(!terminal.written().contains("segredo"), "{attempt}");
        terminal.type_line("exit");
        assert!(terminal.wait_for_exit().success());
    }
    let terminal = client(&servers, &["--accounts", "--user", "ana"]);
    terminal.wait_for("Senha de ana: ");
    terminal.type_line("errada");
    terminal.wait_for("A senha não é essa.");
    assert!(!terminal.written().contains("errada"));
}
