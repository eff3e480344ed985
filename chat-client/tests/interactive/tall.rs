//! Drafts that are taller than the screen.

use rustix::process::Signal;

use crate::fixtures::{Servers, ana, ana_and, send_signal};
use support::Terminal;

/// The rows on the screen and those that have scrolled away, oldest first.
fn everything(terminal: &Terminal) -> Vec<String> {
    let mut screen = terminal.screen();
    let (height, columns) = (usize::from(screen.size().0.get()), screen.size().1.get());
    screen.set_scrollback(usize::MAX);
    let mut rows = Vec::new();
    for offset in (0..=screen.scrollback()).rev() {
        screen.set_scrollback(offset);
        let taken = if offset == 0 { height } else { 1 };
        rows.extend(screen.rows(0, columns).take(taken));
    }
    rows
}

/// Thirty pasted lines on a screen of twenty-four.
fn paste_thirty(terminal: &Terminal) {
    let lines: Vec<String> = (1..=30).map(|number| format!("linha {number}.")).collect();
    terminal.press(&format!("\x1b[200~{}\x1b[201~", lines.join("\n")));
}

fn count(rows: &[String], wanted: &str) -> usize {
    rows.iter().filter(|row| row.contains(wanted)).count()
}

#[test]
fn a_draft_taller_than_the_screen_hides_no_message_and_leaves_no_copies() {
    let (_servers, terminal, mut bia) = ana_and("bia", &["--color", "never"]);
    terminal.wait_for("→ bia entrou");
    paste_thirty(&terminal);
    terminal.wait_for_end(&["linha 29.", "linha 30."]);
    for number in 0..5 {
        bia.say(&format!("mensagem {number}"));
        terminal.wait_for(&format!("bia: mensagem {number}"));
        terminal.press("x");
        terminal.wait_for_end(&["linha 29.", &format!("linha 30.{}", "x".repeat(number + 1))]);
    }
    terminal.await_end_of_drawing();
    let rows = everything(&terminal);
    // What the window shows, once, and nothing of the rows above it.
    assert_eq!(count(&rows, "linha 20."), 1, "{rows:#?}");
    assert_eq!(count(&rows, "linha 2."), 0, "{rows:#?}");
    for number in 0..5 {
        let message = format!("bia: mensagem {number}");
        assert_eq!(count(&rows, &message), 1, "{rows:#?}");
        assert_eq!(count(&terminal.rows(), &message), 1, "{rows:#?}");
    }
    // Up to the first row, where something is inserted, and down again.
    terminal.press(&("\x1b[A".repeat(29) + "\x01"));
    terminal.wait_until("the first rows", |rows| count(rows, "geral> linha 1.") == 1);
    terminal.press("e ");
    terminal.wait_until("what was typed in the first row", |rows| {
        count(rows, "geral> e linha 1.") == 1 && count(rows, "linha 30.") == 0
    });
    bia.say("de novo");
    terminal.wait_for("bia: de novo");
    terminal.press("então ");
    terminal.wait_for("geral> e então linha 1.");
    terminal.press("\r");
    let heard = bia.hears_from("ana");
    assert!(heard.starts_with("e então linha 1.\nlinha 2.\n"), "{heard}");
    assert!(heard.ends_with("\nlinha 29.\nlinha 30.xxxxx"), "{heard}");
    // All of the draft has become the message.
    terminal.wait_for_end(&["      │ linha 29.", "      │ linha 30.xxxxx", "geral>"]);
    let rows = everything(&terminal);
    for number in 1..=29 {
        assert_eq!(count(&rows, &format!("linha {number}.")), 1, "{rows:#?}");
    }
    for number in 0..5 {
        assert_eq!(
            count(&rows, &format!("bia: mensagem {number}")),
            1,
            "{rows:#?}"
        );
    }
    // Nothing is left of the window: the whole screen scrolls.
    for number in 0..30 {
        bia.say(&format!("depois {number}"));
    }
    terminal.wait_for("bia: depois 29");
    terminal.wait_for_end(&["geral>"]);
    let rows = everything(&terminal);
    for number in 0..30 {
        let wanted = format!("depois {number}");
        assert_eq!(
            rows.iter().filter(|row| row.ends_with(&wanted)).count(),
            1,
            "{rows:#?}"
        );
    }
}

#[test]
fn a_tall_draft_survives_another_size_and_gives_the_screen_back_at_the_end() {
    let servers = Servers::start();
    for (rows, columns) in [(24, 40), (24, 120), (12, 80), (40, 80)] {
        let terminal = ana(&servers, &["--color", "never"]);
        let bia = servers.other_user("bia", "geral");
        terminal.wait_for("→ bia entrou");
        paste_thirty(&terminal);
        terminal.wait_for_end(&["linha 29.", "linha 30."]);
        terminal.await_end_of_drawing();
        terminal.resize(rows, columns);
        terminal.press("x");
        terminal.wait_for_end(&["linha 29.", "linha 30.x"]);
        let text = format!("com {rows} e {columns}");
        bia.say(&text);
        terminal.wait_for(&format!("bia: {text}"));
        terminal.wait_for_end(&["linha 29.", "linha 30.x"]);
        assert_eq!(
            count(&terminal.rows(), "linha 30."),
            1,
            "{:#?}",
            terminal.rows()
        );
        terminal.press("\x03");
        terminal.wait_for_end(&["geral>"]);
        terminal.type_line("exit");
        assert!(terminal.wait_for_exit().success());
        bia.leave();
    }
}

#[test]
fn nothing_is_left_of_a_tall_draft_that_is_thrown_away_or_sent() {
    let (_servers, terminal, mut bia) = ana_and("bia", &["--color", "never"]);
    terminal.wait_for("→ bia entrou");
    for number in 0..20 {
        bia.say(&format!("mensagem {number}."));
    }
    terminal.wait_for("bia: mensagem 19.");
    // With the cursor at the end, in the middle, and in the first row.
    for (rows_up, end) in [
        (0, "\x03"),
        (10, "\x03"),
        (29, "\x03"),
        (0, "\r"),
        (10, "\r"),
    ] {
        paste_thirty(&terminal);
        terminal.wait_for_end(&["linha 29.", "linha 30."]);
        terminal.press(&("\x1b[A".repeat(rows_up) + "\x05"));
        let marked = format!("linha {}.x", 30 - rows_up);
        terminal.press("x");
        terminal.wait_for(&marked);
        terminal.await_end_of_drawing();
        let before = terminal.written().len();
        terminal.press(end);
        if end == "\r" {
            let heard = std::iter::from_fn(|| Some(bia.hears()));
            let heard = heard.map(|message| message.text);
            let is_sent = |text: String| text.starts_with("linha 1.\n");
            assert!(heard.take(30).any(is_sent));
        }
        terminal.wait_for_end(&["geral>"]);
        terminal.wait_until("no window", |rows| count(rows, "↑") == 0);
        terminal.await_end_of_drawing();
        let rows = everything(&terminal);
        assert_eq!(count(&rows, "↑") + count(&rows, "↓"), 0, "{rows:#?}");
        if end == "\x03" {
            assert_eq!(count(&rows, "linha"), 0, "{rows:#?}");
        }
        for number in 0..20 {
            let message = format!("mensagem {number}.");
            assert_eq!(count(&rows, &message), 1, "{rows:#?}");
        }
        // No line feed is written while the scroll region is set: some terminals keep what it scrolls away.
        let written = terminal.written();
        let written = written.get(before..).unwrap();
        let cleared = written.rfind("\x1b[r").unwrap();
        let region = written.rfind(";24r");
        assert!(region.is_none_or(|region| region < cleared));
        let set = region.map_or("", |region| written.get(region..cleared).unwrap());
        assert!(!set.contains("\r\n"), "{set:?}");
        if region.is_none() {
            let first = written.get(..cleared).unwrap();
            assert!(!first.contains("\r\n"), "{first:?}");
        }
    }
}

#[test]
fn a_signal_in_the_middle_of_a_tall_draft_gives_the_whole_screen_back() {
    let servers = Servers::start();
    let terminal = ana(&servers, &[]);
    paste_thirty(&terminal);
    terminal.wait_for_end(&["linha 29.", "linha 30."]);
    terminal.await_end_of_drawing();
    send_signal(&terminal, Signal::TERM);
    assert!(terminal.wait_for_exit().success());
    terminal.wait_for_end(&["linha 29.", "linha 30.", "Até logo."]);
    assert!(terminal.is_as_usual());
    // The last thing that was done about a scroll region is to end it.
    let written = terminal.written();
    let (set, ended) = (written.rfind(";24r"), written.rfind("\x1b[r"));
    assert!(set.is_some() && ended > set, "{set:?} {ended:?}");
}
