//! What the checks look for in values, which are handled as JSON.

use serde_json::Value as Json;

/// How many characters of a value are shown in a line.
const SHOWN: usize = 160;

/// The value in one line.
pub(crate) fn short(value: &Json) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN {
        return text;
    }
    let beginning: String = text.chars().take(SHOWN).collect();
    format!("{beginning}…")
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
    fn texts_are_found_in_any_depth() {
        let value = json!({"messages": [{"content": "um dois"}, ["um"]]});
        assert!(mentions(&value, "dois"));
        assert!(!mentions(&value, "tres"));
        assert_eq!(occurrences(&value, "um"), 2);
    }
}
