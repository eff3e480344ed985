//! The binder's procedures: from calls to the directory and back.

mod caller;
mod in_etcd;
mod parameters;
mod proxied;

use std::net::IpAddr;
use std::sync::Arc;

use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::binder::{self, Endpoint, Listed};
use protocol::fault;
use rpc::{Answer, Arguments, Methods};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::directory::{Directory, Lease, Registered};
use crate::proxy::Proxy;
use crate::shared::SharedNames;
use caller::{caller_address, caller_identity};
use parameters::{check_name, endpoint, leased_names};

/// The procedures of a binder with this directory, which is a copy of `shared` names if there are any. Look-ups
/// are answered by the `proxy`, if there is one.
pub(crate) fn methods(
    directory: &Arc<Mutex<Directory>>,
    shared: Option<&Arc<SharedNames>>,
    proxy: Option<&Arc<Proxy>>,
) -> Methods {
    // The lock protects a map that is read and written in about a microsecond, with nothing slow in
    // between.
    let with = |procedure: fn(&Mutex<Directory>, &Arguments) -> Result<Answer, Fault>| {
        let directory = Arc::clone(directory);
        move |arguments: &Arguments| procedure(&directory, arguments)
    };
    let methods = match proxy {
        None => Methods::new()
            .immediate(&binder::LOOKUP_PROCEDURE, with(lookup_procedure))
            .immediate(&binder::LIST_PROCEDURES, with(list_procedures)),
        Some(proxy) => proxied::questions(directory, proxy),
    };
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
    let from = caller_address(arguments);
    register(&mut directory.lock(), name, &endpoint, None, from)?;
    Ok(Answer::text(binder::registered(name)))
}

fn lookup_procedure(directory: &Mutex<Directory>, arguments: &Arguments) -> Result<Answer, Fault> {
    let name = arguments.text(0)?;
    let answer = directory
        .lock()
        .lookup(
            Instant::now(),
            name,
            caller_identity(arguments.connection()),
        )
        .map_or(Value::Nil, Endpoint::to_value);
    let known = answer != Value::Nil;
    debug!(%name, known, "looked up");
    Ok(Answer::Value(answer))
}

fn register_lease(directory: &Mutex<Directory>, arguments: &Arguments) -> Result<Answer, Fault> {
    let (names, endpoint, lease) = leased_names(arguments)?;
    let mut directory = directory.lock();
    let from = caller_address(arguments);
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
