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
    // Our clients name themselves in it.
    let methods = methods.with_agent();
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
        match register(&mut directory, &name, &endpoint, Some(&lease), from)? {
            Registered::Renewed | Registered::New | Registered::InPlaceOf(_) => {}
            Registered::Waits(_) | Registered::StillWaits(_) | Registered::LineFull(_) => {
                elsewhere.push(name);
            }
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
        Registered::LineFull(holder) => {
            warn!(%name, %endpoint, %holder, "not registered: too many servers wait for the name already");
        }
        Registered::Renewed => debug!(%name, %endpoint, leased, "renewed"),
    }
    Ok(registered)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    /// Collects what is logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).unwrap()
        }
    }

    /// What is logged when as many servers as this register one name with leases.
    fn logged(servers: u16) -> String {
        let log = Log::default();
        let kept = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || kept.clone())
            .with_ansi(false)
            .finish();
        let lease = Lease {
            time: Duration::from_secs(30),
            group: None,
            held: Duration::ZERO,
            behind: None,
        };
        tracing::subscriber::with_default(subscriber, || {
            let mut directory = Directory::new(10);
            for port in 1..=servers {
                let endpoint = Endpoint {
                    address: "host".to_owned(),
                    port,
                };
                let from = Ipv4Addr::LOCALHOST.into();
                register(&mut directory, "a", &endpoint, Some(&lease), from).unwrap();
            }
        });
        log.text()
    }

    #[test]
    fn a_server_for_which_the_line_is_full_is_logged_as_not_registered() {
        let most = logged(32);
        assert_eq!(
            most.matches("registered, but a server").count(),
            31,
            "{most}"
        );
        assert!(!most.contains("not registered"), "{most}");
        let more = logged(33);
        assert_eq!(
            more.matches("not registered: too many").count(),
            1,
            "{more}"
        );
    }
}
