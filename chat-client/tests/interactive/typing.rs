//! What is being typed stays as it is, whatever happens around it.

use crate::fixtures::{Servers, ana, ana_and, client, open};

#[test]
fn half_a_line_survives_ten_messages() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.press("meia linh");
    terminal.wait_for("geral> meia linh");
    for number in 0..10 {
        bia.say(&format!("mensagem {number}"));
    }
    terminal.wait_for("bia: mensagem 9");
    terminal.wait_until("the half line below the messages", |rows| {
        let last = rows.len() - 1;
        rows[last] == "geral> meia linh"
            && (0..10).all(|number| {
                rows[last - 10 + number].ends_with(&format!(" bia: mensagem {number}"))
            })
    });
    terminal.press("a\r");
    assert_eq!(bia.hears().text, "mensagem 0");
    let heard = (1..11).map(|_| bia.hears().text).last();
    assert_eq!(heard.as_deref(), Some("meia linha"));
}

#[test]
fn messages_that_come_between_the_keys_change_nothing() {
    let servers = Servers::start();
    let terminal = ana(&servers, &[]);
    // High enough to see everything at once.
    terminal.resize(60, 80);
    let mut bia = servers.other_user("bia", "geral");
    let line = "uma linha que é digitada letra por letra, com açúcar e 日本語 e 👍, sem parar";
    for (number, letter) in line.chars().enumerate() {
        terminal.press(&letter.to_string());
        if number % 3 == 0 {
            bia.say(&format!("{number}"));
        }
    }
    terminal.press("\r");
    assert_eq!(bia.hears_from("ana"), line);
    // Nothing of the line was left behind: it is shown once, as the message that it became.
    terminal.wait_until("the line once, as a message", |rows| {
        let count = |wanted: &str| rows.iter().filter(|row| row.contains(wanted)).count();
        (count("ana: uma linha"), count("geral> u")) == (1, 0)
    });
}

#[test]
fn a_line_over_several_rows_survives_too_with_the_cursor_where_it_was() {
    let (_servers, terminal, bia) = ana_and("bia", &[]);
    let line = "0123456789".repeat(18);
    terminal.press(&line);
    terminal.wait_until("all of the line", |rows| rows.concat().ends_with(&line));
    // To the beginning, and one to the right.
    terminal.press("\x01\x06");
    bia.say("oi");
    terminal.wait_for("bia: oi");
    terminal.press("X");
    terminal.wait_for("geral> 0X123456789");
    let rows = terminal.rows();
    let whole: String = rows[rows.len() - 3..].concat();
    assert_eq!(whole, format!("geral> 0X{}", &line[1..]));
}

#[test]
fn a_search_in_the_history_survives_a_message_and_so_does_the_half_line_before_it() {
    let (_servers, terminal, bia) = ana_and("bia", &[]);
    terminal.enter("lembrete", "ana: lembrete");
    terminal.press("meia linh");
    terminal.wait_for_end(&["geral> meia linh"]);
    terminal.press("\x12lem");
    terminal.wait_for_end(&["(reverse-i-search)`lem': lembrete"]);
    bia.say("oi");
    terminal.press("b");
    terminal.wait_for_end(&["(reverse-i-search)`lemb': lembrete"]);
    terminal.press("\x07");
    terminal.wait_until("the message above the half line", |rows| {
        let last = rows.len() - 1;
        rows[last] == "geral> meia linh" && rows[last - 1].ends_with(" bia: oi")
    });
}

#[test]
fn several_pasted_lines_are_one_message_and_survive_another_one() {
    let (_servers, terminal, mut bia) = ana_and("bia", &["--color", "never"]);
    terminal.press("\x1b[200~uma\ndu\x1b[201~");
    terminal.wait_for_end(&["geral> uma", "du"]);
    bia.say("oi");
    terminal.wait_until("the message above both lines", |rows| {
        let last = rows.len() - 1;
        rows[last - 1..] == ["geral> uma", "du"] && rows[last - 2].ends_with(" bia: oi")
    });
    terminal.press("as\r");
    assert_eq!(bia.hears_from("ana"), "uma\nduas");
    // They have become the message.
    terminal.wait_until("the message alone", |rows| {
        let last = rows.len() - 1;
        rows[last] == "geral>"
            && rows[last - 1].ends_with("│ duas")
            && rows[last - 2].ends_with(" ana: uma")
            && rows[last - 3].ends_with(" bia: oi")
    });
}

#[test]
fn ctrl_c_clears_the_line_and_nothing_else() {
    let (_servers, terminal, mut bia) = ana_and("bia", &[]);
    terminal.press("isto não");
    terminal.wait_for("geral> isto não");
    terminal.press("\x03");
    terminal.wait_for_end(&["geral> isto não", "geral>"]);
    terminal.type_line("isto sim");
    assert_eq!(bia.hears().text, "isto sim");
    // Out of a question too.
    terminal.type_line("create");
    terminal.wait_for_end(&["Nome da sala:"]);
    terminal.press("\x03");
    terminal.wait_for_end(&["Nome da sala:", "geral>"]);
}

#[test]
fn the_wire_log_leaves_the_half_line_whole_too() {
    let servers = Servers::start();
    let terminal = ana(&servers, &["--wire"]);
    // High enough to see everything at once.
    terminal.resize(1_000, 80);
    terminal.press("meia linh");
    terminal.wait_for_end(&["geral> meia linh"]);
    let bia = servers.other_user("bia", "geral");
    bia.say("oi");
    terminal.wait_for_written("called wait_messages");
    terminal.wait_for_written("<string>oi</string>");
    terminal.press("a");
    terminal.wait_for_end(&["geral> meia linha"]);
    let halves = terminal.rows().concat().matches("meia linh").count();
    assert_eq!(halves, 1);
}

#[test]
fn what_is_typed_ahead_and_pasted_is_not_lost() {
    let servers = Servers::start();
    let mut bia = servers.other_user("bia", "geral");
    let terminal = client(&servers, &[]);
    terminal.press("ana\rjoin geral\roi\rsend @bia segredo\rtchau\rexit\r");
    let heard: Vec<_> = (0..3).map(|_| bia.hears()).collect();
    let texts: Vec<_> = heard.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["oi", "segredo", "tchau"]);
    assert_eq!(heard[1].recipient.as_deref(), Some("bia"));
    assert!(terminal.wait_for_exit().success());
}

#[test]
fn lines_are_remembered_until_the_next_time() {
    let servers = Servers::start();
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let environment = [("XDG_STATE_HOME", state)];
    let ana = || open(&servers.binder(), &["--user", "ana"], &environment);
    let first = ana();
    first.wait_for(">");
    first.enter("create geral", "Sala geral criada");
    first.type_line("create");
    first.enter("resposta", "Sala resposta criada");
    first.type_line("exit");
    assert!(first.wait_for_exit().success());

    let second = ana();
    second.wait_for_end(&[">"]);
    // What answered a question is not remembered.
    second.press("\x1b[A\x1b[A\x1b[A");
    second.wait_for_end(&["> create geral"]);
}

#[test]
fn a_flood_of_messages_while_lines_are_sent_leaves_every_line_whole() {
    const MESSAGES: usize = 300;
    const LINES: usize = 60;
    let servers = Servers::start();
    let terminal = ana(&servers, &["--color", "never"]);
    // High enough to see everything at once.
    terminal.resize(1_000, 80);
    let mut zoe = servers.other_user("zoe", "geral");
    let bia = servers.other_user("bia", "geral");
    std::thread::scope(|scope| {
        scope.spawn(|| (0..MESSAGES).for_each(|number| bia.say(&format!("m{number}"))));
        for number in 0..LINES {
            terminal.press(&format!("l{number}"));
            terminal.press("\r");
            // As fast as the client obeys, so that lines end all through the flood.
            while zoe.hears().text != format!("l{number}") {}
        }
    });
    let expected = |who: &str, letter: char, count: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("{who}: {letter}{number}"))
            .collect()
    };
    let (from_bia, from_ana) = (expected("bia", 'm', MESSAGES), expected("ana", 'l', LINES));
    terminal.wait_for(&from_bia[MESSAGES - 1]);
    terminal.wait_for(&from_ana[LINES - 1]);
    terminal.wait_for_end(&["geral>"]);
    let rows = terminal.rows();
    // Behind the time, which takes six columns.
    let said = |who: &str| -> Vec<&str> {
        let said = rows.iter().filter_map(|row| row.get(6..));
        said.filter(|row| row.starts_with(who)).collect()
    };
    assert_eq!(said("bia: "), from_bia);
    assert_eq!(said("ana: "), from_ana);
    // And nothing else: no torn row, no empty one.
    let known = ["Olá, ana", "Você entrou", "→ ", "geral>"];
    let others: Vec<&String> = rows
        .iter()
        .filter(|row| !known.iter().any(|known| row.starts_with(known)))
        .filter(|row| !row.contains(" bia: m") && !row.contains(" ana: l"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
