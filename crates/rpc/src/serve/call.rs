//! One call: executed, encoded, and shown to observers.

use bytes::Bytes;
use dxr::{Fault, Value};
use tokio::time::Instant;

use super::Connection;
use super::lab::{self, Action, Effect};
use super::measurement::Measurement;
use super::meter::Ended;
use super::reading::Request;
use super::response::Dropped;
use super::service::Shared;
use crate::observe::{self, Call, CallId, Exchange, HttpFacts, Outcome, Peer, Remarks};
use crate::xml;
use crate::xml::write::{self, AnswerBody};

/// Executes the call in a request and returns the body of the answer.
pub(super) async fn answer(
    shared: &Shared,
    connection: &Connection,
    arrived: Instant,
    facts: Option<HttpFacts>,
    request: Request,
) -> Result<Bytes, Dropped> {
    let method = request.call.as_ref().ok().map(|call| &*call.method);
    let mut measurement = Measurement::begin(shared, arrived, method);
    let (ended, body) = match facts {
        // Boxed, so that a connection without observers reserves no space for this future.
        Some(facts) => Box::pin(answer_observed(shared, connection, arrived, facts, request)).await,
        None => encoded(answer_unobserved(shared, connection, request).await),
    };
    if let Some(measurement) = &mut measurement {
        measurement.ended = ended;
    }
    body
}

/// How a call ended, and the body of its answer, which may be a fault's.
fn encoded(answer: Result<Result<Bytes, Fault>, Dropped>) -> (Ended, Result<Bytes, Dropped>) {
    match answer {
        Ok(Ok(body)) => (Ended::Answered, Ok(body)),
        Ok(Err(fault)) => (Ended::Fault, Ok(write::fault(&fault))),
        Err(Dropped) => (Ended::Nothing, Err(Dropped)),
    }
}

async fn answer_unobserved(
    shared: &Shared,
    connection: &Connection,
    request: Request,
) -> Result<Result<Bytes, Fault>, Dropped> {
    // A long poll keeps its request's reservation until it ends.
    let Request {
        call,
        reservation: _reservation,
        ..
    } = request;
    match call {
        Ok(call) => {
            let effect = effect_on(shared, connection, &call);
            execute(shared, connection, call, effect).await
        }
        Err(error) => Ok(Err(error.fault())),
    }
}

/// The same with observers.
async fn answer_observed(
    shared: &Shared,
    connection: &Connection,
    arrived: Instant,
    http: HttpFacts,
    request: Request,
) -> (Ended, Result<Bytes, Dropped>) {
    let Request {
        body: request,
        call,
        reservation: _reservation,
    } = request;
    let service = &*shared.service;
    let (id, peer) = (CallId::next(), Peer::Caller(connection.peer_with_port()));
    let method = call.as_ref().ok().map(|call| call.method.clone());
    let effect = call
        .as_ref()
        .ok()
        .and_then(|call| effect_on(shared, connection, call));
    let procedure = method
        .as_deref()
        .and_then(|method| service.procedure(method));
    let (answer, remarks) = match call {
        Ok(call) => {
            service.observers.began(&Call {
                id,
                peer: &peer,
                method: &call.method,
                procedure,
                request: &request,
                agent: http.agent.as_deref(),
            });
            observe::with_remarks(execute(shared, connection, call, effect)).await
        }
        Err(error) => (Ok(Err(error.fault())), Remarks::default()),
    };
    let outcome = match &answer {
        Ok(Ok(_)) => Outcome::Answered,
        Ok(Err(fault)) => Outcome::Fault(fault.clone()),
        Err(Dropped) => Outcome::Nothing,
    };
    let (ended, answer) = encoded(answer);
    service.observers.ended(Exchange {
        id,
        peer,
        method,
        procedure,
        request,
        answer: answer.clone().unwrap_or_default(),
        http: http.after(&outcome),
        outcome,
        effect: effect.map(|effect| effect.action.name()),
        remarks,
        duration: arrived.elapsed(),
    });
    (ended, answer)
}

/// The parameter with the name of the user that calls, in services that have users.
const USER: &str = "username";

pub(super) fn effect_on(
    shared: &Shared,
    connection: &Connection,
    call: &xml::Call,
) -> Option<Effect> {
    let service = &shared.service;
    service.lab.as_ref()?.draw_effect(&call.method, |client| {
        let peer = connection.peer_with_port();
        let position = service.procedure(&call.method).and_then(|procedure| {
            let mut parameters = procedure.parameters.iter();
            parameters.position(|parameter| parameter.name == USER)
        });
        let user = position.and_then(|position| call.parameters.get(position));
        matches!(user, Some(Value::String(user)) if user == client)
            || peer.ip().to_string() == client
            || peer.to_string() == client
    })
}

/// Executes a call, with the lab's effect on it.
async fn execute(
    shared: &Shared,
    connection: &Connection,
    call: xml::Call,
    effect: Option<Effect>,
) -> Result<Result<Bytes, Fault>, Dropped> {
    let methods = &shared.service.methods;
    let action = lab::delay(effect).await;
    match action {
        None | Some(Action::Delay | Action::DropAnswer) => {}
        Some(Action::Fault) => return Ok(Err(lab::refusal())),
        Some(Action::DropRequest) => return Err(Dropped),
        Some(Action::Twice) => {
            // The caller sees the second answer only, as when the network delivers a request twice.
            let parameters = call.parameters.clone();
            let _ = methods
                .dispatch(connection, &call.method, parameters, &shared.answers)
                .await;
        }
    }
    let answer = match methods
        .dispatch(connection, &call.method, call.parameters, &shared.answers)
        .await
    {
        Ok(answer) => answer.encode_for(connection).await,
        Err(fault) => Err(fault),
    };
    if action == Some(Action::DropAnswer) {
        return Err(Dropped);
    }
    Ok(answer.map(AnswerBody::finish))
}
