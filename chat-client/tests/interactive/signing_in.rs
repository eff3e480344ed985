//! Getting a name.

use crate::fixtures::{Servers, client, open, original_binder, original_server};

#[test]
fn a_taken_name_is_asked_for_again() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    let terminal = client(&servers, &[]);
    terminal.wait_for("Seu nome: ");
    terminal.enter("bia", "Esse nome já está em uso; escolha outro.");
    terminal.wait_for("fica livre 60 s depois que quem o tem fica em silêncio");
    terminal.wait_for_end(&["Seu nome:"]);
    terminal.type_line("");
    terminal.enter("ana", "Olá, ana.");
}

#[test]
fn a_name_with_an_invisible_character_is_refused_by_that_character() {
    let servers = Servers::start();
    for (language, name, said) in [
        ("pt", "Seu nome: ", "contém o caractere invisível U+200B"),
        ("en", "Your name: ", "it has the invisible character U+200B"),
    ] {
        let terminal = client(&servers, &["--lang", language]);
        terminal.wait_for(name);
        terminal.enter("prof\u{200b}", said);
        terminal.wait_for_end(&[name.trim_end()]);
        let user = format!("ana {language}");
        terminal.enter(&user, &user);
        terminal.type_line("/clear");
        terminal.wait_until("an empty screen", |rows| rows == [">"]);
        terminal.enter("/create sala\u{200b}", said);
    }
}

/// Creates an account, in a chat with a room, which shows that the account is new.
fn register(servers: &Servers, user: &str, password: &str) {
    let terminal = client(servers, &["--accounts", "--user", user]);
    terminal.wait_for("é uma conta nova");
    terminal.wait_for_end(&[&format!("Senha de {user}:")]);
    terminal.type_line(password);
    terminal.wait_for_end(&["A mesma senha de novo:"]);
    terminal.enter(password, &format!("Olá, {user}."));
    assert!(!terminal.written().contains(password));
    terminal.type_line("exit");
    assert!(terminal.wait_for_exit().success());
}

#[test]
fn a_name_that_a_guest_has_is_refused_before_a_password_is_chosen() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    let terminal = client(&servers, &["--accounts", "--user", "bia"]);
    terminal.wait_for("bia não pode ser uma conta: alguém sem conta tem esse nome.");
    terminal.wait_for_end(&["Seu nome:"]);
    terminal.enter("ana", "ana é uma conta nova");
}

#[test]
fn a_password_is_never_seen() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    register(&servers, "ana", "segredo");
    let terminal = client(&servers, &["--accounts"]);
    terminal.wait_for("Seu nome: ");
    terminal.enter("ana", "Senha de ana: ");
    terminal.press("segredo");
    terminal.wait_for("Senha de ana: *******");
    terminal.press("\r");
    terminal.wait_for("Olá, ana.");
    // Nor later: it is not remembered.
    terminal.press("\x1b[A");
    terminal.enter("list", "Salas:");
    assert!(!terminal.written().contains("segredo"));
    assert!(!terminal.written().contains("conta nova"));
}

#[test]
fn after_a_wrong_password_the_password_is_asked_for_and_what_is_typed_ahead_is_not_seen() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    register(&servers, "ana", "segredo");
    let terminal = client(&servers, &["--accounts", "--user", "ana"]);
    terminal.wait_for("Senha de ana: ");
    terminal.press("errada\rainda errada\rsegredo\r");
    terminal.wait_for("Olá, ana.");
    assert_eq!(terminal.written().matches("A senha não é essa.").count(), 2);
    for typed in ["errada", "segredo"] {
        assert!(!terminal.written().contains(typed), "{typed}");
    }
}

#[test]
fn a_new_account_is_not_created_by_a_password_that_was_mistyped() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    let terminal = client(&servers, &["--accounts", "--user", "ana"]);
    terminal.wait_for("ana é uma conta nova");
    terminal.wait_for_end(&["Senha de ana:"]);
    terminal.enter("", "A senha não pode ser vazia.");
    terminal.type_line("segredo");
    terminal.wait_for_end(&["A mesma senha de novo:"]);
    terminal.enter("segrdeo", "As duas senhas são diferentes");
    // There is still no such account.
    register(&servers, "ana", "outra");
    terminal.wait_for_end(&["Senha de ana:"]);
    // Another user was faster.
    terminal.press("segredo\rsegredo\r");
    terminal.wait_for("A senha não é essa.");
    terminal.wait_for_end(&["Senha de ana:"]);
}

#[test]
fn where_nothing_shows_whether_an_account_is_new_the_password_is_asked_for_twice() {
    let servers = Servers::start();
    let terminal = client(&servers, &["--accounts", "--user", "ana"]);
    terminal.wait_for_end(&["Senha de ana:"]);
    terminal.enter("segredo", "ana pode ser uma conta nova");
    terminal.wait_for_end(&["A mesma senha de novo:"]);
    terminal.enter("segredo", "Olá, ana.");
}

#[test]
fn an_original_server_shows_too_whether_an_account_is_new() {
    let binder = original_binder();
    let _server = original_server("accounts_server.py", &binder);
    let client = |user| open(&binder.address, &["--accounts", "--user", user], &[]);
    let first = client("ana");
    first.wait_for_end(&["Senha de ana:"]);
    first.press("segredo\rsegredo\r");
    first.wait_for("Olá, ana.");
    first.enter("create geral", "Sala geral criada");
    let second = client("ana");
    second.wait_for_end(&["Senha de ana:"]);
    second.enter("errada", "A senha não é essa.");
    second.wait_for_end(&["Senha de ana:"]);
    second.enter("segredo", "Olá, ana.");
    client("rui").wait_for("rui é uma conta nova");
}

#[test]
fn ctrl_c_goes_back_from_the_password_to_the_name_and_leaves_there() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    for again in [false, true] {
        let terminal = client(&servers, &["--accounts", "--user", "ana"]);
        terminal.wait_for_end(&["Senha de ana:"]);
        if again {
            terminal.type_line("segredo");
            terminal.wait_for_end(&["A mesma senha de novo:"]);
        }
        terminal.press("meia\x03");
        terminal.wait_for_end(&["Seu nome:"]);
        terminal.press("\x03");
        assert!(terminal.wait_for_exit().success());
        terminal.wait_for_end(&["Seu nome:", "Até logo."]);
        assert!(terminal.is_as_usual());
    }
}
