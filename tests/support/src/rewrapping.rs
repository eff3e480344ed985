//! What a terminal does that rewraps its lines when its width changes, as nearly all do: the emulator
//! cuts them off instead.

use std::num::NonZeroU16;

use vt100::{Parser, Screen};

/// So many rows are never filled, so that nothing scrolls away.
const HIGH: NonZeroU16 = NonZeroU16::new(1_000).unwrap();

/// A terminal of another size with the same lines on it, without their colours, and with the cursor
/// behind the same text.
pub(crate) fn rewrapped(screen: &Screen, rows: NonZeroU16, columns: NonZeroU16) -> Parser {
    let (before, after) = text_around_cursor(screen);
    let mut high = Parser::new(HIGH, columns, 0);
    high.process(before.as_bytes());
    let (cursor_row, cursor_column) = high.screen().cursor_position();
    high.process(after.as_bytes());
    let below = high.screen().cursor_position().0 - cursor_row;

    let mut emulator = Parser::new(rows, columns, 1_000);
    emulator.process(before.as_bytes());
    emulator.process(after.as_bytes());
    let last_row = emulator.screen().cursor_position().0;
    // Counted from 1.
    let (row, column) = (last_row - below + 1, cursor_column + 1);
    emulator.process(format!("\x1b[{row};{column}H").as_bytes());
    emulator
}

/// What is to be seen before the cursor and behind it, each line as one however many rows it takes up.
fn text_around_cursor(screen: &Screen) -> (String, String) {
    let (_, columns) = screen.size();
    let (cursor_row, cursor_column) = screen.cursor_position();
    let rows: Vec<String> = screen.rows(0, columns.get()).collect();
    let last = rows
        .iter()
        .rposition(|row| !row.is_empty())
        .unwrap_or_default()
        .max(usize::from(cursor_row));
    let (mut before, mut after) = (String::new(), String::new());
    for (row, text) in (0..).zip(&rows[..=last]) {
        let ends = if screen.row_wrapped(row) || usize::from(row) == last {
            ""
        } else {
            "\r\n"
        };
        if row < cursor_row {
            before.push_str(&format!("{text}{ends}"));
        } else if row > cursor_row {
            after.push_str(&format!("{text}{ends}"));
        } else {
            let up_to_cursor = screen.rows(0, cursor_column).nth(usize::from(row)).unwrap();
            let rest = text[up_to_cursor.len()..].to_owned();
            // A row's text ends with its last character, and the cursor may be behind that.
            let missing = usize::from(cursor_column).saturating_sub(width(&up_to_cursor));
            before.push_str(&up_to_cursor);
            if rest.is_empty() {
                before.push_str(&" ".repeat(missing));
            }
            after.push_str(&format!("{rest}{ends}"));
        }
    }
    (before, after)
}

fn width(text: &str) -> usize {
    let mut wide = Parser::new(NonZeroU16::MIN, HIGH, 0);
    wide.process(text.as_bytes());
    usize::from(wide.screen().cursor_position().1)
}
