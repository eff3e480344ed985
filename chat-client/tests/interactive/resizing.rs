//! What is being typed stays as it is when the terminal becomes narrower or wider.

use crate::fixtures::{Servers, ana_and, open};

#[test]
fn a_smaller_and_a_larger_terminal_keep_the_half_line() {
    let (_servers, terminal, bia) = ana_and("bia", &[]);
    terminal.press("meia linha");
    terminal.wait_for("geral> meia linha");
    for (rows, columns) in [(12, 40), (30, 120), (24, 80)] {
        terminal.resize(rows, columns);
        let text = format!("com {columns} colunas");
        bia.say(&text);
        terminal.wait_until("the message above the half line", |rows| {
            let last = rows.len() - 1;
            last > 0
                && rows[last] == "geral> meia linha"
                && rows[last - 1].ends_with(&format!(" bia: {text}"))
        });
    }
}

/// Lines that take up several rows, some of them whole ones, at some of the widths.
const LONG_LINES: [usize; 4] = [60, 100, 143, 180];

#[test]
fn a_line_over_several_rows_survives_a_narrower_and_a_wider_terminal() {
    let (_servers, terminal, bia) = ana_and("bia", &["--color", "never"]);
    terminal.wait_for("→ bia entrou");
    bia.say("antes");
    terminal.wait_for("bia: antes");
    for length in LONG_LINES {
        for keys in [&[][..], &["\x01", "\x06"]] {
            let typed = "0123456789".repeat(18)[..length].to_owned();
            let line = format!("geral> {typed}");
            terminal.press(&typed);
            terminal.wait_for(&line);
            terminal.await_end_of_drawing();
            for key in keys {
                terminal.await_drawing(|| terminal.press(key));
            }
            for columns in [40, 120, 50, 67, 80] {
                terminal.await_drawing(|| terminal.resize(24, columns));
                terminal.wait_until(&format!("{length} at {columns}, nothing else"), |rows| {
                    let place = rows.iter().position(|row| row.ends_with("bia: antes"));
                    place.is_some_and(|place| rows[place + 1..].concat() == line)
                });
            }
            terminal.press("\x05\x15");
            terminal.wait_for_end(&["geral>"]);
        }
    }
}

#[test]
fn a_terminal_that_cuts_lines_off_keeps_a_line_over_several_rows_too() {
    let servers = Servers::start();
    let flags = ["--user", "ana", "--room", "geral"];
    let environment = [("XTERM_VERSION", "XTerm(390)")];
    let terminal = open(&servers.binder(), &flags, &environment);
    terminal.wait_for("geral> ");
    let typed = "0123456789".repeat(18);
    terminal.press(&typed);
    terminal.wait_for(&typed);
    terminal.await_end_of_drawing();
    for columns in [40, 120, 50, 80] {
        terminal.await_drawing(|| terminal.resize_cutting_off(24, columns));
        terminal.wait_until(&format!("at {columns}, nothing else"), |rows| {
            let place = rows.iter().position(|row| row.starts_with("Você entrou"));
            place.is_some_and(|place| rows[place + 1..].concat() == format!("geral> {typed}"))
        });
    }
}
