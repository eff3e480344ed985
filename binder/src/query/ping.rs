//! The way of a client: from the binder to the service that it names.

use std::io::Write;
use std::time::{Duration, Instant};

use protocol::binder::Endpoint;
use protocol::procedure::Procedure;
use protocol::{accounts, classic};
use rpc::CallError;

use super::client::{Binder, caller};
use super::error::{QueryError, ServiceSilent};
use super::table;

/// The names under which the two dialects of a chat server are found. One that serves only one of
/// them is whole.
const SERVICES: [&str; 2] = [classic::procedures::CREATE_ROOM.name, accounts::SERVICE];

/// A call that changes nothing and that every chat server answers, whatever the dialect. Any other
/// service answers it with a fault, which is an answer as well.
const HARMLESS: Procedure = classic::procedures::LIST_ROOMS;

/// Pings every service, and succeeds when at least one is found and all that are found answer. Where
/// a built-in name leads to nothing, there is no such service.
pub(super) async fn ask(
    binder: &Binder,
    name: Option<&str>,
    output: &mut impl Write,
) -> Result<(), QueryError> {
    let names = name.map_or(SERVICES.to_vec(), |name| vec![name]);
    let mut rows = Vec::new();
    let mut found = false;
    let (mut silent, mut unused) = (Vec::new(), Vec::new());
    let mut not_asked = None;
    for name in &names {
        let began = Instant::now();
        let (endpoint, answer) = match binder.lookup(name).await {
            Ok(Some(endpoint)) => {
                let answer = endpoint.to_string();
                (Some(endpoint), answer)
            }
            Ok(None) => (None, "not registered".to_owned()),
            Err(failure @ QueryError::Upstream { .. }) => {
                not_asked = Some(failure);
                (None, "cannot ask its --upstream".to_owned())
            }
            Err(failure) => return Err(failure),
        };
        let took = began.elapsed();
        let hop = format!("binder: where is {name}?");
        rows.push(row(hop, binder.caller.server(), took, answer));
        let Some(endpoint) = endpoint else { continue };
        let began = Instant::now();
        let outcome = call(&endpoint).await;
        let took = began.elapsed();
        let hop = format!("service: {}", HARMLESS.name);
        let service = endpoint.to_string();
        match outcome {
            Ok(()) => {
                found = true;
                rows.push(row(hop, &service, took, "answers".to_owned()));
            }
            Err(reason) => {
                let is_built_in = binder
                    .listed(name)
                    .await?
                    .is_some_and(|listed| listed.built_in);
                let why = if is_built_in {
                    "no answer (built in)"
                } else {
                    "no answer"
                };
                rows.push(row(hop, &service, took, why.to_owned()));
                let failed = ServiceSilent {
                    service: endpoint,
                    name: (*name).to_owned(),
                    reason,
                };
                if is_built_in {
                    unused.push(failed);
                } else {
                    silent.push(failed);
                }
            }
        }
    }
    table::write(output, ["HOP", "ADDRESS", "TIME", "ANSWER"], &rows)?;
    if silent.is_empty() && !found {
        // Nothing else is known, so that this is worth reporting.
        silent = unused;
    }
    if !silent.is_empty() {
        return Err(QueryError::ServicesSilent(silent));
    }
    if let Some(failure) = not_asked {
        return Err(failure);
    }
    if !found {
        return Err(match name {
            Some(name) => binder.unknown(name),
            None => binder.no_chat_server(&names),
        });
    }
    Ok(())
}

async fn call(endpoint: &Endpoint) -> Result<(), CallError> {
    match caller(endpoint)?.call(&HARMLESS, Vec::new()).await {
        Ok(_) | Err(CallError::Fault(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A hop with its answer and the time that it took, connecting included.
fn row(hop: String, address: &str, took: Duration, answer: String) -> [String; 4] {
    let milliseconds = took.as_secs_f64() * 1_000.0;
    [
        hop,
        address.to_owned(),
        format!("{milliseconds:.2} ms"),
        answer,
    ]
}
