//! Rows of calls and answers, and how an answer is compared with its row.

use std::fmt;

use serde_json::{Map, Value as Json, json};

use crate::renaming::{renamed, renamed_value};

/// What stands for every timestamp of a message of dialect classic, once its form was found right.
pub const TIMESTAMP: &str = "YYYY-MM-DD HH:MM:SS";

/// What stands for every timestamp of a message of dialect accounts, once its form was found right.
pub const TIME_OF_DAY: &str = "HH:MM";

/// What a caller sees of an answer.
#[derive(Clone, PartialEq)]
pub enum Seen {
    /// A value. Types that JSON lacks are a struct with the type, as in `wire_values.py`.
    Value(Json),
    /// A fault: its code and its string.
    Fault(i64, String),
    /// No answer that could be read.
    Nothing(String),
}

impl fmt::Debug for Seen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(formatter, "{value}"),
            Self::Fault(code, string) => write!(formatter, "fault {code}: {string}"),
            Self::Nothing(why) => write!(formatter, "no answer: {why}"),
        }
    }
}

/// How a server writes the texts of its faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    Plain,
    /// With the exception's class before it, as Python's servers do.
    Raised,
}

impl Faults {
    pub fn string_of(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Raised => format!("<class 'Exception'>:{text}"),
        }
    }
}

/// How a call must be answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// With this value.
    Value(Json),
    /// With these rooms, in this order.
    Rooms(Vec<String>),
    /// With one text while there is no room at all, with the other one otherwise.
    NoSuchRoom {
        without_rooms: String,
        with_rooms: String,
    },
    /// With the chat's own fault and this text.
    Refusal(String),
    /// With the standard fault of this code, with a text that contains all of these.
    ProtocolFault(i64, Vec<String>),
}

/// One call and how it must be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What is promised, in English and in Portuguese.
    pub name: [String; 2],
    pub method: String,
    pub parameters: Vec<Json>,
    pub answer: Answer,
    /// What the names of this conversation end with; empty where they are as in the table.
    suffix: String,
    /// Rooms that are listed already, and are no texts.
    odd_rooms: Vec<Json>,
}

impl Row {
    /// A row with its sentence in English and in Portuguese.
    pub fn new(
        name: [impl Into<String>; 2],
        method: impl Into<String>,
        parameters: impl IntoIterator<Item = Json>,
        answer: Answer,
    ) -> Self {
        Self {
            name: name.map(Into::into),
            method: method.into(),
            parameters: parameters.into_iter().collect(),
            answer,
            suffix: String::new(),
            odd_rooms: Vec::new(),
        }
    }

    /// The same row for a server that has users and rooms already: every name ends with `suffix`, and of the
    /// rooms that are listed those with such names count. `others` are the rooms that it has.
    pub fn renamed(&self, suffix: &str, others: &[Json]) -> Self {
        let text = |text: &String| renamed(text, suffix);
        let answer = match &self.answer {
            Answer::Value(value) => Answer::Value(renamed_value(value, suffix)),
            Answer::Rooms(rooms) => Answer::Rooms(rooms.iter().map(text).collect()),
            Answer::NoSuchRoom { with_rooms, .. } if !others.is_empty() => {
                Answer::Value(json!(text(with_rooms)))
            }
            Answer::NoSuchRoom { without_rooms, .. } => Answer::Value(json!(text(without_rooms))),
            Answer::Refusal(refusal) => Answer::Refusal(text(refusal)),
            fault @ Answer::ProtocolFault(..) => fault.clone(),
        };
        Self {
            name: self.name.clone(),
            method: self.method.clone(),
            parameters: self
                .parameters
                .iter()
                .map(|parameter| renamed_value(parameter, suffix))
                .collect(),
            answer,
            suffix: suffix.to_owned(),
            odd_rooms: others
                .iter()
                .filter(|room| !room.is_string())
                .cloned()
                .collect(),
        }
    }

    /// What was expected in place of `seen`; nothing when it is as promised.
    pub fn difference(&self, seen: &Seen, faults: Faults) -> Option<Seen> {
        let (seen, expected) = self.compared(seen.clone(), faults);
        (seen != expected).then_some(expected)
    }

    /// What came and what was expected, in the form in which they are compared.
    fn compared(&self, seen: Seen, faults: Faults) -> (Seen, Seen) {
        let seen = match seen {
            Seen::Value(value) => Seen::Value(without_timestamps(value)),
            other => other,
        };
        match &self.answer {
            Answer::Value(value) => (seen, Seen::Value(value.clone())),
            Answer::Rooms(rooms) => (self.own_rooms(seen), Seen::Value(json!(rooms))),
            Answer::NoSuchRoom { without_rooms, .. } => (seen, Seen::Value(json!(without_rooms))),
            Answer::Refusal(text) => (seen, Seen::Fault(1, faults.string_of(text))),
            Answer::ProtocolFault(code, parts) => {
                // Its text is for people: what it must name is fixed, how it says so is not.
                let expected = match &seen {
                    Seen::Fault(_, text) if parts.iter().all(|part| text.contains(part)) => {
                        text.clone()
                    }
                    _ => parts.join(" … "),
                };
                (seen, Seen::Fault(*code, expected))
            }
        }
    }

    /// The rooms of this conversation among those that are listed.
    fn own_rooms(&self, seen: Seen) -> Seen {
        match seen {
            Seen::Value(Json::Array(rooms)) => {
                let is_own = |room: &Json| {
                    room.as_str().map_or_else(
                        || !self.odd_rooms.contains(room),
                        |name| name.ends_with(&self.suffix),
                    )
                };
                Seen::Value(rooms.into_iter().filter(is_own).collect())
            }
            other => other,
        }
    }
}

/// Rows, written as `"what is promised" / "o que se promete": method(parameters) => answer;`.
macro_rules! rows {
    ($($name:literal / $nome:literal: $method:ident($($parameter:tt),*) => $answer:expr;)*) => {
        vec![$(
            $crate::table::Row::new(
                [$name, $nome],
                stringify!($method),
                [$(serde_json::json!($parameter)),*],
                $answer,
            ),
        )*]
    };
}
pub(crate) use rows;

pub fn text(text: &str) -> Answer {
    Answer::Value(json!(text))
}

pub fn value(value: Json) -> Answer {
    Answer::Value(value)
}

pub fn room_list<const N: usize>(rooms: [&str; N]) -> Answer {
    Answer::Rooms(rooms.map(str::to_owned).into())
}

/// The fault of the chat itself, with this text.
pub fn refusal(text: &str) -> Answer {
    Answer::Refusal(text.to_owned())
}

/// The fault for a method that the server does not have, which names it.
pub fn unknown(method: &str) -> Answer {
    Answer::ProtocolFault(-32601, vec![method.to_owned()])
}

/// The fault for a wrong number or type of parameters, which says all of `parts`.
pub fn wrong_parameters(parts: &[&str]) -> Answer {
    let parts = parts.iter().map(|&part| part.to_owned()).collect();
    Answer::ProtocolFault(-32602, parts)
}

/// A message of dialect classic as it is on the wire.
pub fn message(origin: &str, destination: Json, content: &str) -> Json {
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
pub fn accounts_message(from: &str, to: Option<&str>, text: &str) -> Json {
    json!({
        "type": if to.is_some() { "unicast" } else { "broadcast" },
        "from": from,
        "to": to,
        "message": text,
        "timestamp": TIME_OF_DAY,
    })
}

/// The value with [`TIMESTAMP`] or [`TIME_OF_DAY`] in place of every timestamp that has the form of
/// one.
pub fn without_timestamps(value: Json) -> Json {
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
pub fn is_timestamp(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_of_others_do_not_count() {
        // A server that takes any value for a name has such a room from the time before.
        let others = [json!("outra"), json!(7)];
        let row = Row::new(["", ""], "list_rooms", [], room_list(["geral", "abc"]))
            .renamed("-1", &others);
        let with_others = json!(["outra", 7, "geral-1", "abc-1"]);
        assert_eq!(
            row.difference(&Seen::Value(with_others), Faults::Plain),
            None
        );
        let odd = json!(["geral-1", "abc-1", {"name": "abc-1"}]);
        assert!(row.difference(&Seen::Value(odd), Faults::Plain).is_some());
        let listed = |names: &[&str]| Seen::Value(json!(names));
        let difference = |names| row.difference(&listed(names), Faults::Plain);
        assert_eq!(difference(&["outra", "geral-1", "abc-1"]), None);
        let expected = Some(listed(&["geral-1", "abc-1"]));
        assert_eq!(difference(&["abc-1", "geral-1"]), expected, "the order");
        assert_eq!(difference(&["geral-1"]), expected, "one is missing");
    }

    #[test]
    fn a_timestamp_of_another_form_is_a_difference() {
        let promised = json!([message("ana", Json::Null, "oi")]);
        let row = Row::new(["", ""], "receive_messages", [], value(promised));
        let seen = |timestamp: &str| {
            let mut message = message("ana", Json::Null, "oi");
            message["timestamp"] = json!(timestamp);
            row.difference(&Seen::Value(json!([message])), Faults::Plain)
        };
        assert_eq!(seen("2025-03-09 07:05:01"), None);
        assert_eq!(seen("2025-03-09 07:05:01.000001"), None);
        assert!(seen("07:05").is_some());
    }
}
