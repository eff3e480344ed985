//! Making characters visible that would otherwise act on the terminal.

use std::fmt::Write as _;

use protocol::characters::is_deceptive;

/// How much of one text is shown. It is more than our server answers to any call: a history of the longest
/// messages, or the names of all its rooms.
const SHOWN_AT_MOST: usize = 4 << 20;

/// The text with control and bidirectional characters escaped, all others as they are; of an endless text the
/// beginning.
///
/// A tab stays: it only ever moves to the right, over nothing that is written, and the original
/// writes it too.
pub fn visible(text: &str) -> String {
    beginning_visible(text, SHOWN_AT_MOST)
}

/// The same, with so many bytes of the text at most.
pub fn beginning_visible(text: &str, shown_at_most: usize) -> String {
    let mut ends = (0..=text.len().min(shown_at_most)).rev();
    let end = ends.find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let (shown, left_out) = text.split_at(end);
    let mut visible = String::with_capacity(shown.len());
    for character in shown.chars() {
        if character != '\t' && is_deceptive(character) {
            escape(character, &mut visible);
        } else {
            visible.push(character);
        }
    }
    if !left_out.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(visible, " … (+{} bytes)", left_out.len());
    }
    visible
}

/// Writes a character's escape sequence as Python's `repr` does.
pub(crate) fn escape(character: char, into: &mut String) {
    let code = u32::from(character);
    // Writing to a String cannot fail.
    let _ = match (character, code) {
        ('\t', _) => into.write_str("\\t"),
        ('\n', _) => into.write_str("\\n"),
        ('\r', _) => into.write_str("\\r"),
        (_, ..=0xff) => write!(into, "\\x{code:02x}"),
        (_, 0x100..=0xffff) => write!(into, "\\u{code:04x}"),
        (_, 0x1_0000..) => write!(into, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(
            visible("\u{1b}[2J a\u{b}b\r\n \u{202e}c\u{9b}"),
            "\\x1b[2J a\\x0bb\\r\\n \\u202ec\\x9b"
        );
    }

    #[test]
    fn of_an_endless_text_the_beginning_is_shown() {
        let shown = visible(&"é".repeat(SHOWN_AT_MOST));
        assert!(shown.len() < SHOWN_AT_MOST + 32);
        assert!(shown.ends_with(&format!("é … (+{SHOWN_AT_MOST} bytes)")));
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        let text = "olá,\t'você' \\o/ 日本語 עברית 👩‍👩‍👧";
        assert_eq!(visible(text), text);
    }
}
