//! What a recorded server has acknowledged, and when.

use std::collections::HashMap;
use std::fmt;

use chat_server::chat::{Chat, Kind};

use crate::trace::Call;

/// Where all messages are sent.
pub(super) const ROOM: &str = "geral";

/// The text of a message that begins with its name.
pub(super) fn text(name: &str, bytes: usize) -> String {
    format!(
        "[{name}]{}",
        "x".repeat(bytes.saturating_sub(name.len() + 2))
    )
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Fact {
    User(String, Kind),
    Room(String),
    Member(String),
    Message(String),
}

/// What was acknowledged, with the line of the trace in which the first answer that says so begins.
#[derive(Debug, Default)]
pub(super) struct Facts {
    facts: HashMap<Fact, usize>,
    /// What was read on each socket since the last answer.
    requests: HashMap<u32, String>,
}

impl Facts {
    /// Another process begins, with sockets of its own.
    pub(super) fn lives_begin(&mut self) {
        self.requests.clear();
    }

    pub(super) fn read(&mut self, call: &Call) {
        let Some((socket, open)) = call.descriptor() else {
            return;
        };
        if !open.starts_with("socket:") && !open.starts_with("TCP") {
            return;
        }
        match call.name.as_str() {
            "recvfrom" | "read" | "readv" => match call.result {
                Some(0) => drop(self.requests.remove(&socket)),
                Some(_) => {
                    let bytes = call.bytes();
                    let request = self.requests.entry(socket).or_default();
                    request.push_str(&String::from_utf8_lossy(&bytes));
                }
                None => {}
            },
            "write" | "writev" | "sendto" | "sendmsg" => {
                if let Some(request) = self.requests.remove(&socket) {
                    let answer = String::from_utf8_lossy(&call.bytes()).into_owned();
                    self.answered(call.began, &request, &answer);
                }
            }
            _ => {}
        }
    }

    fn answered(&mut self, at: usize, request: &str, answer: &str) {
        let texts: Vec<String> = between(request, "<string>", "</string>");
        let method = between(request, "<methodName>", "</methodName>").remove(0);
        let facts = match (method.as_str(), texts.as_slice()) {
            ("register_user", [name]) => vec![Fact::User(name.clone(), Kind::Guest)],
            ("register_user", [name, _]) => vec![Fact::User(name.clone(), Kind::Account)],
            ("create_room", [room]) => vec![Fact::Room(room.clone())],
            ("join_room", [name, _]) => vec![Fact::Member(name.clone())],
            ("send_message", [_, _, text, _]) => between(text, "[", "]")
                .into_iter()
                .map(Fact::Message)
                .collect(),
            ("receive_messages", _) => between(answer, "[", "]")
                .into_iter()
                .map(Fact::Message)
                .collect(),
            other => panic!("{other:?}"),
        };
        for fact in facts {
            self.facts.entry(fact).or_insert(at);
        }
    }

    pub(super) fn instants(&self) -> Vec<usize> {
        self.facts.values().copied().collect()
    }

    /// Looks for everything that was acknowledged by `at`.
    pub(super) fn must_be_in(&self, chat: &Chat, at: usize, what: &str) {
        let messages = chat.latest_messages(ROOM, usize::MAX);
        let messages: Vec<String> = messages
            .iter()
            .flat_map(|message| between(message.text.as_str(), "[", "]"))
            .collect();
        for (fact, acknowledged) in &self.facts {
            let is_there = match fact {
                Fact::User(name, kind) => chat.holder(name) == Some(*kind),
                Fact::Room(room) => chat.rooms().any(|known| known.as_str() == room),
                Fact::Member(name) => chat
                    .users(ROOM)
                    .is_some_and(|mut users| users.any(|user| user.as_str() == name)),
                Fact::Message(name) => messages.contains(name),
            };
            assert!(
                is_there || *acknowledged > at,
                "{what}: {fact:?}, acknowledged at line {acknowledged}, is missing"
            );
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} acknowledged facts", self.facts.len())
    }
}

fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    let pieces = text.split(before).skip(1);
    let pieces = pieces.filter_map(|piece| Some(piece.split_once(after)?.0.to_owned()));
    pieces.collect()
}
