//! From calls to events.

use std::sync::Arc;

use protocol::classic::procedures::WAIT_MESSAGES;
use rpc::Observer;
use rpc::observe::{Call, Exchange, Outcome, Peer};
use rpc::xml::read;
use serde_json::{Value as Json, json};

use crate::calls::Kept;
use crate::{Board, now, summary};

/// Characters of a name or address that are shown.
const NAME: usize = 80;

/// Tells a board of the calls in one dialect.
pub(crate) struct BoardObserver {
    board: Arc<Board>,
    dialect: &'static str,
}

impl BoardObserver {
    pub(crate) const fn new(board: Arc<Board>, dialect: &'static str) -> Self {
        Self { board, dialect }
    }
}

impl Observer for BoardObserver {
    fn is_watching(&self) -> bool {
        self.board.feed.is_watched()
    }

    fn began(&self, call: &Call<'_>) {
        let Peer::Caller(peer) = call.peer else {
            // The calls that a server makes are shown by the server that answers them.
            return;
        };
        let name = |name| summary::argument(call, name).map(|text| summary::cut(text, NAME));
        self.board.feed.publish(
            "began",
            &json!({
                "call": call.id.0,
                "at": now(),
                "method": summary::cut(call.method, NAME),
                "dialect": self.dialect,
                "peer": peer.to_string(),
                "agent": call.agent.map(|agent| summary::cut(agent, NAME)),
                "user": name("username"),
                "room": name("room_name"),
                "arguments": summary::arguments(call, self.board.private),
                "waits": call.method == WAIT_MESSAGES.name,
            }),
        );
    }

    fn ended(&self, exchange: &Exchange) {
        let Peer::Caller(peer) = exchange.peer else {
            return;
        };
        if exchange.method.is_none() {
            // It could not be read, so nobody was told that it began.
            self.board.feed.publish(
                "began",
                &json!({
                    "call": exchange.id.0,
                    "at": now(),
                    "method": Json::Null,
                    "dialect": self.dialect,
                    "peer": peer.to_string(),
                    "agent": exchange.http.agent.as_deref().map(|agent| summary::cut(agent, NAME)),
                    "user": Json::Null,
                    "room": Json::Null,
                    "arguments": [],
                    "waits": false,
                }),
            );
        }
        let (outcome, fault) = match &exchange.outcome {
            Outcome::Answered => ("answer", None),
            Outcome::Fault(fault) if exchange.method.is_none() => ("refused", Some(fault)),
            Outcome::Fault(fault) => ("fault", Some(fault)),
            Outcome::Nothing => ("dropped", None),
        };
        let (answer, items) = match (&exchange.outcome, read::answer(&exchange.answer)) {
            (Outcome::Answered, Ok(Ok(value))) => summary::answer(&value),
            _ => (String::new(), None),
        };
        let is_poll = matches!(
            exchange.method.as_deref(),
            Some("receive_messages" | "receive_new_messages" | "wait_messages")
        );
        let kept = Kept::of(exchange, peer.to_string(), self.board.private);
        // Before a viewer hears that it ended, and asks for it.
        self.board.calls.lock().keep(kept);
        self.board.feed.publish(
            "ended",
            &json!({
                "call": exchange.id.0,
                "at": now(),
                "milliseconds": exchange.duration.as_secs_f64() * 1_000.0,
                "outcome": outcome,
                "fault": fault.map(|fault| json!({
                    "code": fault.code(),
                    // A fault about a request that could not be read quotes it, whatever was in it.
                    "text": match exchange.method {
                        Some(_) => summary::cut(fault.string(), 2 * NAME),
                        None => String::new(),
                    },
                })),
                "answer": answer,
                "items": items,
                "empty": is_poll && items == Some(0),
                "request_bytes": exchange.request.len(),
                "answer_bytes": exchange.answer.len(),
                "lab": exchange.effect,
            }),
        );
    }
}
