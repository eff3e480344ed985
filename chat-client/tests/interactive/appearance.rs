//! Colours, marks and languages.

use std::collections::BTreeSet;

use crate::fixtures::{Servers, ana_and, client, open};
use support::Terminal;

/// The colours that are shown.
fn colours(terminal: &Terminal) -> BTreeSet<String> {
    cells(terminal)
        .map(|cell| format!("{:?}", cell.fgcolor()))
        .collect()
}

fn cells(terminal: &Terminal) -> impl Iterator<Item = vt100::Cell> {
    let screen = terminal.screen();
    let (rows, columns) = screen.size();
    (0..rows.get()).flat_map(move |row| {
        let screen = screen.clone();
        (0..columns.get()).map(move |column| screen.cell(row, column).unwrap().clone())
    })
}

#[test]
fn nicks_have_colours_unless_those_are_turned_off() {
    let servers = Servers::start();
    let bia = servers.other_user("bia", "geral");
    for (flags, environment, coloured) in [
        (&[][..], &[][..], true),
        (&[], &[("NO_COLOR", "1")], false),
        (&[], &[("NO_COLOR", "")], true),
        (&["--color", "never"], &[], false),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&[], &[("CHAT_CLIENT_COLOR", "never")], false),
    ] {
        let flags = [&["--user", "ana", "--room", "geral"], flags].concat();
        let terminal = open(&servers.binder(), &flags, environment);
        terminal.wait_for("geral> ");
        bia.say("oi, ana");
        bia.say("fim");
        terminal.wait_for("bia: fim");
        terminal.enter("olá", "ana: olá");
        let colours = colours(&terminal);
        let styled = cells(&terminal).any(|cell| cell.dim() || cell.bold() || cell.inverse());
        let described = format!("{flags:?} {environment:?}: {colours:?}");
        assert_eq!(colours.len() > 1, coloured, "{described}");
        assert_eq!(styled, coloured, "{described}");
        terminal.type_line("exit");
        terminal.wait_for_exit();
    }
}

#[test]
fn own_messages_are_dim_private_ones_and_mentions_are_marked_and_ring() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.enter("olá, bia", "ana: olá, bia");
    assert_eq!(bia.hears().text, "olá, bia");
    terminal.enter("@bia outro segredo", "você → bia (privado): outro segredo");
    bia.say("oi");
    terminal.wait_for("bia: oi");
    let rings = || terminal.written().matches('\x07').count();
    assert_eq!(rings(), 0);
    bia.whisper("ana", "segredo");
    terminal.wait_for("» bia (privado): segredo");
    assert_eq!(rings(), 1);
    bia.say("obrigada, ana!");
    terminal.wait_for("» bia: obrigada, ana!");
    assert_eq!(rings(), 2);

    let screen = terminal.screen();
    let rows = terminal.rows();
    let cell = |text: &str| {
        let row = rows.iter().position(|row| row.contains(text)).unwrap();
        let before: Vec<char> = rows[row].split(text).next().unwrap().chars().collect();
        let (row, column) = (
            u16::try_from(row).unwrap(),
            u16::try_from(before.len()).unwrap(),
        );
        screen.cell(row, column).unwrap().clone()
    };
    assert!(cell("olá, bia").dim());
    assert!(cell("outro segredo").dim());
    assert!(!cell("» bia (privado): segredo").dim());
    assert!(cell("obrigada").inverse());
    // What was typed has become what was said.
    assert!(!rows.iter().any(|row| row.contains("> olá")), "{rows:?}");
}

#[test]
fn strangers_control_characters_are_shown_and_not_obeyed() {
    let (_servers, terminal, bia) = ana_and("bia", &[]);
    // XML carries no ESC; these two it does.
    bia.say("antes\u{9b}2J\u{202e}depois");
    terminal.wait_for("bia: antes\\x9b2J\\u202edepois");
    bia.say("primeira\n14:00 rui: segunda");
    terminal.wait_until("a second line that is marked", |rows| {
        rows.iter().any(|row| row == "      │ 14:00 rui: segunda")
    });
}

#[test]
fn long_lines_are_broken_between_words_for_the_width_that_the_screen_has() {
    let (_servers, terminal, bia) = ana_and("bia", &["--color", "never"]);
    terminal.wait_for("→ bia entrou");
    let text = "palavras que não cabem em uma só fileira de um terminal tão estreito";
    terminal.await_drawing(|| {
        terminal.press("meia linha");
        terminal.resize(24, 40);
    });
    bia.say(text);
    let broken = [
        "bia: palavras que não cabem em uma",
        "      só fileira de um terminal tão",
        "      estreito",
        "geral> meia linha",
    ];
    terminal.wait_until("the words in three rows", |rows| {
        let last = &rows[rows.len().saturating_sub(4)..];
        last.len() == 4 && last[0].ends_with(broken[0]) && last[1..] == broken[1..]
    });
    // Wider again: what is shown stays, and what comes has more room.
    terminal.await_drawing(|| {
        terminal.press("x");
        terminal.resize(24, 120);
    });
    bia.say(text);
    terminal.wait_until("the words in one row", |rows| {
        rows.len() > 1
            && rows[rows.len() - 2].ends_with(&format!("bia: {text}"))
            && rows[rows.len() - 1] == "geral> meia linhax"
            && rows.contains(&broken[1].to_owned())
    });
}

#[test]
fn wide_characters_and_emoji_do_not_break_what_is_shown() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.press("日本語 👍 fim");
    terminal.wait_for("geral> 日本語 👍 fim");
    bia.say("👩‍👩‍👧 é 家族");
    terminal.wait_for("bia: 👩‍👩‍👧 é 家族");
    // Back over the wide ones, and one more letter there.
    terminal.press("\x01x\r");
    terminal.wait_for("ana: x日本語 👍 fim");
    assert_eq!(bia.hears_from("ana"), "x日本語 👍 fim");
}

#[test]
fn the_language_is_the_one_chosen_or_portuguese_where_the_locale_is() {
    let servers = Servers::start();
    let binder = servers.binder();
    for (flags, environment, question) in [
        (&[][..], &[][..], "Seu nome: "),
        (&["--lang", "en"], &[], "Your name: "),
        (&[], &[("LANG", "en_US.UTF-8")], "Your name: "),
        (&["--lang", "pt"], &[("LANG", "en_US.UTF-8")], "Seu nome: "),
        (&[], &[("LANG", "fr_FR.UTF-8")], "Your name: "),
        (&[], &[("LANG", "C.UTF-8")], "Your name: "),
        (&[], &[("LANG", "")], "Your name: "),
        (&[], &[("LC_ALL", "C")], "Your name: "),
        (&[], &[("LC_ALL", ""), ("LC_MESSAGES", "en")], "Your name: "),
        (
            &[],
            &[("LC_ALL", "pt_PT"), ("LANG", "en_US.UTF-8")],
            "Seu nome: ",
        ),
        (&["--lang", "pt"], &[("LC_ALL", "C")], "Seu nome: "),
        (&[], &[("CHAT_CLIENT_LANG", "en")], "Your name: "),
    ] {
        open(&binder, flags, environment).wait_for(question);
    }
}

#[test]
fn what_the_server_refuses_is_said_in_the_users_language() {
    let servers = Servers::start();
    let _bia = servers.other_user("bia", "geral");
    let terminal = client(&servers, &["--lang", "en", "--user", "bia"]);
    terminal.wait_for("That name is taken; choose another.");
    terminal.enter("ana", "Hello, ana. Rooms: geral.");
    terminal.enter("join nowhere", "Room nowhere does not exist.");
    terminal.enter("create geral", "That room exists already");
    terminal.enter("join geral", "You are in geral, with bia.");
    terminal.enter("@rui hi", "rui is not in the room");
    let portuguese = ["Sala", "Usuario", "você", "Você"];
    let rows = terminal.rows().join("\n");
    assert!(!portuguese.iter().any(|word| rows.contains(word)), "{rows}");
}
