//! A forwarded call that the lab may break, and that observers see.

use bytes::Bytes;
use dxr::Fault;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use protocol::fault;
use tokio::time::Instant;

use super::exchange::{Answered, Exchange};
use super::failed::Failed;
use crate::observe::{Call, CallId, Exchange as Seen, HttpFacts, Outcome, Peer, Remarks};
use crate::serve::body::{self, Collected};
use crate::serve::budget::Reservation;
use crate::serve::call;
use crate::serve::lab::{self, Action, Effect};
use crate::serve::limits::Limits;
use crate::serve::reading;
use crate::serve::response::Dropped;
use crate::serve::unpacking::{Effort, gunzip};
use crate::xml;
use crate::xml::{read, write};

/// The largest answer that is read for the outcome that observers get: a fault is smaller.
const LARGEST_READ: usize = 64 << 10;

/// The largest answer that is unpacked for observers.
const LARGEST_UNPACKED: usize = 1 << 20;

/// A call as it is read for observers and the lab.
pub(in crate::serve) struct Watched {
    arrived: Instant,
    /// For observers, if there are any.
    facts: Option<HttpFacts>,
    /// The unpacked body.
    body: Bytes,
    /// `None` if it cannot be read. The server says what is wrong with it.
    call: Option<xml::Call>,
    /// Of both, until the call ends.
    _reservation: Option<Reservation>,
}

impl Watched {
    /// Reads a body.
    pub(in crate::serve) async fn read(
        limits: &Limits,
        connection: &crate::serve::Connection,
        collected: Collected,
        arrived: Instant,
        facts: Option<HttpFacts>,
    ) -> Self {
        let original = collected.bytes.clone();
        let read = reading::read(limits, connection, collected, true).await;
        let (body, call, reservation) = match read {
            Ok(request) => (request.body, request.call.ok(), Some(request.reservation)),
            Err(_) => (original, None, None),
        };
        Self {
            arrived,
            facts,
            body,
            call,
            _reservation: reservation,
        }
    }
}

/// Forwards a call with the lab's effect on it, and shows it to observers.
pub(super) async fn run(
    exchange: Exchange<'_>,
    head: Parts,
    body: Bytes,
    watched: Watched,
) -> Result<Result<Answered, Failed>, Dropped> {
    let service = &*exchange.shared.service;
    let effect = watched
        .call
        .as_ref()
        .and_then(|call| call::effect_on(exchange.shared, exchange.connection, call));
    let Some(facts) = watched.facts else {
        return perform(exchange, head, body, effect).await;
    };
    let (id, peer) = (CallId::next(), Peer::Caller(exchange.link.ends.peer));
    let method = watched.call.map(|call| call.method);
    let procedure = method.as_deref().and_then(|name| service.procedure(name));
    if let Some(method) = method.as_deref() {
        service.observers.began(&Call {
            id,
            peer: &peer,
            method,
            procedure,
            request: &watched.body,
            agent: facts.agent.as_deref(),
        });
    }
    let answered = perform(exchange, head, body, effect).await;
    let (answer, outcome) = seen(&answered);
    service.observers.ended(Seen {
        id,
        peer,
        method,
        procedure,
        request: watched.body,
        answer,
        http: facts.after(&outcome),
        outcome,
        effect: effect.map(|effect| effect.action.name()),
        remarks: Remarks::default(),
        duration: watched.arrived.elapsed(),
    });
    answered
}

/// Forwards a call, with the lab's effect on it.
async fn perform(
    exchange: Exchange<'_>,
    head: Parts,
    body: Bytes,
    effect: Option<Effect>,
) -> Result<Result<Answered, Failed>, Dropped> {
    let action = lab::delay(effect).await;
    match action {
        None | Some(Action::Delay | Action::DropAnswer) => {}
        Some(Action::Fault) => return Ok(Ok(refusal())),
        Some(Action::DropRequest) => return Err(Dropped),
        // The client sees the second answer only, as when the network delivers a request twice.
        Some(Action::Twice) => drop(exchange.run(head.clone(), body.clone()).await),
    }
    let answered = exchange.run(head, body).await;
    if action == Some(Action::DropAnswer) {
        return Err(Dropped);
    }
    Ok(answered)
}

/// The lab's fault, as an answer.
fn refusal() -> Answered {
    let (mut head, ()) = Response::new(()).into_parts();
    head.headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    Answered {
        head,
        body: write::fault(&lab::refusal()),
    }
}

/// What observers see of the answer, unpacked, and how the call ended.
fn seen(answered: &Result<Result<Answered, Failed>, Dropped>) -> (Bytes, Outcome) {
    let transport = |text: String| Outcome::Fault(Fault::new(fault::TRANSPORT, text));
    match answered {
        Err(Dropped) | Ok(Err(Failed::ServerClosed | Failed::ClientGone)) => {
            (Bytes::new(), Outcome::Nothing)
        }
        Ok(Err(failed)) => (Bytes::new(), transport(failed.to_string())),
        Ok(Ok(Answered { head, body })) => {
            let answer = match body::is_gzip(&head.headers) {
                Ok(false) => body.clone(),
                Ok(true) => {
                    gunzip(body, LARGEST_UNPACKED, Effort::FOR_LARGE_ANSWER).unwrap_or_default()
                }
                Err(_) => Bytes::new(),
            };
            let outcome = if head.status != StatusCode::OK {
                transport(format!("HTTP status {}", head.status))
            } else if answer.len() > LARGEST_READ {
                Outcome::Answered
            } else {
                match read::answer(&answer) {
                    Ok(Err(fault)) => Outcome::Fault(fault),
                    _ => Outcome::Answered,
                }
            };
            (answer, outcome)
        }
    }
}
