//! The binder's procedures: from calls to the directory and back.

mod in_etcd;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::binder::{self, Endpoint, Listed};
use protocol::characters::is_deceptive;
use protocol::fault;
use rpc::{Answer, Arguments, Connection, Methods};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::directory::{Directory, Lease, Registered};
use crate::shared::SharedNames;

/// The longest address that is registered: no host name is longer (RFC 1035).
const LONGEST_ADDRESS: usize = 255;

/// The longest name that is registered. Names are those of procedures and services.
const LONGEST_NAME: usize = 255;

/// The longest identity of a chat.
const LONGEST_GROUP: usize = 64;

/// The longest lease, a day: for a longer time a server registers without one.
const LONGEST_LEASE: i64 = 86_400;

/// The procedures of a binder with this directory, which is a copy of `shared` names if there are any.
pub(crate) fn methods(
    directory: &Arc<Mutex<Directory>>,
    shared: Option<&Arc<SharedNames>>,
) -> Methods {
    // The lock protects a map that is read and written in about a microsecond, with nothing slow in
    // between.
    let with = |procedure: fn(&Mutex<Directory>, &Arguments) -> Result<Answer, Fault>| {
        let directory = Arc::clone(directory);
        move |arguments: &Arguments| procedure(&directory, arguments)
    };
    let methods = Methods::new()
        .immediate(&binder::LOOKUP_PROCEDURE, with(lookup_procedure))
        .immediate(&binder::LIST_PROCEDURES, with(list_procedures));
    match shared {
        None => methods
            .immediate(&binder::REGISTER_PROCEDURE, with(register_procedure))
            .immediate(&binder::REGISTER_LEASE, with(register_lease))
            .immediate(&binder::UNREGISTER_PROCEDURE, with(unregister_procedure)),
        Some(shared) => in_etcd::with_changes(methods, directory, shared),
    }
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
        .lookup(Instant::now(), name, caller(arguments.connection()))
        .map_or(Value::Nil, Endpoint::to_value);
    let known = answer != Value::Nil;
    debug!(%name, known, "looked up");
    Ok(Answer::Value(answer))
}

/// The parameters of `register_lease`.
fn leased_names(arguments: &Arguments) -> Result<(Vec<String>, Endpoint, Lease), Fault> {
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
    };
    Ok((names, endpoint, lease))
}

fn register_lease(directory: &Mutex<Directory>, arguments: &Arguments) -> Result<Answer, Fault> {
    let (names, endpoint, lease) = leased_names(arguments)?;
    let mut directory = directory.lock();
    let from = arguments.connection().network();
    // All of them or none: a server is of no use when only a part of its names is found.
    let new = names.iter().map(String::as_str);
    if let Err(full) = directory.make_room(Instant::now(), new, from) {
        let count = names.len();
        warn!(%endpoint, count, "refused: {full}");
        return Err(fault::application(binder::TOO_MANY_NAMES));
    }
    let mut elsewhere = Vec::new();
    for name in names {
        if let Registered::Waits(_) | Registered::StillWaits(_) =
            register(&mut directory, &name, &endpoint, Some(&lease), from)?
        {
            elsewhere.push(name);
        }
    }
    Ok(Answer::texts(elsewhere))
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

fn list_procedures(directory: &Mutex<Directory>, arguments: &Arguments) -> Result<Answer, Fault> {
    let name = arguments.optional_text(0)?;
    let listed = directory.lock().list(Instant::now(), name);
    Ok(Answer::Value(Value::Array(
        listed.iter().map(Listed::to_value).collect(),
    )))
}

/// Registers one name and logs what is worth knowing about it.
fn register(
    directory: &mut Directory,
    name: &str,
    endpoint: &Endpoint,
    lease: Option<&Lease>,
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
        Registered::Waits(holder) => {
            warn!(%name, %endpoint, %holder, "registered, but a server of another chat holds the name");
        }
        Registered::StillWaits(holder) => {
            debug!(%name, %endpoint, %holder, "renewed, but another server holds the name");
        }
        Registered::Renewed => debug!(%name, %endpoint, leased, "renewed"),
    }
    Ok(registered)
}

fn check_name(arguments: &Arguments, name: &str) -> Result<(), Fault> {
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
fn endpoint(arguments: &Arguments, position: usize) -> Result<Endpoint, Fault> {
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
    let seconds = arguments.optional_integer(5)?.unwrap_or(0);
    u64::try_from(seconds)
        .map(Duration::from_secs)
        .map_err(|_| arguments.refuse(5, "seconds from 0", &seconds.to_string()))
}

/// What distinguishes the caller from others. Our client says in its `User-Agent` which process it is,
/// because it opens a connection for each call. Any other caller is its connection.
fn caller(connection: &Connection) -> u64 {
    let mut hasher = DefaultHasher::new();
    match connection.agent() {
        Some(agent) if agent.contains("(client ") => (connection.peer(), agent).hash(&mut hasher),
        _ => connection.peer_with_port().hash(&mut hasher),
    }
    hasher.finish()
}
