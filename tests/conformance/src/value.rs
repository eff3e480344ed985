//! What the checks look for in values, which are handled as JSON.

use protocol::characters::escaped;
use serde_json::Value as Json;

/// How many characters of a value are shown in a line.
const SHOWN: usize = 160;

/// How many of a text that a program under test wrote.
const SHOWN_OF_TEXT: usize = 400;

/// The value in one line.
pub(crate) fn short(value: &Json) -> String {
    line(&value.to_string(), SHOWN)
}

/// The value in one line, and of a long one the part around a text that was found in it.
pub(crate) fn short_around(value: &Json, found: &str) -> String {
    let whole = value.to_string();
    let characters = |part: &str| part.chars().count();
    let before = whole
        .find(found)
        .and_then(|start| whole.get(..start))
        .map_or(0, characters);
    if before + characters(found) <= SHOWN {
        return line(&whole, SHOWN);
    }
    // In the middle, with what belongs to it on both sides.
    let skipped = before.saturating_sub(SHOWN.saturating_sub(characters(found)) / 2);
    let rest: String = whole.chars().skip(skipped).collect();
    format!("…{}", line(&rest, SHOWN))
}

/// A text of a program under test in one line: however long it is, and whatever it would do to a terminal.
pub(crate) fn short_text(text: &str) -> String {
    line(text, SHOWN_OF_TEXT)
}

fn line(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => escaped(text),
        Some((end, _)) => escaped(text.get(..end).unwrap_or_default()) + "…",
    }
}

/// Whether a text occurs anywhere in a value, as a text, as a part of one, or as the name of a member.
pub(crate) fn mentions(value: &Json, wanted: &str) -> bool {
    match value {
        Json::String(text) => text.contains(wanted),
        Json::Array(values) => values.iter().any(|one| mentions(one, wanted)),
        Json::Object(members) => members
            .iter()
            .any(|(name, one)| name.contains(wanted) || mentions(one, wanted)),
        _ => false,
    }
}

/// All texts of a value, in the order of arrays.
pub(crate) fn texts_of(value: &Json) -> Vec<&str> {
    match value {
        Json::String(text) => vec![text],
        Json::Array(values) => values.iter().flat_map(texts_of).collect(),
        Json::Object(members) => members.values().flat_map(texts_of).collect(),
        _ => Vec::new(),
    }
}

/// How often a text occurs in the texts of a value.
pub(crate) fn occurrences(value: &Json, wanted: &str) -> usize {
    texts_of(value)
        .iter()
        .map(|text| text.matches(wanted).count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_program_wrote_is_one_short_line() {
        assert_eq!(
            short_text("a\n  ✓ b \u{1b}[2J\u{9b}"),
            "a\\n  ✓ b \\u{1b}[2J\\u{9b}"
        );
        let long = "é".repeat(SHOWN_OF_TEXT + 1);
        assert_eq!(short_text(&long).chars().count(), SHOWN_OF_TEXT + 1);
        assert_eq!(short(&json!("\u{202e}")), "\"\\u{202e}\"");
    }

    #[test]
    fn what_was_found_is_shown_of_a_long_value() {
        let many: Vec<String> = (0..100).map(|number| format!("texto {number}.")).collect();
        let shown = short_around(&json!(many), "texto 70.");
        assert!(shown.contains("\"texto 70.\""), "{shown}");
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.chars().count() <= SHOWN + 2, "{shown}");
        for (value, found) in [(json!(many), "texto 0."), (json!(["a"]), "b")] {
            assert_eq!(short_around(&value, found), short(&value));
        }
        let end = short_around(&json!(many), "texto 99.");
        assert!(end.ends_with("\"texto 99.\"]"), "{end}");
        // Longer than what is shown.
        let long = "é".repeat(2 * SHOWN);
        assert!(short_around(&json!(["a".repeat(SHOWN), long]), &long).starts_with("…é"));
    }

    #[test]
    fn texts_are_found_in_any_depth() {
        let value = json!({"messages": [{"content": "um dois"}, ["um"]]});
        assert!(mentions(&value, "dois"));
        assert!(!mentions(&value, "tres"));
        assert_eq!(occurrences(&value, "um"), 2);
    }
}
