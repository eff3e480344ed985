//! One call: parsed, executed, encoded, and shown to observers.

use std::net::IpAddr;

use bytes::Bytes;
use dxr::Fault;
use thiserror::Error;
use tokio::time::Instant;

use super::Answer;
use super::lab::{Action, Effect};
use super::service::Shared;
use crate::observe::{Call, CallId, Exchange, HttpFacts, Outcome, Peer};
use crate::xml::{self, ReadError, read, write};

/// The call gets no answer: the lab dropped it, and the connection is closed.
#[derive(Clone, Copy, Debug, Error)]
#[error("the lab dropped it")]
pub(super) struct Dropped;

/// Executes the call in a request's body and returns the body of the answer.
pub(super) async fn answer(
    shared: &Shared,
    peer: std::net::SocketAddr,
    arrived: Instant,
    facts: Option<HttpFacts>,
    request: Bytes,
) -> Result<Bytes, Dropped> {
    let call = read::call_within(shared.service.limits.depth, &request);
    if let Some(facts) = facts {
        // Boxed, so that a connection without observers reserves no space for this future.
        return Box::pin(answer_observed(shared, peer, arrived, facts, request, call)).await;
    }
    // A long poll would otherwise keep the buffer in which the request arrived.
    drop(request);
    match call {
        Ok(call) => execute(shared, peer.ip(), call).await.0,
        Err(error) => Ok(write::fault(&error.fault())),
    }
}

/// The same with observers.
async fn answer_observed(
    shared: &Shared,
    peer: std::net::SocketAddr,
    arrived: Instant,
    http: HttpFacts,
    request: Bytes,
    call: Result<xml::Call, ReadError>,
) -> Result<Bytes, Dropped> {
    let service = &*shared.service;
    let (id, address, peer) = (CallId::next(), peer.ip(), Peer::Caller(peer));
    let method = call.as_ref().ok().map(|call| call.method.clone());
    let (answered, outcome, effect) = match call {
        Ok(call) => {
            service.observers.began(&Call {
                id,
                peer: &peer,
                method: &call.method,
                procedure: service.methods.procedure(&call.method),
                parameters: &call.parameters,
                agent: http.agent.as_deref(),
            });
            execute(shared, address, call).await
        }
        Err(error) => fault(&error.fault(), None),
    };
    service.observers.ended(&Exchange {
        id,
        peer,
        method,
        request,
        answer: answered.clone().unwrap_or_default(),
        outcome,
        http,
        effect: effect.map(|effect| effect.action.name()),
        duration: arrived.elapsed(),
    });
    answered
}

/// Executes a call, unless the lab interferes.
async fn execute(
    shared: &Shared,
    peer: IpAddr,
    call: xml::Call,
) -> (Result<Bytes, Dropped>, Outcome, Option<Effect>) {
    let service = &*shared.service;
    let effect = service
        .lab
        .as_ref()
        .and_then(|lab| lab.draw_effect(&call.method));
    match effect.map(|effect| effect.action) {
        None | Some(Action::DropAnswer) => {}
        Some(Action::Delay) => {
            tokio::time::sleep(effect.map(|effect| effect.delay).unwrap_or_default()).await;
        }
        Some(Action::Fault) => return fault(&super::lab::refusal(), effect),
        Some(Action::DropRequest) => return (Err(Dropped), Outcome::Nothing, effect),
        Some(Action::Twice) => {
            // The caller sees the second answer only, as when the network delivers a request twice.
            let _ = service
                .methods
                .dispatch(peer, &call.method, call.parameters.clone(), &shared.answers)
                .await;
        }
    }
    let outcome = service
        .methods
        .dispatch(peer, &call.method, call.parameters, &shared.answers)
        .await
        .and_then(Answer::encode);
    if effect.is_some_and(|effect| effect.action == Action::DropAnswer) {
        return (Err(Dropped), Outcome::Nothing, effect);
    }
    match outcome {
        Ok(body) => (Ok(body.finish()), Outcome::Answered, effect),
        Err(refusal) => fault(&refusal, effect),
    }
}

fn fault(
    fault: &Fault,
    effect: Option<Effect>,
) -> (Result<Bytes, Dropped>, Outcome, Option<Effect>) {
    (
        Ok(write::fault(fault)),
        Outcome::Fault(fault.clone()),
        effect,
    )
}
