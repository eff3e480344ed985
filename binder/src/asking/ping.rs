//! The way of a client: from the binder to the service that it names.

use std::io::Write;
use std::time::{Duration, Instant};

use protocol::binder::Endpoint;
use protocol::procedure::Procedure;
use protocol::{accounts, classic};
use rpc::CallError;

use super::{AskError, Binder, caller, table};

/// The names under which the two dialects of a chat server are found. One that serves only one of
/// them is whole.
const SERVICES: [&str; 2] = [classic::procedures::CREATE_ROOM.name, accounts::SERVICE];

/// A call that changes nothing and that every chat server answers, whatever the dialect. Any other
/// service answers it with a fault, which is an answer as well.
const HARMLESS: Procedure = classic::procedures::LIST_ROOMS;

pub(super) async fn ask(
    binder: &Binder,
    name: Option<&str>,
    output: &mut impl Write,
) -> Result<(), AskError> {
    let names = name.map_or(SERVICES.to_vec(), |name| vec![name]);
    let mut rows = Vec::new();
    let mut found = false;
    let mut silent = None;
    for name in &names {
        let began = Instant::now();
        let endpoint = binder.lookup(name).await?;
        let hop = format!("binder: where is {name}?");
        rows.push(row(hop, binder.caller.server(), began.elapsed()));
        let Some(endpoint) = endpoint else { continue };
        found = true;
        let began = Instant::now();
        match call(&endpoint).await {
            Ok(()) => {
                let hop = format!("service: {}", HARMLESS.name);
                rows.push(row(hop, &endpoint.to_string(), began.elapsed()));
            }
            Err(reason) => {
                silent = Some(AskError::ServiceSilent {
                    service: endpoint,
                    name: (*name).to_owned(),
                    reason,
                });
            }
        }
    }
    table::write(output, ["HOP", "ADDRESS", "TIME"], &rows)?;
    match silent {
        Some(error) => Err(error),
        None if found => Ok(()),
        None => Err(AskError::Unknown {
            binder: binder.caller.server().to_owned(),
            name: names.join(" or "),
        }),
    }
}

async fn call(endpoint: &Endpoint) -> Result<(), CallError> {
    match caller(endpoint)?.call(&HARMLESS, Vec::new()).await {
        Ok(_) | Err(CallError::Fault(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A hop with the time that it took, connecting included.
fn row(hop: String, address: &str, took: Duration) -> [String; 3] {
    let milliseconds = took.as_secs_f64() * 1_000.0;
    [hop, address.to_owned(), format!("{milliseconds:.2} ms")]
}
