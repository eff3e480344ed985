//! The contract between a server's board and the page: every event and answer, with all of its keys.
//!
//! The page's side is `binder/board/model/events.js`. Keys are in alphabetical order. A change here is a
//! change there; `events.txt` holds an example of each, which the tests of both sides read.

use chrono::Utc;
use rpc::serve::lab::{Action, Lab};
use serde::Serialize;
use serde_json::Value;

/// An event of the stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The first of every stream, and again when events were missed.
    Hello(Hello),
    /// A call was read and is carried out.
    Began(Began),
    /// A call has ended.
    Ended(Ended),
    /// All names in the binder.
    Names(Names),
    /// All rooms of a chat server.
    Rooms(Rooms),
    /// All rules of the lab.
    Lab(Rules),
}

impl Event {
    /// The event's type in the stream.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Began(_) => "began",
            Self::Ended(_) => "ended",
            Self::Names(_) => "names",
            Self::Rooms(_) => "rooms",
            Self::Lab(_) => "lab",
        }
    }
}

/// JSON on one line.
pub fn json(data: &impl Serialize) -> String {
    // Structs of texts and numbers, as all here are, can always be written.
    serde_json::to_string(data).unwrap_or_default()
}

/// Unix time in milliseconds, with their fraction: what events of several servers are ordered by.
pub(crate) fn now() -> f64 {
    // The microseconds of this century are far below 2^53, up to which a float is exact.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let microseconds = Utc::now().timestamp_micros() as f64;
    microseconds / 1_000.0
}

/// The server behind a stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hello {
    /// Where it listens.
    pub address: String,
    /// Whether it has a lab.
    pub lab: bool,
    /// Identifies this run of the server: events and calls are numbered from 1 in each.
    pub life: String,
    /// How many events before the next one are lost.
    pub missed: u64,
    /// Whether the texts of private messages are shown.
    pub private: bool,
    /// `binder` or `chat-server`.
    pub role: &'static str,
    /// The program's version.
    pub version: &'static str,
}

/// The beginning of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Began {
    /// The caller's `User-Agent`.
    pub agent: Option<String>,
    /// The parameters, shortened and masked.
    pub arguments: Vec<Value>,
    /// Unix time in milliseconds.
    pub at: f64,
    /// The call's number.
    pub call: u64,
    /// The dialect of the port it came to, or `binder`.
    pub dialect: &'static str,
    /// `null` when the request could not be read.
    pub method: Option<String>,
    /// The caller's address with its port.
    pub peer: String,
    /// The room among the parameters, if there is one.
    pub room: Option<String>,
    /// The user among the parameters, if there is one.
    pub user: Option<String>,
    /// Whether it is a long poll.
    pub waits: bool,
}

/// The end of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ended {
    /// What it answered, in a few words.
    pub answer: String,
    /// Bytes of the answer's body.
    pub answer_bytes: usize,
    /// Unix time in milliseconds.
    pub at: f64,
    /// The call's number.
    pub call: u64,
    /// Whether it is a poll that returned no message.
    pub empty: bool,
    /// With which fault it ended, if it did.
    pub fault: Option<FaultText>,
    /// Entries of the answer, when it is a list or holds one of messages.
    pub items: Option<usize>,
    /// What the lab did to it, if anything.
    pub lab: Option<&'static str>,
    /// How long it took.
    pub milliseconds: f64,
    /// `answer`, `fault`, `refused` (the request could not be read) or `dropped` (nothing was sent).
    pub outcome: &'static str,
    /// Bytes of the request's body.
    pub request_bytes: usize,
}

/// A fault as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultText {
    /// `faultCode`.
    pub code: i32,
    /// `faultString`, shortened.
    pub text: String,
}

/// The binder's names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Names {
    /// In alphabetical order.
    pub names: Vec<Name>,
}

/// One name in the binder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Name {
    /// The host where it is offered.
    pub address: String,
    /// Seconds since it was first registered there.
    pub age: u32,
    /// Seconds until it expires; `null` when it does not.
    pub lease: Option<u32>,
    /// The name.
    pub name: String,
    /// The port.
    pub port: u16,
}

/// A chat server's rooms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rooms {
    /// In order of creation.
    pub rooms: Vec<Room>,
}

/// One room.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Room {
    /// How many messages are kept.
    pub messages: usize,
    /// The name.
    pub name: String,
    /// Seconds until an empty room is removed; `null` while there are users.
    pub removal: Option<u64>,
    /// In order of joining.
    pub users: Vec<String>,
}

/// The rules of a lab; the answer to `GET` and `POST /board/lab`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rules {
    /// By method.
    pub rules: Vec<LabRule>,
}

/// One rule of a lab.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabRule {
    /// What happens to the method's calls.
    pub action: &'static str,
    /// The method.
    pub method: String,
    /// How long a delay is; `null` for other actions.
    pub milliseconds: Option<u64>,
    /// From 0 to 1.
    pub probability: f64,
}

impl From<&Lab> for Rules {
    fn from(lab: &Lab) -> Self {
        let rules = lab.rules().into_iter().map(|(method, rule)| LabRule {
            action: rule.action.name(),
            method,
            milliseconds: (rule.action == Action::Delay)
                .then(|| u64::try_from(rule.delay.as_millis()).unwrap_or(u64::MAX)),
            probability: rule.probability,
        });
        Self {
            rules: rules.collect(),
        }
    }
}

/// One call in full: the answer to `GET /board/calls/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Details {
    /// The answer's XML, indented and masked; empty when there was no answer.
    pub answer: String,
    /// The call's number.
    pub call: u64,
    /// Whether the end of a body is missing.
    pub cut: bool,
    /// What HTTP carried beside the bodies.
    pub http: HttpDetails,
    /// How long it took.
    pub milliseconds: f64,
    /// The caller's address with its port.
    pub peer: String,
    /// The request's XML, indented and masked.
    pub request: String,
}

/// The HTTP side of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HttpDetails {
    /// The caller's `User-Agent`.
    pub agent: Option<String>,
    /// Bytes of the answer's body.
    pub answer_bytes: usize,
    /// Whether the connection stays open for another call.
    pub keep_alive: bool,
    /// The path of the request.
    pub path: String,
    /// Bytes of the request's body.
    pub request_bytes: usize,
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: &'static str,
}

/// A server in the answer to `GET /board/servers`, which is a list of these.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegisteredServer {
    /// Its address with its port.
    pub address: String,
}

/// The answer of any path when it cannot be given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The reason, in English.
    pub error: String,
}

/// The key by which [`Details`] are recognized when a server's answer is passed on.
pub const DETAILS_KEY: &str = "request";
/// The key by which [`Rules`] are recognized.
pub const RULES_KEY: &str = "rules";
/// The key by which a [`Failure`] is recognized.
pub const FAILURE_KEY: &str = "error";
