//! Reads answers: from XML-RPC values to the declared shapes.

use std::collections::BTreeMap;

use dxr::Value;
use thiserror::Error;

/// An answer of another shape than declared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected}, got {got}")]
pub struct UnexpectedAnswer {
    /// The declared shape.
    pub expected: &'static str,
    /// The actual type.
    pub got: &'static str,
}

/// The XML-RPC name of a value's type.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) | Value::Long(_) => "int",
        Value::Boolean(_) => "boolean",
        Value::String(_) => "string",
        Value::Double(_) => "double",
        Value::DateTime(_) => "dateTime.iso8601",
        Value::Base64(_) => "base64",
        Value::Struct(_) => "struct",
        Value::Array(_) => "array",
        Value::Nil => "nil",
        // dxr's enum is open; these are all types of XML-RPC and its extensions.
        _ => "an unknown type",
    }
}

/// The value as a string.
pub fn string(value: Value) -> Result<String, UnexpectedAnswer> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(unexpected("a string", &other)),
    }
}

/// The value as a string, or nothing for nil.
pub(crate) fn optional_string(value: Value) -> Result<Option<String>, UnexpectedAnswer> {
    match value {
        Value::Nil => Ok(None),
        other => string(other).map(Some),
    }
}

/// A struct with these members.
pub(crate) fn structure<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Struct(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// A string, or nil.
pub(crate) fn string_or_nil(text: Option<&str>) -> Value {
    text.map_or(Value::Nil, |text| Value::String(text.to_owned()))
}

/// The value as a list.
pub fn array(value: Value) -> Result<Vec<Value>, UnexpectedAnswer> {
    match value {
        Value::Array(values) => Ok(values),
        other => Err(unexpected("an array", &other)),
    }
}

/// The value as a list of strings.
pub fn strings(value: Value) -> Result<Vec<String>, UnexpectedAnswer> {
    array(value)?.into_iter().map(string).collect()
}

/// The value as a struct's members.
pub fn members(value: Value) -> Result<BTreeMap<String, Value>, UnexpectedAnswer> {
    match value {
        Value::Struct(members) => Ok(members),
        other => Err(unexpected("a struct", &other)),
    }
}

/// Takes the member `name` out of a struct's members.
pub fn member(
    members: &mut BTreeMap<String, Value>,
    name: &'static str,
) -> Result<Value, UnexpectedAnswer> {
    members.remove(name).ok_or(UnexpectedAnswer {
        expected: name,
        got: "a struct without it",
    })
}

/// The error for a `value` of the wrong type.
pub fn unexpected(expected: &'static str, value: &Value) -> UnexpectedAnswer {
    UnexpectedAnswer {
        expected,
        got: type_name(value),
    }
}
