//! Terminals that do not send UTF-8, and pasted text that is not.

use crate::fixtures::{Servers, ana_after, client};

/// How often a byte is said not to be UTF-8.
fn said(written: &str) -> usize {
    written.matches("não é UTF-8").count()
}

#[test]
fn a_byte_that_is_not_utf8_is_shown_and_the_line_goes_on() {
    let (_servers, terminal, mut bia) = ana_after("bia");
    terminal.press("sim, ");
    terminal.press_bytes(b"ol\xe1");
    terminal.wait_for_end(&["geral> sim, ol\\xe1"]);
    terminal.wait_for("O byte \\xe1 não é UTF-8");
    terminal.press_bytes(b" Jos\xe9\r");
    assert_eq!(bia.hears().text, "sim, ol\\xe1 Jos\\xe9");
    terminal.type_line("olá");
    assert_eq!(bia.hears().text, "olá");
    assert_eq!(said(&terminal.written()), 1);
}

#[test]
fn a_character_that_comes_in_two_parts_is_one() {
    let (_servers, terminal, mut bia) = ana_after("bia");
    let (first, rest) = "á".as_bytes().split_at(1);
    terminal.press_bytes(first);
    terminal.press_bytes(rest);
    terminal.press("\r");
    assert_eq!(bia.hears().text, "á");
    assert_eq!(said(&terminal.written()), 0);
}

#[test]
fn an_old_file_that_is_pasted_is_all_there() {
    // More than the editor reads at once, and than a terminal keeps of one line.
    const LINES: usize = 700;
    let (_servers, terminal, mut bia) = ana_after("bia");
    let line = |number: usize| format!("{number} S\u{e3}o Jo\u{e3}o");
    let file: Vec<String> = (0..LINES).map(line).collect();
    let latin: Vec<u8> = file
        .join("\n")
        .chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap())
        .collect();
    terminal.press_bytes(&[b"\x1b[200~", latin.as_slice(), b"\x1b[201~\r"].concat());
    assert_eq!(bia.hears().text, file.join("\n").replace('\u{e3}', "\\xe3"));
    // And without the marks of pasting, line by line: what is read ahead is not lost either.
    terminal.press_bytes(b"ol\xe1 um\rol\xe1 dois\r");
    assert_eq!(bia.hears().text, "ol\\xe1 um");
    assert_eq!(bia.hears().text, "ol\\xe1 dois");
}

#[test]
fn a_name_that_is_not_utf8_can_be_corrected() {
    let servers = Servers::start();
    let terminal = client(&servers, &[]);
    terminal.wait_for("Seu nome: ");
    terminal.press_bytes(b"Jos\xe9");
    terminal.wait_for_end(&["Seu nome: Jos\\xe9"]);
    terminal.press("\x7f\x7f\x7f\x7f");
    terminal.enter("é", "Olá, José.");
}

#[test]
fn a_name_or_a_password_that_is_not_utf8_is_asked_for_again() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    let terminal = client(&servers, &["--accounts"]);
    terminal.wait_for("Seu nome: ");
    // Both lines in one piece: neither is taken for the other.
    terminal.press_bytes(b"Jos\xe9\rIn\xeas\r");
    terminal.wait_until("two refusals", |rows| {
        let refusals = rows
            .iter()
            .filter(|row| row.contains("Esse nome não é UTF-8"));
        refusals.count() == 2
    });
    terminal.wait_for_end(&["Seu nome:"]);
    terminal.enter("José", "José é uma conta nova");
    terminal.wait_for_end(&["Senha de José:"]);
    terminal.press_bytes(b"s\xe9nha\r");
    terminal.wait_for("Essa senha não é UTF-8 e não foi usada.");
    terminal.wait_for_end(&["Senha de José:"]);
    terminal.type_line("sénha");
    terminal.wait_for_end(&["A mesma senha de novo:"]);
    terminal.press_bytes(b"s\xe9nha\r");
    terminal.wait_for_end(&["A mesma senha de novo:"]);
    terminal.enter("sénha", "Olá, José.");
    // Not that it is sent as it is shown.
    assert!(!terminal.written().contains("vai como aparece"));
}
