//! Characters that a name may not have, because they show nothing, move the text around them, or cannot
//! be carried.

use unicode_properties::UnicodeEmoji;

/// The first character of a text that a name may not have.
pub(super) fn forbidden_in(text: &str) -> Option<char> {
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        let is_allowed = match character {
            TEXT_STYLE | EMOJI_STYLE => has_a_style(before, after),
            NON_JOINER | JOINER => before.is_some_and(joins) && after.is_some_and(joins),
            _ => !is_forbidden(character),
        };
        if !is_allowed {
            return Some(character);
        }
        before = Some(character);
    }
    None
}

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
const TEXT_STYLE: char = '\u{FE0E}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';

/// Whether a variation selector between these two chooses how an emoji looks. Digits, `#` and `*` count as
/// emoji too, but only as the label of a keycap does a selector change them.
fn has_a_style(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(|before| match before {
        '0'..='9' | '#' | '*' => after == Some(KEYCAP),
        _ => is_emoji(before),
    })
}

/// Whether a joiner beside this character can be seen: in an emoji that is composed of several, and in
/// scripts with joined letters.
fn joins(character: char) -> bool {
    is_emoji(character)
        || matches!(character,
            EMOJI_STYLE
            // Arabic, Syriac and their neighbours.
            | '\u{0620}'..='\u{08FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
            // The scripts of India and of South East Asia, Mongolian.
            | '\u{0900}'..='\u{0DFF}' | '\u{0E00}'..='\u{109F}' | '\u{1700}'..='\u{1CFF}'
            | '\u{A800}'..='\u{ABFF}' | '\u{10A00}'..='\u{11FFF}' | '\u{1E900}'..='\u{1E95F}')
            && !is_forbidden(character)
}

fn is_emoji(character: char) -> bool {
    !character.is_ascii() && character.is_emoji_char()
}

/// What is allowed nowhere.
fn is_forbidden(character: char) -> bool {
    character.is_control() || misleads(character) || shows_nothing(character)
}

fn misleads(character: char) -> bool {
    matches!(
        character,
        // These make a name read as another one: marks, embeddings and overrides, isolates.
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        // A name is one line.
        | '\u{2028}' | '\u{2029}'
        // XML 1.0 has no way to write these.
        | '\u{FFFE}' | '\u{FFFF}'
    )
}

/// The characters that Unicode says to ignore when there is no glyph for them (the property
/// Default_Ignorable_Code_Point), without those handled above, and a few more that are empty. With one of
/// them two names look the same.
fn shows_nothing(character: char) -> bool {
    matches!(
        character,
        // Soft hyphen; combining grapheme joiner.
        '\u{AD}' | '\u{34F}'
        // Fillers of Hangul; inherent vowels of Khmer; a blank of Braille.
        | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{17B4}' | '\u{17B5}' | '\u{2800}'
        // Variation selectors, those of Mongolian first. Emoji need none of these.
        | '\u{180B}'..='\u{180F}' | '\u{FE00}'..='\u{FE0D}' | '\u{E0100}'..='\u{E01EF}'
        // Spaces without width, invisible operators, deprecated format characters.
        | '\u{200B}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        // Annotations, and what is reserved for the like.
        | '\u{FFF0}'..='\u{FFFB}'
        // Format characters of shorthand and of music.
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}'
        // Tags, and what is reserved for the like.
        | '\u{E0000}'..='\u{E00FF}' | '\u{E01F0}'..='\u{E0FFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_and_styles_are_allowed_where_they_are_seen() {
        for text in [
            "👩‍💻",
            "❤\u{FE0F}",
            "❤\u{FE0F}\u{200D}🔥",
            "1\u{FE0F}\u{20E3}",
            "क्\u{200D}ष",
            "می\u{200C}خواهم",
            "👍🏽",
            "🇧🇷",
        ] {
            assert_eq!(forbidden_in(text), None, "{text:?}");
        }
        for text in [
            "prof\u{200D}",
            "\u{200D}prof",
            "pr\u{200C}of",
            "prof1\u{FE0F}",
            "prof\u{FE0F}",
            "👩\u{200D}",
            "👩\u{200D}\u{200D}💻",
            "❤\u{FE0F}\u{FE0F}",
            "1\u{FE0F}",
            "李\u{FE00}",
            "葛\u{E0100}",
        ] {
            assert!(forbidden_in(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn everything_that_is_named_as_invisible_is_refused() {
        let named =
            "\u{200B}\u{AD}\u{2060}\u{FEFF}\u{34F}\u{180E}\u{3164}\u{115F}\u{1160}\u{FFA0}\u{2800}";
        let ranges = [
            '\u{206A}'..='\u{206F}',
            '\u{E0000}'..='\u{E007F}',
            '\u{FE00}'..='\u{FE0F}',
        ];
        for character in named.chars().chain(ranges.into_iter().flatten()) {
            assert_eq!(forbidden_in(&format!("pr{character}of")), Some(character));
            assert_eq!(forbidden_in(&format!("prof{character}")), Some(character));
        }
    }

    #[test]
    fn ordinary_text_in_any_script_is_allowed() {
        for text in [
            "João d'Água-Ñandú",
            "日本語 テスト",
            "עברית",
            "한국어",
            "ไทย",
            "Ελλάδα",
            "ßŒ€½²",
        ] {
            assert_eq!(forbidden_in(text), None, "{text}");
        }
    }
}
