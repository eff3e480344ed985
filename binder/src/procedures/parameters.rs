//! What the parameters of the procedures may be.

use std::time::Duration;

use dxr::Fault;
use protocol::binder::{Endpoint, LONGEST_ADDRESS};
use protocol::characters::is_deceptive;
use rpc::Arguments;

use crate::directory::Lease;

/// The longest name that is registered. Names are those of procedures and services.
const LONGEST_NAME: usize = 255;

/// The longest identity of a chat.
const LONGEST_GROUP: usize = 64;

/// The longest lease, a day: for a longer time a server registers without one.
const LONGEST_LEASE: i64 = 86_400;

/// The parameters of `register_lease`.
pub(super) fn leased_names(arguments: &Arguments) -> Result<(Vec<String>, Endpoint, Lease), Fault> {
    let names = arguments.texts(0)?;
    for name in &names {
        check_name(arguments, name)?;
    }
    let endpoint = endpoint(arguments, 1)?;
    let seconds = arguments.integer(3)?;
    let time = u64::try_from(seconds)
        .ok()
        .filter(|_| (1..=LONGEST_LEASE).contains(&seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| {
            arguments.refuse(
                3,
                &format!("seconds from 1 to {LONGEST_LEASE}"),
                &seconds.to_string(),
            )
        })?;
    let lease = Lease {
        time,
        group: group(arguments)?,
        held: held(arguments)?,
        behind: behind(arguments)?,
    };
    Ok((names, endpoint, lease))
}

pub(super) fn check_name(arguments: &Arguments, name: &str) -> Result<(), Fault> {
    check(arguments, 0, name, "a name", LONGEST_NAME)
}

/// Refuses texts that could not be used, or not be distinguished from another on a screen.
fn check(
    arguments: &Arguments,
    position: usize,
    text: &str,
    what: &str,
    longest: usize,
) -> Result<(), Fault> {
    let length = text.chars().count();
    if !(1..=longest).contains(&length) {
        return Err(arguments.refuse(
            position,
            &format!("{what} of 1 to {longest} characters"),
            &format!("{length} characters"),
        ));
    }
    match text.chars().find(|&character| is_deceptive(character)) {
        None => Ok(()),
        Some(character) => Err(arguments.refuse(
            position,
            &format!("{what} without control characters"),
            &format!("one with U+{:04X}", u32::from(character)),
        )),
    }
}

/// The address at `position` and the port after it.
pub(super) fn endpoint(arguments: &Arguments, position: usize) -> Result<Endpoint, Fault> {
    let address = arguments.text(position)?;
    let what = "a host name or address";
    check(arguments, position, address, what, LONGEST_ADDRESS)?;
    let port = arguments.integer(position + 1)?;
    let port = u16::try_from(port)
        .ok()
        .filter(|&port| port != 0)
        .ok_or_else(|| {
            arguments.refuse(position + 1, "a port from 1 to 65535", &port.to_string())
        })?;
    Ok(Endpoint {
        address: address.to_owned(),
        port,
    })
}

/// The chat that the server shares with others. An empty text is none, for callers that cannot send nil.
fn group(arguments: &Arguments) -> Result<Option<String>, Fault> {
    let group = arguments.optional_text(4)?.unwrap_or_default();
    let length = group.chars().count();
    if length > LONGEST_GROUP || group.chars().any(is_deceptive) {
        return Err(arguments.refuse(
            4,
            "a group of at most 64 characters, none of them control characters",
            &format!("{length} characters"),
        ));
    }
    Ok(Some(group.to_owned()).filter(|group| !group.is_empty()))
}

/// For how long the server has held the names already.
fn held(arguments: &Arguments) -> Result<Duration, Fault> {
    Ok(seconds(arguments, 5)?.unwrap_or_default())
}

/// For how long the chat of the server may have been out of date; a server that is not behind says nothing.
fn behind(arguments: &Arguments) -> Result<Option<Duration>, Fault> {
    seconds(arguments, 6)
}

fn seconds(arguments: &Arguments, position: usize) -> Result<Option<Duration>, Fault> {
    let Some(seconds) = arguments.optional_integer(position)? else {
        return Ok(None);
    };
    u64::try_from(seconds)
        .map(|seconds| Some(Duration::from_secs(seconds)))
        .map_err(|_| arguments.refuse(position, "seconds from 0", &seconds.to_string()))
}
