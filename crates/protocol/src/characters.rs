//! Deceptive characters: invisible ones, and those that move the cursor or change the reading direction.

use std::fmt::{self, Write as _};

/// Whether a character can make text on a terminal look like something else: control characters, the
/// bidirectional controls of Unicode (UAX #9), and the line and paragraph separators.
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}')
}

/// Writes to `output` with deceptive characters escaped: for texts of others that go to a terminal.
#[derive(Debug)]
pub struct Escaped<W>(pub W);

impl<W: fmt::Write> fmt::Write for Escaped<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(position) = rest.find(is_deceptive) {
            let (plain, after) = rest.split_at(position);
            self.0.write_str(plain)?;
            let mut characters = after.chars();
            if let Some(deceptive) = characters.next() {
                write!(self.0, "{}", deceptive.escape_default())?;
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// The text with deceptive characters escaped.
pub fn escaped(text: &str) -> String {
    let mut escaped = Escaped(String::with_capacity(text.len()));
    // Writing to a String cannot fail.
    let _ = escaped.write_str(text);
    escaped.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_escaped_and_nothing_else() {
        assert_eq!(
            escaped("a\n\u{1b}[2J \u{9b}olá\u{202e}"),
            "a\\n\\u{1b}[2J \\u{9b}olá\\u{202e}"
        );
        assert_eq!(escaped("olá 日本語"), "olá 日本語");
    }

    #[test]
    fn ordinary_text_in_any_script_is_not_deceptive() {
        assert!(!"olá, você! 日本語 עברית 👩‍👩‍👧".chars().any(is_deceptive));
        for character in ['\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}', '\n'] {
            assert!(is_deceptive(character), "{character:?}");
        }
    }
}
