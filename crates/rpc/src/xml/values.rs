//! From elements of the XML tree to dxr's values, as tolerant as Python's reader and not more.

use std::collections::BTreeMap;

use dxr::Value;
use roxmltree::Node;

use super::ReadError;
use super::tree::{elements, excerpt, expect_name, name, only_child, only_text, text};

/// Default nesting of values. Usual calls need no more than five levels, and the reader recurses.
pub const DEPTH: usize = 32;

/// Largest nesting that can be configured: reading and printing use stack for each level, and this many use
/// only a small part.
pub const DEEPEST: usize = 100;

/// The depth of a value, with its limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nesting {
    around: usize,
    limit: usize,
}

impl Nesting {
    pub(super) const fn outermost(limit: usize) -> Self {
        Self { around: 0, limit }
    }

    const fn inside(self) -> Self {
        Self {
            around: self.around + 1,
            ..self
        }
    }
}

/// Reads a `<value>` element.
pub(super) fn value(element: Node<'_, '_>, nesting: Nesting) -> Result<Value, ReadError> {
    let Nesting { around, limit } = nesting;
    if around >= limit {
        return Err(ReadError::TooDeep { limit });
    }
    expect_name(element, "value")?;
    let mut children = elements(element);
    let Some(typed) = children.next() else {
        // A value without a type is a string, white space included.
        return Ok(Value::String(text(element)));
    };
    if let Some(second) = children.next() {
        return Err(ReadError::not_xml_rpc(format!(
            "a <value> holds one type, and after <{}> comes <{}>",
            excerpt(name(typed)),
            excerpt(name(second))
        )));
    }
    match name(typed) {
        "string" => only_text(typed).map(Value::String),
        // Python's reader accepts all of these as integers.
        "int" | "i4" | "i8" | "i1" | "i2" | "biginteger" => integer(&only_text(typed)?),
        "boolean" => match only_text(typed)?.as_str() {
            "1" => Ok(Value::Boolean(true)),
            "0" => Ok(Value::Boolean(false)),
            other => Err(unreadable("boolean", other)),
        },
        "double" | "float" => {
            let text = only_text(typed)?;
            text.trim()
                .parse()
                .map(Value::Double)
                .map_err(|_| unreadable("double", &text))
        }
        "nil" => Ok(Value::Nil),
        "dateTime.iso8601" => {
            let text = only_text(typed)?;
            text.trim()
                .parse()
                .map(Value::DateTime)
                .map_err(|_| unreadable("dateTime.iso8601", &text))
        }
        "base64" => base64(&only_text(typed)?),
        "struct" => members(typed, nesting.inside()).map(Value::Struct),
        "array" => array(typed, nesting.inside()).map(Value::Array),
        other => Err(ReadError::not_xml_rpc(format!(
            "unknown type <{}>",
            excerpt(other)
        ))),
    }
}

fn integer(text: &str) -> Result<Value, ReadError> {
    let number: i64 = text.trim().parse().map_err(|_| unreadable("int", text))?;
    Ok(i32::try_from(number).map_or(Value::Long(number), Value::Integer))
}

/// Rare, so dxr decodes it.
fn base64(text: &str) -> Result<Value, ReadError> {
    let encoded: String = text
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || "+/=".contains(*character))
        .collect();
    Value::from_xml(&format!("<value><base64>{encoded}</base64></value>"))
        .map_err(|_| unreadable("base64", text))
}

fn members(element: Node<'_, '_>, nesting: Nesting) -> Result<BTreeMap<String, Value>, ReadError> {
    elements(element)
        .map(|member| {
            expect_name(member, "member")?;
            let [name, content] = exactly_two(member)?;
            expect_name(name, "name")?;
            Ok((only_text(name)?, value(content, nesting)?))
        })
        .collect()
}

fn array(element: Node<'_, '_>, nesting: Nesting) -> Result<Vec<Value>, ReadError> {
    let data = only_child(element, "data")?;
    elements(data).map(|entry| value(entry, nesting)).collect()
}

fn exactly_two<'a, 'input>(parent: Node<'a, 'input>) -> Result<[Node<'a, 'input>; 2], ReadError> {
    let mut children = elements(parent);
    match (children.next(), children.next(), children.next()) {
        (Some(first), Some(second), None) => Ok([first, second]),
        _ => Err(ReadError::not_xml_rpc(format!(
            "<{}> holds a <name> and a <value>",
            name(parent)
        ))),
    }
}

fn unreadable(kind: &str, text: &str) -> ReadError {
    ReadError::not_xml_rpc(format!("'{}' is no {kind}", excerpt(text)))
}
