//! From calls to events.

use std::sync::Arc;

use protocol::classic::procedures::{RECEIVE_MESSAGES, RECEIVE_NEW_MESSAGES, WAIT_MESSAGES};
use rpc::Observer;
use rpc::observe::{Call, Exchange, Outcome, Peer};
use rpc::xml::read;

use crate::board::Board;
use crate::calls::KeptCall;
use crate::events::{Began, Ended, FaultText};
use crate::summary;

const MAX_NAME: usize = 80;

/// Reports the calls in one dialect to a board.
struct BoardObserver {
    board: Arc<Board>,
    dialect: &'static str,
}

impl Board {
    /// The observer of the calls in one dialect.
    pub fn observer(self: &Arc<Self>, dialect: &'static str) -> Arc<dyn Observer> {
        Arc::new(BoardObserver {
            board: Arc::clone(self),
            dialect,
        })
    }
}

/// Unix time in milliseconds, with their fraction: the order of events from several servers.
pub(crate) fn now() -> f64 {
    // The microseconds of this century are far below 2^53, up to which a float is exact.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let microseconds = chrono::Utc::now().timestamp_micros() as f64;
    microseconds / 1_000.0
}

fn name(text: &str) -> String {
    summary::truncated(text, MAX_NAME)
}

impl Observer for BoardObserver {
    fn is_watching(&self) -> bool {
        self.board.feed.has_viewers()
    }

    fn began(&self, call: &Call<'_>) {
        let Peer::Caller(peer) = call.peer else {
            // Calls made by a server are reported by the server that answers them.
            return;
        };
        self.board.feed.publish(Began {
            agent: call.agent.map(name),
            arguments: summary::arguments(call, self.board.private),
            at: now(),
            call: call.id.0,
            dialect: self.dialect,
            method: Some(name(call.method)),
            peer: peer.to_string(),
            room: summary::argument(call, "room_name").map(name),
            user: summary::argument(call, "username").map(name),
            waits: call.method == WAIT_MESSAGES.name,
        });
    }

    fn ended(&self, exchange: &Exchange) {
        let Peer::Caller(peer) = exchange.peer else {
            return;
        };
        let is_readable = exchange.method.is_some();
        if !is_readable {
            // A request that could not be read has not been reported yet.
            self.board.feed.publish(Began {
                agent: exchange.http.agent.as_deref().map(name),
                arguments: Vec::new(),
                at: now(),
                call: exchange.id.0,
                dialect: self.dialect,
                method: None,
                peer: peer.to_string(),
                room: None,
                user: None,
                waits: false,
            });
        }
        let (outcome, fault) = match &exchange.outcome {
            Outcome::Answered => ("answer", None),
            Outcome::Fault(fault) if is_readable => ("fault", Some(fault)),
            Outcome::Fault(fault) => ("refused", Some(fault)),
            Outcome::Nothing => ("dropped", None),
        };
        let (answer, items) = match (&exchange.outcome, read::answer(&exchange.answer)) {
            (Outcome::Answered, Ok(Ok(value))) => summary::answer(&value),
            _ => (String::new(), None),
        };
        let polls = [RECEIVE_MESSAGES, RECEIVE_NEW_MESSAGES, WAIT_MESSAGES];
        let method = exchange.method.as_deref();
        let is_poll = polls.iter().any(|poll| method == Some(poll.name));
        let kept = KeptCall::of(exchange, peer.to_string(), self.board.private);
        // Kept before the event is sent: the page may ask for the details at once.
        self.board.calls.lock().keep(kept);
        self.board.feed.publish(Ended {
            answer,
            answer_bytes: exchange.answer.len(),
            at: now(),
            call: exchange.id.0,
            empty: is_poll && items == Some(0),
            fault: fault.map(|fault| FaultText {
                code: fault.code(),
                // It quotes the request, including any secrets.
                text: if is_readable {
                    summary::truncated(fault.string(), 2 * MAX_NAME)
                } else {
                    String::new()
                },
            }),
            items,
            lab: exchange.effect,
            milliseconds: exchange.duration.as_secs_f64() * 1_000.0,
            outcome,
            position: None,
            repeated: false,
            request_bytes: exchange.request.len(),
        });
    }
}
