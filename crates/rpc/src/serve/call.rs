//! One call: parsed, executed, encoded, and shown to observers.

use std::net::IpAddr;

use bytes::Bytes;
use dxr::Fault;
use thiserror::Error;
use tokio::time::Instant;

use super::Answer;
use super::lab::{Action, Rule};
use super::service::Shared;
use crate::observe::{Call, CallId, Exchange, HttpFacts, Outcome, Peer};
use crate::xml::write::{self, AnswerBody};
use crate::xml::{self, ReadError, read};

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
    let answer = match call {
        Ok(call) => {
            let effect = effect_on(shared, &call);
            execute(shared, peer.ip(), call, effect).await?
        }
        Err(error) => Err(error.fault()),
    };
    Ok(answer.unwrap_or_else(|fault| write::fault(&fault)))
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
    let effect = call.as_ref().ok().and_then(|call| effect_on(shared, call));
    let answer = match call {
        Ok(call) => {
            service.observers.began(&Call {
                id,
                peer: &peer,
                method: &call.method,
                procedure: service.methods.procedure(&call.method),
                parameters: &call.parameters,
                agent: http.agent.as_deref(),
            });
            execute(shared, address, call, effect).await
        }
        Err(error) => Ok(Err(error.fault())),
    };
    let (answer, outcome) = match answer {
        Ok(Ok(body)) => (Ok(body), Outcome::Answered),
        Ok(Err(fault)) => (Ok(write::fault(&fault)), Outcome::Fault(fault)),
        Err(Dropped) => (Err(Dropped), Outcome::Nothing),
    };
    service.observers.ended(&Exchange {
        id,
        peer,
        method,
        request,
        answer: answer.clone().unwrap_or_default(),
        outcome,
        http,
        effect: effect.map(|effect| effect.action.name()),
        duration: arrived.elapsed(),
    });
    answer
}

fn effect_on(shared: &Shared, call: &xml::Call) -> Option<Rule> {
    shared.service.lab.as_ref()?.draw_effect(&call.method)
}

/// Executes a call, with the lab's effect on it.
async fn execute(
    shared: &Shared,
    peer: IpAddr,
    call: xml::Call,
    effect: Option<Rule>,
) -> Result<Result<Bytes, Fault>, Dropped> {
    let methods = &shared.service.methods;
    let action = effect.map(|effect| effect.action);
    match action {
        None | Some(Action::DropAnswer) => {}
        Some(Action::Delay) => {
            tokio::time::sleep(effect.map(|effect| effect.delay).unwrap_or_default()).await;
        }
        Some(Action::Fault) => return Ok(Err(super::lab::refusal())),
        Some(Action::DropRequest) => return Err(Dropped),
        Some(Action::Twice) => {
            // The caller sees the second answer only, as when the network delivers a request twice.
            let parameters = call.parameters.clone();
            let _ = methods
                .dispatch(peer, &call.method, parameters, &shared.answers)
                .await;
        }
    }
    let answer = methods
        .dispatch(peer, &call.method, call.parameters, &shared.answers)
        .await
        .and_then(Answer::encode);
    if action == Some(Action::DropAnswer) {
        return Err(Dropped);
    }
    Ok(answer.map(AnswerBody::finish))
}
