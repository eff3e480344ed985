//! Lines that are longer than a row: they are broken between words, and what follows is indented.
//!
//! A word that has no room in a row of its own is left to the terminal, which wraps it without a line
//! end: an address stays one, to be copied or clicked.

use std::iter;

use super::layout::width;
use super::resizing::size;

/// The indent of continuation rows outside of messages.
pub(crate) const INDENT: &str = "  ";

const PLAIN: &str = "\x1b[0m";

/// A line that is written to the terminal outside of a conversation, broken where the screen ends.
pub fn wrapped(line: &str) -> String {
    match size() {
        Some(size) => wrap(line, INDENT, size.columns),
        None => line.to_owned(),
    }
}

/// Breaks a line, which may have styles (SGR) in it, for rows of so many columns. Every row after the
/// first begins with `indent`.
pub(crate) fn wrap(line: &str, indent: &str, columns: u16) -> String {
    let indented = text_width(indent);
    // On a screen this narrow the indent would take the room of the words.
    if usize::from(indented) * 2 > usize::from(columns) {
        return line.to_owned();
    }
    let mut wrapped = String::with_capacity(line.len());
    let (mut column, mut style) = (0_u16, String::new());
    for (space, word) in words(line) {
        let (space_width, word_width) = (text_width(space), text_width(word));
        let end = column
            .saturating_add(space_width)
            .saturating_add(word_width);
        let has_room_alone = word_width <= columns - indented;
        if end > columns && column > 0 && word_width > 0 && has_room_alone {
            // The styles in the dropped space still count.
            follow(space, &mut style);
            if style.is_empty() {
                wrapped.push_str(&format!("\n{indent}"));
            } else {
                wrapped.push_str(&format!("{PLAIN}\n{indent}{style}"));
            }
            column = indented.saturating_add(word_width);
        } else {
            follow(space, &mut style);
            wrapped.push_str(space);
            column = if end > columns {
                end % columns.max(1)
            } else {
                end
            };
        }
        follow(word, &mut style);
        wrapped.push_str(word);
    }
    wrapped
}

/// Each word with the space before it. A no-break space is part of a word.
fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = line;
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word = rest
            .find(|character| character != ' ')
            .unwrap_or(rest.len());
        let (space, behind) = rest.split_at(word);
        let end = behind.find(' ').unwrap_or(behind.len());
        let (word, behind) = behind.split_at(end);
        rest = behind;
        Some((space, word))
    })
}

/// The styles of a text, one after the other, as they were written.
fn styles(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("\x1b[").skip(1);
    parts.filter_map(|part| part.split_once('m').map(|(style, _)| style))
}

/// Keeps the style that is set behind the text: what sets it, or nothing.
fn follow(text: &str, style: &mut String) {
    for set in styles(text) {
        if set == "0" {
            style.clear();
        } else {
            style.push_str(&format!("\x1b[{set}m"));
        }
    }
}

/// The columns that a text takes up, without its styles.
fn text_width(text: &str) -> u16 {
    let mut parts = text.split("\x1b[");
    let first = parts.next().map_or(0, width);
    let others = parts.map(|part| width(part.split_once('m').map_or(part, |(_, shown)| shown)));
    others.fold(first, u16::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_indented() {
        assert_eq!(
            wrap("14:03 bia: um dois", "      ", 18),
            "14:03 bia: um dois"
        );
        assert_eq!(
            wrap("14:03 bia: um dois", "      ", 17),
            "14:03 bia: um\n      dois"
        );
        assert_eq!(
            wrap("14:03 bia: um dois três quatro cinco", "      ", 14),
            "14:03 bia: um\n      dois\n      três\n      quatro\n      cinco"
        );
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("aa 日本 aa", "", 7), "aa 日本\naa");
        assert_eq!(wrap("aa 日本語", "", 8), "aa\n日本語");
    }

    #[test]
    fn a_word_longer_than_a_row_stays_whole() {
        let address = "http://localhost:5000/a/very/long/path";
        let line = format!("14:03 bia: {address} fim");
        assert_eq!(wrap(&line, "      ", 20), line);
        // Behind it the rows are counted from where it ends.
        let line = format!("{address} um dois três quatro cinco");
        assert_eq!(
            wrap(&line, "  ", 20),
            format!("{address}\n  um dois três\n  quatro cinco")
        );
    }

    #[test]
    fn styles_end_at_a_break_and_go_on_behind_the_indent() {
        assert_eq!(
            wrap("\x1b[2m14:03\x1b[0m \x1b[1;7mum dois\x1b[0m fim", "  ", 10),
            "\x1b[2m14:03\x1b[0m \x1b[1;7mum\x1b[0m\n  \x1b[1;7mdois\x1b[0m fim"
        );
        assert_eq!(
            wrap("\x1b[2mum dois\x1b[0m", "", 7),
            "\x1b[2mum dois\x1b[0m"
        );
    }

    #[test]
    fn a_screen_that_is_too_narrow_for_the_indent_has_none() {
        assert_eq!(
            wrap("14:03 bia: um dois", "      ", 11),
            "14:03 bia: um dois"
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_row_is_too_long(
            words in prop::collection::vec("[a-zé日]{1,9}", 1..30),
            columns in 24..60_u16,
        ) {
            let line = words.join(" ");
            let wrapped = wrap(&line, "  ", columns);
            for row in wrapped.split('\n') {
                prop_assert!(width(row) <= columns, "{row:?}");
            }
            prop_assert_eq!(wrapped.replace("\n  ", " "), line);
        }
    }
}
