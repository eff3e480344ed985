//! The binder's procedures: from calls to the directory and back.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::binder::{self, Endpoint, Listed};
use protocol::characters::is_deceptive;
use protocol::fault;
use rpc::{Answer, Arguments, Methods};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::directory::{Directory, Registered};

/// The longest address that is registered: no host name is longer (RFC 1035).
const LONGEST_ADDRESS: usize = 255;

/// The longest name that is registered. Names are those of procedures and services.
const LONGEST_NAME: usize = 255;

/// The longest lease, a day: for a longer time a server registers without one.
const LONGEST_LEASE: i64 = 86_400;

/// The procedures of a binder with this directory.
pub fn methods(directory: &Arc<Mutex<Directory>>) -> Methods {
    // The lock protects a map that is read and written in about a microsecond, with nothing slow in
    // between.
    let with = |procedure: fn(&Mutex<Directory>, &Arguments) -> Result<Answer, Fault>| {
        let directory = Arc::clone(directory);
        move |arguments: &Arguments| procedure(&directory, arguments)
    };
    Methods::new()
        .immediate(&binder::REGISTER_PROCEDURE, with(register_procedure))
        .immediate(&binder::LOOKUP_PROCEDURE, with(lookup_procedure))
        .immediate(&binder::REGISTER_LEASE, with(register_lease))
        .immediate(&binder::UNREGISTER_PROCEDURE, with(unregister_procedure))
        .immediate(&binder::LIST_PROCEDURES, with(list_procedures))
}

fn register_procedure(
    directory: &Mutex<Directory>,
    arguments: &Arguments,
) -> Result<Answer, Fault> {
    let name = arguments.text(0)?;
    check_name(arguments, name)?;
    let endpoint = endpoint(arguments, 1)?;
    let from = arguments.connection().network();
    register(&mut directory.lock(), name, &endpoint, None, from)?;
    Ok(Answer::text(binder::registered(name)))
}

fn lookup_procedure(directory: &Mutex<Directory>, arguments: &Arguments) -> Result<Answer, Fault> {
    let name = arguments.text(0)?;
    let answer = directory
        .lock()
        .lookup(Instant::now(), name)
        .map_or(Value::Nil, Endpoint::to_value);
    let known = answer != Value::Nil;
    debug!(%name, known, "looked up");
    Ok(Answer::Value(answer))
}

fn register_lease(directory: &Mutex<Directory>, arguments: &Arguments) -> Result<Answer, Fault> {
    let names = arguments.texts(0)?;
    for name in &names {
        check_name(arguments, name)?;
    }
    let endpoint = endpoint(arguments, 1)?;
    let seconds = arguments.integer(3)?;
    let lease = u64::try_from(seconds)
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
    let mut directory = directory.lock();
    let from = arguments.connection().network();
    // All of them or none: a server is of no use when only a part of its names is found.
    let new = names.iter().map(String::as_str);
    if let Err(full) = directory.make_room(Instant::now(), new, from) {
        let count = names.len();
        warn!(%endpoint, count, "refused: {full}");
        return Err(fault::application(binder::TOO_MANY_NAMES));
    }
    let mut taken_over = Vec::new();
    for name in names {
        if let Registered::HeldBy(_) =
            register(&mut directory, &name, &endpoint, Some(lease), from)?
        {
            taken_over.push(name);
        }
    }
    Ok(Answer::texts(taken_over))
}

fn unregister_procedure(
    directory: &Mutex<Directory>,
    arguments: &Arguments,
) -> Result<Answer, Fault> {
    let name = arguments.text(0)?;
    let endpoint = endpoint(arguments, 1)?;
    let removed = directory.lock().unregister(Instant::now(), name, &endpoint);
    if removed {
        info!(%name, %endpoint, "unregistered");
    }
    Ok(Answer::Value(Value::Boolean(removed)))
}

fn list_procedures(directory: &Mutex<Directory>, _: &Arguments) -> Result<Answer, Fault> {
    let listed = directory.lock().list(Instant::now());
    Ok(Answer::Value(Value::Array(
        listed.iter().map(Listed::to_value).collect(),
    )))
}

/// Registers one name and logs what is worth knowing about it.
fn register(
    directory: &mut Directory,
    name: &str,
    endpoint: &Endpoint,
    lease: Option<Duration>,
    from: IpAddr,
) -> Result<Registered, Fault> {
    let registered = directory
        .register(Instant::now(), name, endpoint, lease, from)
        .map_err(|full| {
            warn!(%name, %endpoint, "refused: {full}");
            fault::application(binder::TOO_MANY_NAMES)
        })?;
    let leased = lease.is_some();
    match &registered {
        Registered::New => info!(%name, %endpoint, leased, "registered"),
        Registered::InPlaceOf(before) => {
            warn!(%name, %endpoint, %before, leased, "registered, in place of another server");
        }
        Registered::HeldBy(holder) => {
            debug!(%name, %endpoint, %holder, "renewed, but another server holds the name");
        }
        Registered::Renewed => debug!(%name, %endpoint, leased, "renewed"),
    }
    Ok(registered)
}

/// Refuses names that could not be looked up, or not be distinguished from another on a screen.
fn check_name(arguments: &Arguments, name: &str) -> Result<(), Fault> {
    let length = name.chars().count();
    if !(1..=LONGEST_NAME).contains(&length) {
        let came = format!("{length} characters");
        return Err(arguments.refuse(0, "a name of 1 to 255 characters", &came));
    }
    match name.chars().find(|&character| is_deceptive(character)) {
        None => Ok(()),
        Some(character) => Err(arguments.refuse(
            0,
            "a name without control characters",
            &format!("one with U+{:04X}", u32::from(character)),
        )),
    }
}

/// The address at `position` and the port after it.
fn endpoint(arguments: &Arguments, position: usize) -> Result<Endpoint, Fault> {
    let address = arguments.text(position)?;
    let length = address.chars().count();
    if !(1..=LONGEST_ADDRESS).contains(&length) {
        return Err(arguments.refuse(
            position,
            "a host name or address of 1 to 255 characters",
            &format!("{length} characters"),
        ));
    }
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
