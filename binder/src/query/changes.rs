//! Names that are registered and unregistered by hand.

use std::io::Write;

use dxr::Value;
use protocol::binder::{Endpoint, EndpointError, REGISTER_PROCEDURE, UNREGISTER_PROCEDURE};
use rpc::CallError;
use thiserror::Error;

use super::client::Binder;
use super::error::QueryError;

/// Why a text is not the address of a server.
#[derive(Debug, Error)]
pub(super) enum PlaceError {
    #[error(transparent)]
    NotAnEndpoint(#[from] EndpointError),
    #[error("a server has a port from 1 to 65535")]
    PortZero,
}

pub(super) fn parse_endpoint(text: &str) -> Result<Endpoint, PlaceError> {
    let place: Endpoint = text.parse()?;
    if place.port == 0 {
        return Err(PlaceError::PortZero);
    }
    Ok(place)
}

/// Registers a name. What counts is what the binder answers afterwards: one of the originals registers
/// the name and answers with a fault.
pub(super) async fn register(
    binder: &Binder,
    name: &str,
    place: &Endpoint,
    output: &mut impl Write,
) -> Result<(), QueryError> {
    let at = binder.caller.server();
    let before = binder.registered(name).await?;
    let was_built_in = binder
        .listed(name)
        .await?
        .is_some_and(|listed| listed.built_in);
    let parameters = parameters(name, place);
    let fault = match binder
        .caller
        .call(REGISTER_PROCEDURE.name, parameters)
        .await
    {
        Ok(_) => None,
        Err(fault @ CallError::Fault(_)) => Some(fault),
        Err(reason) => return Err(binder.silent(reason)),
    };
    if binder.registered(name).await?.as_ref() != Some(place) {
        return Err(QueryError::NotRegistered {
            binder: at.to_owned(),
            name: name.to_owned(),
            fault,
        });
    }
    match before {
        Some(before) if was_built_in => writeln!(
            output,
            "{name} is registered at {place} in the binder at {at}, in place of the built-in {before}."
        )?,
        Some(before) if before != *place => writeln!(
            output,
            "{name} is registered at {place} in the binder at {at}, in place of {before}."
        )?,
        Some(_) => writeln!(
            output,
            "{name} was registered at {place} in the binder at {at} already."
        )?,
        None => writeln!(
            output,
            "{name} is registered at {place} in the binder at {at}."
        )?,
    }
    Ok(())
}

/// Removes a registration: the one at `place`, or the one that the binder answers with.
pub(super) async fn unregister(
    binder: &Binder,
    name: &str,
    place: Option<&Endpoint>,
    output: &mut impl Write,
) -> Result<(), QueryError> {
    let (at, name_owned) = (binder.caller.server().to_owned(), name.to_owned());
    let found = binder
        .registered(name)
        .await?
        .ok_or_else(|| QueryError::NothingThere {
            binder: at.clone(),
            name: name_owned.clone(),
        })?;
    if binder
        .listed(name)
        .await?
        .is_some_and(|listed| listed.built_in)
    {
        return Err(QueryError::BuiltIn {
            binder: at,
            name: name_owned,
            place: found,
        });
    }
    let place = place.unwrap_or(&found);
    let parameters = parameters(name, place);
    let answer = match binder
        .caller
        .call(UNREGISTER_PROCEDURE.name, parameters)
        .await
    {
        Ok(answer) => answer,
        Err(reason) if reason.is_refusal() => {
            return Err(QueryError::CannotUnregister {
                binder: at,
                name: name_owned,
                place: found,
            });
        }
        Err(reason) => return Err(binder.silent(reason)),
    };
    if answer != Value::Boolean(true) {
        return Err(QueryError::NotThere {
            binder: at,
            name: name_owned,
            place: place.clone(),
            found: (found != *place).then(|| found.clone()),
        });
    }
    write!(
        output,
        "{name} is not registered at {place} in the binder at {at} any more"
    )?;
    match (binder.registered(name).await?, binder.listed(name).await?) {
        (Some(next), Some(listed)) if listed.built_in => {
            writeln!(output, "; {next}, which is built in, is found instead.")?;
        }
        (Some(next), _) => writeln!(output, "; {next} is found instead.")?,
        (None, _) => writeln!(output, ".")?,
    }
    Ok(())
}

fn parameters(name: &str, place: &Endpoint) -> Vec<Value> {
    vec![
        Value::String(name.to_owned()),
        Value::String(place.address.clone()),
        Value::Integer(i32::from(place.port)),
    ]
}
