//! The binder's procedures: from calls to the directory and back.

use std::sync::Arc;

use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::binder::{self, Endpoint};
use rpc::{Answer, Arguments, Methods};
use tracing::info;

use crate::directory::Directory;

/// The longest address that is registered: no host name is longer (RFC 1035).
const LONGEST_ADDRESS: usize = 255;

/// The procedures of a binder with this directory.
#[must_use]
pub fn methods(directory: &Arc<Mutex<Directory>>) -> Methods {
    // The lock protects a map that is read and written in well under a microsecond, with nothing
    // slow in between.
    let registering = Arc::clone(directory);
    let looking_up = Arc::clone(directory);
    Methods::new()
        .immediate(&binder::REGISTER_PROCEDURE, move |arguments| {
            register(&registering, arguments)
        })
        .immediate(&binder::LOOKUP_PROCEDURE, move |arguments| {
            let name = arguments.text(0)?;
            let answer = looking_up
                .lock()
                .lookup(name)
                .map_or(Value::Nil, Endpoint::to_value);
            Ok(Answer::Value(answer))
        })
}

fn register(directory: &Mutex<Directory>, arguments: &Arguments) -> Result<Answer, Fault> {
    let name = arguments.text(0)?;
    let endpoint = endpoint(arguments, 1)?;
    let before = directory.lock().register(name, endpoint.clone());
    match before {
        Some(before) if before != endpoint => {
            info!(%name, %endpoint, %before, "registered, in place of another");
        }
        _ => info!(%name, %endpoint, "registered"),
    }
    Ok(Answer::text(binder::registered(name)))
}

/// The address at `position` and the port after it.
fn endpoint(arguments: &Arguments, position: usize) -> Result<Endpoint, Fault> {
    let address = arguments.text(position)?;
    if address.is_empty() || address.len() > LONGEST_ADDRESS {
        return Err(arguments.refuse(
            position,
            "a host name or address of 1 to 255 characters",
            &format!("{} characters", address.chars().count()),
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
