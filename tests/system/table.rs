//! Tables of calls: each row a promise of the protocol, by name, with the call and its answer.
//!
//! The rows of a table are one conversation with one fresh server, in their order.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use support::{Caller, Language, Seen};

/// What stands for every timestamp of a message of dialect classic, once its form was found right.
pub(crate) const TIMESTAMP: &str = "YYYY-MM-DD HH:MM:SS";

/// What stands for every timestamp of a message of dialect accounts, once its form was found right.
const TIME_OF_DAY: &str = "HH:MM";

/// One call and how it must be answered.
pub(crate) struct Row {
    name: String,
    method: String,
    parameters: Vec<Json>,
    answer: Answer,
}

pub(crate) enum Answer {
    Value(Json),
    /// With the chat's own fault and this text.
    Refusal(String),
    /// With the standard fault of this code, with a text that contains all of these.
    ProtocolFault(i64, Vec<String>),
}

impl Row {
    /// A row with a JSON list of parameters.
    pub(crate) fn new(
        name: impl Into<String>,
        method: impl Into<String>,
        parameters: Json,
        answer: Answer,
    ) -> Self {
        let Json::Array(parameters) = parameters else {
            panic!("parameters are a list, not {parameters}");
        };
        Self {
            name: name.into(),
            method: method.into(),
            parameters,
            answer,
        }
    }
}

/// Rows, written as `"what is promised": method(parameters) => answer;`.
macro_rules! rows {
    ($($name:literal: $method:ident($($parameter:tt),*) => $answer:expr;)*) => {
        vec![$(
            $crate::table::Row::new(
                $name,
                stringify!($method),
                serde_json::json!([$($parameter),*]),
                $answer,
            ),
        )*]
    };
}
pub(crate) use rows;

pub(crate) fn text(text: &str) -> Answer {
    Answer::Value(json!(text))
}

pub(crate) fn value(value: Json) -> Answer {
    Answer::Value(value)
}

/// The fault of the chat itself, with this text.
pub(crate) fn refusal(text: &str) -> Answer {
    Answer::Refusal(text.to_owned())
}

/// The fault for a method that the server does not have, which names it.
pub(crate) fn unknown(method: &str) -> Answer {
    Answer::ProtocolFault(-32601, vec![method.to_owned()])
}

/// The fault for a wrong number or type of parameters, which says all of `parts`.
pub(crate) fn wrong_parameters(parts: &[&str]) -> Answer {
    let parts = parts.iter().map(|&part| part.to_owned()).collect();
    Answer::ProtocolFault(-32602, parts)
}

/// A message of dialect classic as it is on the wire.
pub(crate) fn message(origin: &str, destination: Json, content: &str) -> Json {
    let kind = match destination.as_str() {
        None | Some("") => "broadcast",
        Some(_) => "unicast",
    };
    json!({
        "type": kind,
        "origin": origin,
        "destination": destination,
        "content": content,
        "timestamp": TIMESTAMP,
    })
}

/// A message of dialect accounts as it is on the wire.
pub(crate) fn accounts_message(from: &str, to: Option<&str>, text: &str) -> Json {
    json!({
        "type": if to.is_some() { "unicast" } else { "broadcast" },
        "from": from,
        "to": to,
        "message": text,
        "timestamp": TIME_OF_DAY,
    })
}

/// Makes the calls of all rows in turn against a server in the language `server`.
///
/// # Panics
/// With every row that was answered otherwise; `seen_by` names the caller and the server.
#[track_caller]
pub(crate) fn check(rows: &[Row], caller: &mut Caller, server: Language, seen_by: &str) {
    let mut wrong = String::new();
    for row in rows {
        let seen = match caller.call(&row.method, &row.parameters) {
            Seen::Value(value) => Seen::Value(without_timestamps(value)),
            other => other,
        };
        let expected = match &row.answer {
            Answer::Value(value) => Seen::Value(value.clone()),
            Answer::Refusal(text) => Seen::Fault(1, as_raised(text, server)),
            Answer::ProtocolFault(code, parts) => match &seen {
                // Its text is for people: what it must name is fixed, how it says so is not.
                Seen::Fault(_, text) if parts.iter().all(|part| text.contains(part)) => {
                    Seen::Fault(*code, text.clone())
                }
                _ => Seen::Fault(*code, parts.join(" … ")),
            },
        };
        if seen != expected {
            let _ = write!(
                wrong,
                "\n  {}\n    {}{}\n    expected: {expected:?}\n    answered: {seen:?}",
                row.name,
                row.method,
                Json::Array(row.parameters.clone()),
            );
        }
    }
    assert!(wrong.is_empty(), "{seen_by}:{wrong}");
}

/// The fault string of a text: Python puts the exception's class before it.
pub(crate) fn as_raised(text: &str, server: Language) -> String {
    match server {
        Language::Python => format!("<class 'Exception'>:{text}"),
        Language::Rust => text.to_owned(),
    }
}

/// The value with [`TIMESTAMP`] or [`TIME_OF_DAY`] in place of every timestamp that has the form of
/// one.
pub(crate) fn without_timestamps(value: Json) -> Json {
    match value {
        Json::Array(values) => values.into_iter().map(without_timestamps).collect(),
        Json::Object(members) => Json::Object(
            members
                .into_iter()
                .map(|(name, member)| match &member {
                    Json::String(text) if name == "timestamp" && is_timestamp(text) => {
                        (name, json!(TIMESTAMP))
                    }
                    Json::String(text)
                        if name == "timestamp" && digits_as_zeros(text) == "00:00" =>
                    {
                        (name, json!(TIME_OF_DAY))
                    }
                    _ => (name, without_timestamps(member)),
                })
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}

/// Whether a text is `YYYY-MM-DD HH:MM:SS`, with a fraction of six digits or none.
pub(crate) fn is_timestamp(text: &str) -> bool {
    ["0000-00-00 00:00:00", "0000-00-00 00:00:00.000000"].contains(&&*digits_as_zeros(text))
}

fn digits_as_zeros(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '0'..='9' => '0',
            other => other,
        })
        .collect()
}
