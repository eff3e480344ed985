//! How a line that is being typed is drawn: so that it takes up as many columns on every terminal as
//! rustyline expects.
//!
//! An emoji may be several characters: pictures joined to one, a skin tone, a sign that asks for colour.
//! Terminals differ in how wide they draw those, and if one differs from rustyline, the cursor is in
//! the wrong place and rows of messages are cleared. So while it is typed, such an emoji is drawn in its
//! parts: their widths are the same everywhere. It is sent as it was typed.
//!
//! What was pasted may have come from a stranger, so characters that act on the terminal are not drawn.

use protocol::characters::is_deceptive;
use unicode_segmentation::UnicodeSegmentation as _;

use super::layout::{Place, WIDTHS, place_after};
use super::resizing::Drawn;

/// Joins pictures to one (zero width joiner).
const JOINER: char = '\u{200d}';

/// Asks for a picture in colour, which some terminals draw wider (variation selector 16).
const IN_COLOUR: char = '\u{fe0f}';

/// Keeps two characters apart without taking up room (zero width space).
const APART: char = '\u{200b}';

/// The prompt and the line with the cursor at `position`, drawn on a screen of so many columns.
pub(super) fn draw(prompt: &str, line: &str, position: usize, columns: Option<u16>) -> Drawn {
    let columns = columns.unwrap_or(u16::MAX);
    let mut drawn = Drawn {
        text: prompt.to_owned(),
        line_begins: prompt.len(),
        before_cursor: prompt.len(),
        columns,
    };
    let mut place = place_after(prompt, columns);
    for (start, cluster) in line.grapheme_indices(true) {
        draw_cluster(cluster, place, &mut drawn);
        if start < position {
            drawn.before_cursor = drawn.text.len();
        }
        place = place.after(cluster, columns);
    }
    drawn
}

fn draw_cluster(cluster: &str, place: Place, drawn: &mut Drawn) {
    if !is_drawn_differently(cluster) {
        drawn.text.push_str(cluster);
        return;
    }
    let is_cut = place.row < place.after(cluster, drawn.columns).row;
    if is_cut {
        // rustyline takes it to the next row as a whole, the terminal would do so with each part.
        let left = drawn.columns.saturating_sub(place.column);
        drawn.text.push_str(&" ".repeat(usize::from(left)));
    }
    for (number, character) in cluster.chars().enumerate() {
        if character == JOINER || character == IN_COLOUR {
            continue;
        }
        if is_deceptive(character) {
            if width(character) > 0 {
                drawn.text.push(char::REPLACEMENT_CHARACTER);
            }
            continue;
        }
        if number > 0 && is_skin_tone(character) {
            drawn.text.push(APART);
        }
        drawn.text.push(character);
    }
}

/// Whether it acts on the terminal, or terminals differ in how wide they draw it. In other scripts a
/// joiner changes the form of letters, and no widths.
fn is_drawn_differently(cluster: &str) -> bool {
    let is_joined_picture =
        || cluster.contains(JOINER) && cluster.chars().any(|part| width(part) > 1);
    cluster.contains(IN_COLOUR)
        || cluster.chars().skip(1).any(is_skin_tone)
        || (cluster.contains(is_deceptive) && !["\n", "\t"].contains(&cluster))
        || is_joined_picture()
}

fn width(character: char) -> u16 {
    WIDTHS.width(character.encode_utf8(&mut [0; 4]))
}

const fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(line: &str, columns: u16) -> String {
        draw("> ", line, line.len(), Some(columns))
            .line()
            .to_owned()
    }

    #[test]
    fn emoji_of_several_characters_are_drawn_in_their_parts() {
        for (typed, shown) in [
            ("👨‍👩‍👧", "👨👩👧"),
            ("👍🏽", "👍\u{200b}🏽"),
            ("❤️", "❤"),
            ("👩🏽‍⚕️!", "👩\u{200b}🏽⚕!"),
            ("🏽", "🏽"),
        ] {
            assert_eq!(drawn(typed, 80), shown);
            assert_eq!(WIDTHS.width(typed), WIDTHS.width(shown), "{typed}");
        }
    }

    #[test]
    fn everything_else_is_drawn_as_it_is() {
        for line in ["olá, 日本語", "👍 🇧🇷", "न्‍क", "e\u{301}", "a\tb\nc"] {
            assert_eq!(drawn(line, 80), line);
        }
    }

    #[test]
    fn what_acts_on_the_terminal_is_not_drawn() {
        for typed in [
            "a\u{1b}[2Jb",
            "\u{202e}a",
            "a\u{9b}2J",
            "a\u{2028}b",
            "a\r\nb",
        ] {
            let shown = drawn(typed, 80);
            assert!(
                !shown.contains(|c| c != '\n' && is_deceptive(c)),
                "{shown:?}"
            );
            assert_eq!(WIDTHS.width(typed), WIDTHS.width(&shown), "{typed:?}");
        }
    }

    #[test]
    fn what_rustyline_takes_to_the_next_row_is_there_with_all_its_parts() {
        // The family is six columns wide, and three are left in the row.
        assert_eq!(drawn("12345👨‍👩‍👧", 10), "12345   👨👩👧");
        assert_eq!(drawn("12👨‍👩‍👧", 10), "12👨👩👧");
        for columns in 8..20 {
            for length in 0..20 {
                let line = "x".repeat(length) + "👨‍👩‍👧y👍🏽z";
                let drawn = draw("> ", &line, line.len(), Some(columns));
                let expected = place_after(&format!("> {line}"), columns);
                assert_eq!(
                    place_after(&drawn.text, columns),
                    expected,
                    "{line:?} at {columns}"
                );
            }
        }
    }

    #[test]
    fn the_cursor_is_where_it_was_in_what_was_typed() {
        let line = "a👨‍👩‍👧b";
        let before = |position| {
            let drawn = draw("> ", line, position, Some(80));
            drawn.text[..drawn.before_cursor].to_owned()
        };
        assert_eq!(before(0), "> ");
        assert_eq!(before(1), "> a");
        assert_eq!(before(line.len() - 1), "> a👨👩👧");
        assert_eq!(before(line.len()), "> a👨👩👧b");
    }
}
