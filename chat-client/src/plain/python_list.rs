//! Names as Python prints a list of strings: `['geral', 'jogos']`.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::terminal::escaping::escape;

/// The names as Python's `print` writes a list of them.
pub(super) fn python_list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| python_string(name)).collect();
    format!("[{}]", names.join(", "))
}

fn python_string(text: &str) -> String {
    // Single quotes, unless only double ones can do without a backslash.
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut written = String::with_capacity(text.len() + 2);
    written.push(quote);
    for character in text.chars() {
        if character == quote || character == '\\' {
            written.push('\\');
            written.push(character);
        } else if is_printable(character) {
            written.push(character);
        } else {
            escape(character, &mut written);
        }
    }
    written.push(quote);
    written
}

/// Python's `str.isprintable`: of Unicode's categories "Other" and "Separator" only the space is.
fn is_printable(character: char) -> bool {
    use GeneralCategory as Category;
    character == ' '
        || !matches!(
            character.general_category(),
            Category::Control
                | Category::Format
                | Category::Surrogate
                | Category::PrivateUse
                | Category::Unassigned
                | Category::LineSeparator
                | Category::ParagraphSeparator
                | Category::SpaceSeparator
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_as_in_python() {
        let names = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(python_list(&[]), "[]");
        assert_eq!(
            python_list(&names(&["geral", "sala de aula"])),
            "['geral', 'sala de aula']"
        );
    }

    /// Expectations written by Python 3.11: `repr(text)`.
    #[test]
    fn quotes_and_escapes_are_chosen_as_in_python() {
        for (text, expected) in [
            ("d'água", r#""d'água""#),
            (r#"di"to"#, r#"'di"to'"#),
            (r#"'"'"#, r#"'\'"\''"#),
            (r"a\b", r"'a\\b'"),
            ("\t\n\r\0\u{1b}\u{7f}", r"'\t\n\r\x00\x1b\x7f'"),
            ("\u{80}\u{a0}\u{ad}", r"'\x80\xa0\xad'"),
            (
                "\u{200b}\u{202e}\u{2028}\u{3000}",
                r"'\u200b\u202e\u2028\u3000'",
            ),
            ("\u{e000}\u{378}", r"'\ue000\u0378'"),
            ("\u{e0001}\u{10ffff}", r"'\U000e0001\U0010ffff'"),
            ("e\u{301} 日本 👍🏽", "'e\u{301} 日本 👍🏽'"),
        ] {
            assert_eq!(python_string(text), expected);
        }
    }
}
