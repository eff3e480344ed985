//! Values of the wire as JSON, in which the tables are written.

use dxr::Value;
use serde_json::{Map, Value as Json, json};

/// A value as JSON, the same as `wire_values.py` makes of what Python reads. What JSON lacks becomes an
/// object that names it.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::Long(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
        Value::String(text) => json!(text),
        Value::Double(number) if number.is_finite() => json!(number),
        Value::Double(number) => json!({ "double": number.to_string().to_lowercase() }),
        Value::DateTime(moment) => json!({ "datetime": moment.to_string() }),
        Value::Base64(bytes) => json!({ "base64": base64(bytes) }),
        Value::Nil => Json::Null,
        Value::Array(values) => values.iter().map(to_json).collect(),
        Value::Struct(members) => Json::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), to_json(member)))
                .collect::<Map<_, _>>(),
        ),
        // dxr may get more types; XML-RPC has no others.
        other => json!({ "unknown": format!("{other:?}") }),
    }
}

/// The bytes in base64, by the encoder of dxr.
pub fn base64(bytes: &[u8]) -> String {
    let xml = rpc::xml::write::value(&Value::Base64(bytes.to_vec())).unwrap_or_default();
    xml.strip_prefix("<value><base64>")
        .and_then(|rest| rest.strip_suffix("</base64></value>"))
        .unwrap_or_default()
        .to_owned()
}

pub fn from_json(json: &Json) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let value = json!([null, true, 7, 5_000_000_000_i64, 1.5, "é", {"a": [1]}]);
        assert_eq!(to_json(&from_json(&value)), value);
    }

    #[test]
    fn what_json_lacks_is_named() {
        let infinite = to_json(&Value::Double(f64::INFINITY));
        assert_eq!(infinite, json!({"double": "inf"}));
        let bytes = to_json(&Value::Base64(b"oi".to_vec()));
        assert_eq!(bytes, json!({"base64": "b2k="}));
    }
}
