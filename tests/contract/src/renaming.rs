//! The names in the tables, and other names in their place for a server that has such users and rooms already.

use serde_json::{Value as Json, json};

/// In longer texts no name is looked for, in bytes.
const LONGEST_SENTENCE: usize = 1024;

/// The longest name that is allowed, in characters.
const LONGEST_NAME: usize = 64;

/// The names of users and rooms in the tables.
const NAMES: [&str; 10] = [
    "ana",
    "Ana",
    "bia",
    "caio",
    "rui",
    "José 李 <b>&amp;",
    "geral",
    "abc",
    "nada",
    "à toa <3 & 'cia'",
];

/// A name of the tables with another end, no longer than names may be.
fn renamed_name(name: &str, suffix: &str) -> String {
    let kept = LONGEST_NAME.saturating_sub(suffix.chars().count());
    name.chars().take(kept).chain(suffix.chars()).collect()
}

/// The text with every name in it renamed.
pub(crate) fn renamed(text: &str, suffix: &str) -> String {
    // One of the long messages, in which no name is; looking takes seconds.
    if text.len() > LONGEST_SENTENCE {
        return text.to_owned();
    }
    if text == longest_name() {
        return renamed_name(text, suffix);
    }
    let mut rest = text;
    let mut result = String::new();
    let mut is_inside_word = false;
    while let Some(first) = rest.chars().next() {
        let name = NAMES.into_iter().find(|name| {
            !is_inside_word
                && rest
                    .strip_prefix(name)
                    .is_some_and(|after| !after.starts_with(char::is_alphanumeric))
        });
        let (length, written) = match name {
            Some(name) => (name.len(), renamed_name(name, suffix)),
            None => (first.len_utf8(), first.to_string()),
        };
        result.push_str(&written);
        is_inside_word = name.is_none() && first.is_alphanumeric();
        rest = rest.get(length..).unwrap_or_default();
    }
    result
}

/// A name as long as a name may be.
pub(crate) fn longest_name() -> String {
    "é".repeat(LONGEST_NAME)
}

pub(crate) fn renamed_value(value: &Json, suffix: &str) -> Json {
    match value {
        Json::String(text) => json!(renamed(text, suffix)),
        Json::Array(values) => values
            .iter()
            .map(|value| renamed_value(value, suffix))
            .collect(),
        Json::Object(members) => Json::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), renamed_value(member, suffix)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_renamed_and_other_words_are_not() {
        let cases = [
            ("ana", "ana-1"),
            (
                "Usuário 'ana' não registrado.",
                "Usuário 'ana-1' não registrado.",
            ),
            ("banana, semana", "banana, semana"),
            ("anatomia", "anatomia"),
            ("à toa <3 & 'cia'", "à toa <3 & 'cia'-1"),
            ("uma mensagem", "uma mensagem"),
        ];
        for (before, after) in cases {
            assert_eq!(renamed(before, "-1"), after);
        }
    }

    #[test]
    fn a_renamed_name_is_no_longer_than_names_may_be() {
        let name = renamed(&longest_name(), "-1a2b3c");
        assert_eq!(name.chars().count(), LONGEST_NAME);
        assert!(name.ends_with("-1a2b3c"), "{name}");
    }
}
