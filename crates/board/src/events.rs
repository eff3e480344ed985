//! The contract between a server's board and the page: every event and answer, with all of its keys.
//!
//! The page's side is `binder/board/model/events.js`. Keys are in alphabetical order. A change here is a
//! change there; `events.txt` holds an example of each, which the tests of both sides read.

use rpc::serve::lab::{Action, Lab, When};
use serde::Serialize;
use serde_json::Value;

/// The largest event: a page that watches several servers keeps thousands of them.
pub(crate) const MAX_BYTES: usize = 4 << 10;

/// JSON on one line.
pub fn json(data: &impl Serialize) -> String {
    // Structs of texts and numbers, as all here are, can always be encoded.
    serde_json::to_string(data).unwrap_or_default()
}

/// Unix time in milliseconds, with their fraction: the order of events from several servers.
pub(crate) fn now() -> f64 {
    // The microseconds of this century are far below 2^53, up to which a float is exact.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let microseconds = chrono::Utc::now().timestamp_micros() as f64;
    microseconds / 1_000.0
}

/// An event of the stream, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type in the stream.
    pub kind: &'static str,
    /// Its data.
    pub json: String,
}

impl Event {
    /// The event in the stream. JSON on one line contains no line end that could begin another field.
    pub(crate) fn message(&self) -> String {
        format!("event: {}\ndata: {}\n\n", self.kind, self.json)
    }
}

macro_rules! kinds {
    ($($data:ident is $kind:literal),*) => {
        $(impl From<$data> for Event {
            fn from(data: $data) -> Self {
                Self { kind: $kind, json: json(&data) }
            }
        })*
    };
}

kinds!(
    Hello is "hello", Began is "began", Ended is "ended", Names is "names", Rooms is "rooms",
    Log is "log", Rules is "lab"
);

/// The server behind a stream: the first event, sent again when events were missed.
#[derive(Serialize)]
pub(crate) struct Hello {
    pub(crate) address: String,
    /// Unix time in milliseconds: the server's clock, by which all its events are stamped.
    pub(crate) at: f64,
    /// Whether it has a lab.
    pub(crate) lab: bool,
    /// Identifies this run of the server: events and calls are numbered from 1 in each.
    pub(crate) life: String,
    /// How many events before the next one are lost.
    pub(crate) missed: u64,
    /// All ports of the server, so that each process is watched at one of them only.
    pub(crate) ports: Vec<u16>,
    /// Whether the texts of private messages are shown.
    pub(crate) private: bool,
    /// `binder` or `chat-server`.
    pub(crate) role: &'static str,
    pub(crate) version: &'static str,
}

/// The beginning of a call.
#[derive(Serialize)]
pub(crate) struct Began {
    /// The caller's `User-Agent`.
    pub(crate) agent: Option<String>,
    /// The parameters, shortened and masked.
    pub(crate) arguments: Vec<Value>,
    /// Unix time in milliseconds.
    pub(crate) at: f64,
    pub(crate) call: u64,
    /// The dialect of the port, or `binder`.
    pub(crate) dialect: &'static str,
    /// `null` when the request could not be read.
    pub(crate) method: Option<String>,
    /// The caller's address with its port.
    pub(crate) peer: String,
    /// The room and the user among the parameters.
    pub(crate) room: Option<String>,
    /// The server that the call is passed on to; `null` if the reporting server answers it itself.
    pub(crate) server: Option<String>,
    pub(crate) user: Option<String>,
    /// Whether it is a long poll.
    pub(crate) waits: bool,
}

/// The end of a call.
#[derive(Serialize)]
pub(crate) struct Ended {
    /// The answer in a few words.
    pub(crate) answer: String,
    pub(crate) answer_bytes: usize,
    /// Unix time in milliseconds.
    pub(crate) at: f64,
    pub(crate) call: u64,
    /// Whether it is a poll that returned no message.
    pub(crate) empty: bool,
    pub(crate) fault: Option<FaultText>,
    /// Entries of the answer, when it is a list or holds one of messages.
    pub(crate) items: Option<usize>,
    /// The lab's action on the call, if any.
    pub(crate) lab: Option<&'static str>,
    /// The duration.
    pub(crate) milliseconds: f64,
    /// `answer`, `fault`, `refused` (the request could not be read) or `dropped` (nothing was sent).
    pub(crate) outcome: &'static str,
    /// The place of the call's command in the server's log; `null` when it changed nothing or there is no
    /// log.
    pub(crate) position: Option<u64>,
    /// Whether it repeats a call that was carried out before, and was not carried out again.
    pub(crate) repeated: bool,
    pub(crate) request_bytes: usize,
}

#[derive(Serialize)]
pub(crate) struct FaultText {
    pub(crate) code: i32,
    pub(crate) text: String,
}

/// The names in the binder, sorted. A long list is sent in parts, each an event.
#[derive(Serialize)]
pub struct Names {
    /// How many names are not sent at all.
    pub more: usize,
    /// Those of this part.
    pub names: Vec<Name>,
    /// From 0.
    pub part: usize,
    /// How many parts there are.
    pub parts: usize,
}

/// A name in the binder.
#[derive(Serialize)]
pub struct Name {
    /// Its host.
    pub address: String,
    /// Seconds since it was first registered there.
    pub age: u32,
    /// Whether the binder has it without a registration, until there is one.
    pub built_in: bool,
    /// Whether a server of another chat holds the name.
    pub displaced: bool,
    /// The chat that the server shares with others.
    pub group: Option<String>,
    /// Seconds until it expires; `null` when it does not.
    pub lease: Option<u32>,
    /// The name itself.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// Seconds since the binder was cut off from etcd, or the server from its chat.
    pub stale: Option<u32>,
}

/// The rooms of a chat server, in order of creation. A long list is sent in parts, each an event.
#[derive(Serialize)]
pub struct Rooms {
    /// How many rooms are not sent at all.
    pub more: usize,
    /// From 0.
    pub part: usize,
    /// How many parts there are.
    pub parts: usize,
    /// Those of this part.
    pub rooms: Vec<Room>,
}

/// A room.
#[derive(Serialize)]
pub struct Room {
    /// How many are kept.
    pub messages: usize,
    /// The room's name.
    pub name: String,
    /// How many of its users are left out.
    pub others: usize,
    /// Seconds until an empty room is removed; `null` while there are users.
    pub removal: Option<u64>,
    /// In order of joining.
    pub users: Vec<String>,
}

/// The log of a chat server that keeps one.
#[derive(Serialize)]
pub struct Log {
    /// The place of the last command in it.
    pub position: u64,
    /// Since when the chat may be behind a log that several servers share: Unix time in milliseconds.
    pub stale: Option<f64>,
}

/// The rules of a lab, by method; also the answer to `GET` and `POST /board/lab`.
#[derive(Clone, PartialEq, Serialize)]
pub(crate) struct Rules {
    pub(crate) rules: Vec<LabRule>,
}

#[derive(Clone, PartialEq, Serialize)]
pub(crate) struct LabRule {
    pub(crate) action: &'static str,
    /// The user or address with the affected calls; `null` when all are.
    pub(crate) client: Option<String>,
    /// Affects every n-th call; `null` when it does not count.
    pub(crate) every: Option<u32>,
    pub(crate) method: String,
    /// The duration of a delay; `null` for other actions.
    pub(crate) milliseconds: Option<u64>,
    /// Whether it affects the next call only, and then ends.
    pub(crate) next: bool,
    /// From 0 to 1; `null` when it counts, or affects the next call.
    pub(crate) probability: Option<f64>,
}

impl From<&Lab> for Rules {
    fn from(lab: &Lab) -> Self {
        let rules = lab.rules().into_iter().map(|(method, rule)| LabRule {
            action: rule.action.name(),
            client: rule.client,
            every: match rule.when {
                When::Every(count) => Some(count),
                _ => None,
            },
            method,
            milliseconds: (rule.action == Action::Delay)
                .then(|| u64::try_from(rule.delay.as_millis()).unwrap_or(u64::MAX)),
            next: rule.when == When::Next,
            probability: match rule.when {
                When::Chance(probability) => Some(probability),
                _ => None,
            },
        });
        Self {
            rules: rules.collect(),
        }
    }
}

/// Calls in full: the answer to `GET /board/calls?from={id}&to={id}`.
#[derive(Serialize)]
pub(crate) struct Range {
    /// In the order of their numbers, without those that are not kept.
    pub(crate) calls: Vec<Details>,
    /// Where the next request goes on; `null` when nothing is missing.
    pub(crate) next: Option<u64>,
}

/// A call in full: the answer to `GET /board/calls/{id}`.
#[derive(Serialize)]
pub(crate) struct Details {
    /// XML, indented and masked; empty when there was no answer.
    pub(crate) answer: String,
    pub(crate) call: u64,
    /// Whether the end of a body is missing.
    pub(crate) cut: bool,
    pub(crate) http: HttpDetails,
    /// The duration.
    pub(crate) milliseconds: f64,
    /// The caller's address with its port.
    pub(crate) peer: String,
    /// XML, indented and masked.
    pub(crate) request: String,
}

#[derive(Serialize)]
pub(crate) struct HttpDetails {
    /// The caller's `User-Agent`.
    pub(crate) agent: Option<String>,
    pub(crate) answer_bytes: usize,
    /// Whether the connection stays open for another call.
    pub(crate) keep_alive: bool,
    pub(crate) path: String,
    pub(crate) request_bytes: usize,
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub(crate) version: &'static str,
}

/// The answer in place of any other, with its reason in English.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    pub(crate) error: &'a str,
}
