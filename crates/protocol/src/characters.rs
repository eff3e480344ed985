//! Deceptive characters: invisible ones, and those that move the cursor or change the reading direction.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_in_any_script_is_not_deceptive() {
        assert!(!"olá, você! 日本語 עברית 👩‍👩‍👧".chars().any(is_deceptive));
        for character in ['\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}', '\n'] {
            assert!(is_deceptive(character), "{character:?}");
        }
    }
}
