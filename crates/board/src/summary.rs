//! Calls in a few words, to be shown beside an arrow.

use crate::events;
use crate::secrets::{self, Form, Hidden, MASK, PrivateTexts};
use dxr::Value;
use protocol::procedure::{MULTICALL, Procedure};
use serde_json::{Value as Json, json};

const MAX_TEXT: usize = 80;

const MAX_ANSWER: usize = 120;

/// Arguments of a call, or entries of a list.
const MAX_ENTRIES: usize = 20;

/// Bytes of all arguments of a call as JSON: half of what an event may have.
const MAX_ARGUMENT_BYTES: usize = events::MAX_BYTES / 2;

/// A call to describe.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Described<'a> {
    pub(crate) method: &'a str,
    /// Its declaration, if the server has the method.
    pub(crate) procedure: Option<&'static Procedure>,
    /// Unmasked.
    pub(crate) parameters: &'a [Value],
}

/// The arguments of a call, shortened and masked.
pub(crate) fn arguments(call: Described<'_>, private: PrivateTexts) -> Vec<Json> {
    let Described {
        method, parameters, ..
    } = call;
    let hidden = match hidden(call, private) {
        Hidden::All if parameters.is_empty() => return Vec::new(),
        Hidden::All => return vec![json!(MASK)],
        Hidden::Each { is_hidden } => is_hidden,
    };
    let arguments = parameters
        .iter()
        .zip(hidden)
        .take(MAX_ENTRIES)
        .map(|(value, is_hidden)| match value {
            _ if is_hidden => json!(MASK),
            Value::Array(calls) if method == MULTICALL => batch(calls),
            _ if method == MULTICALL => json!("…"),
            value => shortened(value),
        });
    let mut bytes = 0;
    let mut shown = Vec::new();
    for argument in arguments {
        bytes += events::json(&argument).len();
        if bytes > MAX_ARGUMENT_BYTES {
            shown.push(json!("…"));
            break;
        }
        shown.push(argument);
    }
    shown
}

fn hidden(call: Described<'_>, private: PrivateTexts) -> Hidden {
    let forms: Vec<Form> = call.parameters.iter().map(form).collect();
    Hidden::of(call.method, call.procedure, &forms, private)
}

fn form(value: &Value) -> Form {
    match value {
        Value::String(text) if text.is_empty() => Form::EmptyText,
        Value::String(_) => Form::Text,
        Value::Nil => Form::Nil,
        Value::Array(_) | Value::Struct(_) => Form::ListOrStruct,
        _ => Form::Other,
    }
}

/// The methods of a batch; its details show the parameters.
fn batch(calls: &[Value]) -> Json {
    calls
        .iter()
        .take(MAX_ENTRIES)
        .map(|call| match call {
            Value::Struct(members) => match members.get("methodName") {
                Some(Value::String(method)) => {
                    json!(format!("{}(…)", secrets::visible_method(method)))
                }
                _ => json!("…"),
            },
            _ => json!("…"),
        })
        .collect()
}

/// The string parameter with this name, such as the user or the room, if it may be shown.
pub(crate) fn argument<'a>(call: Described<'a>, name: &str) -> Option<&'a str> {
    if hidden(call, PrivateTexts::Masked) == Hidden::All {
        return None;
    }
    let position = call
        .procedure?
        .parameters
        .iter()
        .position(|parameter| parameter.name == name)?;
    match call.parameters.get(position)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// An answer in a few words, and the number of entries when it is a list or contains one of messages.
pub(crate) fn answer(value: &Value) -> (String, Option<usize>) {
    match value {
        Value::String(text) => (truncated(text, MAX_ANSWER), None),
        Value::Array(values) => {
            let are_texts = values.iter().all(|value| matches!(value, Value::String(_)));
            let shown = if are_texts {
                let texts: Vec<String> = values.iter().take(MAX_ENTRIES).map(as_text).collect();
                format!("[{}]", texts.join(", "))
            } else if let [address @ Value::String(_), port @ Value::Integer(_)] = values.as_slice()
            {
                format!("{}:{}", as_text(address), as_text(port))
            } else {
                format!("[{}]", values.len())
            };
            (truncated(&shown, MAX_ANSWER), Some(values.len()))
        }
        Value::Struct(members) => match members.get("messages") {
            Some(Value::Array(messages)) => (
                format!("{{messages: {}}}", messages.len()),
                Some(messages.len()),
            ),
            _ => ("{…}".to_owned(), None),
        },
        other => (as_text(other), None),
    }
}

fn shortened(value: &Value) -> Json {
    match value {
        Value::String(text) => json!(truncated(text, MAX_TEXT)),
        Value::Integer(number) => json!(number),
        Value::Long(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
        Value::Double(number) => json!(number),
        Value::Nil => Json::Null,
        Value::Array(values) => values
            .iter()
            .take(MAX_ENTRIES)
            .map(|value| match value {
                Value::String(text) => json!(truncated(text, MAX_TEXT)),
                _ => json!("…"),
            })
            .collect(),
        _ => json!("…"),
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => truncated(text, MAX_TEXT),
        Value::Integer(number) => number.to_string(),
        Value::Long(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Nil => "nil".to_owned(),
        _ => "…".to_owned(),
    }
}

/// At most `most` characters, with an ellipsis when something is missing.
pub(crate) fn truncated(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use protocol::{accounts, classic};

    use super::*;

    fn shown(method: &str, parameters: &[Value], private: PrivateTexts) -> Json {
        let call = Described {
            method,
            procedure: None,
            parameters,
        };
        Json::Array(arguments(call, private))
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn passwords_are_masked_and_private_messages_unless_those_are_shown() {
        let login = [text("ana"), text("hunter2")];
        let method = accounts::procedures::LOGIN_USER.name;
        for private in [PrivateTexts::Masked, PrivateTexts::Shown] {
            assert_eq!(shown(method, &login, private), json!(["ana", MASK]));
            // One too many: it is not known which is the password.
            let three = [text("ana"), text("hunter2"), text("hunter2")];
            assert_eq!(shown(method, &three, private), json!([MASK]));
        }
        let message = [text("ana"), text("geral"), text("segredo"), text("bia")];
        assert_eq!(
            shown("send_message", &message, PrivateTexts::Masked),
            json!(["ana", "geral", MASK, "bia"])
        );
        assert_eq!(
            shown("send_message", &message, PrivateTexts::Shown),
            json!(["ana", "geral", "segredo", "bia"])
        );
        assert_eq!(
            shown("send_message", &message[..3], PrivateTexts::Masked),
            json!(["ana", "geral", "segredo"])
        );
        for recipient in [
            Value::Integer(5),
            Value::Array(vec![text("bia")]),
            text(" "),
        ] {
            let wrong = [text("ana"), text("geral"), text("segredo"), recipient];
            let shown = shown("send_message", &wrong, PrivateTexts::Masked);
            assert_eq!(shown[2], MASK, "{shown}");
        }
    }

    #[test]
    fn passwords_are_masked_in_calls_that_are_wrong_too() {
        let both = Value::Array(vec![text("ana"), text("hunter2")]);
        let call = Value::Struct(BTreeMap::from([
            ("methodName".to_owned(), text("login_user")),
            ("params".to_owned(), both.clone()),
        ]));
        for (method, parameters) in [
            ("login_user", vec![both.clone()]),
            ("Login_User", vec![text("ana"), text("hunter2")]),
            ("system.login_user", vec![text("ana"), text("hunter2")]),
            ("login_user", vec![text("hunter2")]),
            ("register_user", vec![text("hunter2")]),
            ("system.multicall", vec![text("login_user"), both.clone()]),
            ("system.multicall", vec![both]),
            ("system.multicall", vec![Value::Array(vec![call.clone()])]),
        ] {
            let shown = shown(method, &parameters, PrivateTexts::Shown).to_string();
            assert!(!shown.contains("hunter2"), "{method}: {shown}");
        }
        let only = [text("hunter2")];
        let procedure = Some(&accounts::procedures::REGISTER_USER);
        let described = Described {
            method: "register_user",
            procedure,
            parameters: &only,
        };
        assert_eq!(argument(described, "username"), None);
        let described = Described {
            procedure: Some(&classic::procedures::REGISTER_USER),
            ..described
        };
        assert_eq!(argument(described, "username"), Some("hunter2"));
        assert_eq!(
            shown(
                "system.multicall",
                &[Value::Array(vec![call])],
                PrivateTexts::Masked
            ),
            json!([["login_user(…)"]])
        );
    }

    #[test]
    fn what_is_long_is_cut() {
        let many = shown("join_room", &vec![text("x"); 1_000], PrivateTexts::Shown);
        assert_eq!(many.as_array().map(Vec::len), Some(MAX_ENTRIES));
        let long = [text(&"é".repeat(1_000))];
        let long = shown("create_room", &long, PrivateTexts::Shown);
        assert_eq!(long[0].as_str().unwrap().chars().count(), MAX_TEXT);
        assert_eq!(
            answer(&Value::Array(vec![Value::Nil; 3])),
            ("[3]".into(), Some(3))
        );
        let names = Value::Array(vec![text("geral"), text("jogos")]);
        assert_eq!(answer(&names), ("[geral, jogos]".into(), Some(2)));
        let two = Value::Array(vec![Value::Struct(BTreeMap::new()); 2]);
        assert_eq!(answer(&two), ("[2]".into(), Some(2)));
        let place = Value::Array(vec![text("localhost"), Value::Integer(9000)]);
        assert_eq!(answer(&place), ("localhost:9000".into(), Some(2)));
    }
}
