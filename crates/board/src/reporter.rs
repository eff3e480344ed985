//! From calls to events, outside of the calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use protocol::classic::procedures::{RECEIVE_MESSAGES, RECEIVE_NEW_MESSAGES, WAIT_MESSAGES};
use rpc::observe::Outcome;
use rpc::xml::read;

use crate::backlog::{self, Backlog, Next, Observed};
use crate::calls::{Calls, KeptCall};
use crate::events::{Began, Ended, FaultText};
use crate::feed::Feed;
use crate::secrets;
use crate::secrets::PrivateTexts;
use crate::summary::{self, Described};

const MAX_NAME: usize = 80;

/// How long the thread works before it lets calls gather again: a third of one processor at most, so that a
/// busy server with a viewer answers nearly as fast as without.
const WORK: Duration = Duration::from_millis(10);

/// Puts what is observed into words: into the feed, and the details of calls.
#[derive(Debug)]
pub(crate) struct Reporter {
    pub(crate) private: PrivateTexts,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) calls: Arc<Mutex<Calls>>,
}

fn name(text: &str) -> String {
    summary::truncated(text, MAX_NAME)
}

impl Reporter {
    /// Works until the backlog is closed.
    pub(crate) fn run(&self) {
        let mut quiet = 0;
        while self.backlog.wait(quiet) {
            quiet += 1;
            let began = Instant::now();
            while began.elapsed() < WORK {
                match self.backlog.next() {
                    Next::Entry(Observed::Began(began)) => self.began(&began),
                    Next::Entry(Observed::Ended(ended)) => self.ended(&ended),
                    Next::Entry(Observed::Stopping) => self.feed.end_after_open_calls(),
                    Next::Skipped(count) => self.feed.skip(count),
                    Next::Nothing => break,
                }
                quiet = 0;
            }
        }
    }

    fn began(&self, began: &backlog::Began) {
        // It was read before, or it would not have begun.
        let Ok(call) = read::call_within(usize::MAX, &began.request) else {
            return;
        };
        let described = Described {
            method: &call.method,
            procedure: began.procedure,
            parameters: &call.parameters,
        };
        self.feed.publish(Began {
            agent: began.agent.as_deref().map(name),
            arguments: summary::arguments(described, self.private),
            at: began.at,
            call: began.id.0,
            dialect: began.dialect,
            method: Some(name(&secrets::visible_method(&call.method))),
            peer: began.peer.to_string(),
            room: summary::argument(described, "room_name").map(name),
            server: began.server.as_deref().map(name),
            user: summary::argument(described, "username").map(name),
            waits: call.method == WAIT_MESSAGES.name,
        });
        self.feed.call_began(began.id);
    }

    fn ended(&self, ended: &backlog::Ended) {
        let exchange = &*ended.exchange;
        let method = exchange.method.as_deref();
        if method.is_none() {
            // A request that could not be read has not been reported yet.
            self.feed.publish(Began {
                agent: exchange.http.agent.as_deref().map(name),
                arguments: Vec::new(),
                at: ended.at,
                call: exchange.id.0,
                dialect: ended.dialect,
                method: None,
                peer: ended.peer.to_string(),
                room: None,
                server: ended.server.as_deref().map(name),
                user: None,
                waits: false,
            });
        }
        let (outcome, fault) = match &exchange.outcome {
            Outcome::Answered => ("answer", None),
            Outcome::Fault(fault) if method.is_some() => ("fault", Some(fault)),
            Outcome::Fault(fault) => ("refused", Some(fault)),
            Outcome::Nothing => ("dropped", None),
        };
        let (answer, items) = match (&exchange.outcome, read::answer(&exchange.answer)) {
            (Outcome::Answered, Ok(Ok(value))) => summary::answer(&value),
            _ => (String::new(), None),
        };
        let polls = [RECEIVE_MESSAGES, RECEIVE_NEW_MESSAGES, WAIT_MESSAGES];
        let is_poll = polls.iter().any(|poll| method == Some(poll.name));
        let is_empty_poll = is_poll && items == Some(0);
        // A fault may quote the request, or the name of the method, with any secrets in it.
        let may_quote = method.is_none_or(|method| secrets::visible_method(method) != method);
        let kept = KeptCall::of(exchange, ended.peer.to_string(), self.private);
        // Kept before the event is sent: the page may ask for the details at once.
        self.calls.lock().keep(kept, is_empty_poll);
        self.feed.publish(Ended {
            answer,
            answer_bytes: exchange.answer.len(),
            at: ended.at,
            call: exchange.id.0,
            empty: is_empty_poll,
            fault: fault.map(|fault| FaultText {
                code: fault.code(),
                text: if may_quote {
                    String::new()
                } else {
                    summary::truncated(fault.string(), 2 * MAX_NAME)
                },
            }),
            items,
            lab: exchange.effect,
            milliseconds: exchange.duration.as_secs_f64() * 1_000.0,
            outcome,
            position: exchange.remarks.position,
            repeated: exchange.remarks.repeated,
            request_bytes: exchange.request.len(),
        });
        self.feed.call_ended(exchange.id);
    }
}
