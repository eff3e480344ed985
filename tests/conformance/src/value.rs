//! Values of the wire as JSON, in which tables of calls are written.

use dxr::Value;
use serde_json::{Map, Value as Json, json};

/// A value as JSON. What JSON lacks becomes an object that names it.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::Long(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
        Value::String(text) => json!(text),
        Value::Double(number) if number.is_finite() => json!(number),
        Value::Double(number) => json!({ "double": number.to_string().to_lowercase() }),
        Value::DateTime(moment) => json!({ "datetime": moment.to_string() }),
        Value::Base64(bytes) => json!({ "base64": bytes }),
        Value::Array(values) => values.iter().map(to_json).collect(),
        Value::Struct(members) => Json::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), to_json(member)))
                .collect::<Map<_, _>>(),
        ),
        _ => Json::Null,
    }
}

/// JSON as a value of the wire.
pub(crate) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Boolean(*truth),
        Json::String(text) => Value::String(text.clone()),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => i32::try_from(whole).map_or(Value::Long(whole), Value::Integer),
            None => Value::Double(number.as_f64().unwrap_or_default()),
        },
        Json::Array(values) => Value::Array(values.iter().map(from_json).collect()),
        Json::Object(members) => Value::Struct(
            members
                .iter()
                .map(|(name, member)| (name.clone(), from_json(member)))
                .collect(),
        ),
    }
}

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

    #[test]
    fn values_come_back_as_they_were() {
        let value = json!([null, true, 7, 5_000_000_000_i64, 1.5, "é", {"a": [1]}]);
        assert_eq!(to_json(&from_json(&value)), value);
    }

    #[test]
    fn texts_are_found_in_any_depth() {
        let value = json!({"messages": [{"content": "um dois"}, ["um"]]});
        assert!(mentions(&value, "dois"));
        assert!(!mentions(&value, "tres"));
        assert_eq!(occurrences(&value, "um"), 2);
    }
}
