//! The procedures that change names which several binders share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dxr::{Fault, Value};
use parking_lot::Mutex;
use protocol::binder::{self, Endpoint};
use protocol::fault;
use rpc::{Answer, Arguments, Methods};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::caller::caller_address;
use super::parameters::{check_name, endpoint, leased_names};
use crate::directory::{Directory, Lease};
use crate::shared::{NotRegistered, SharedNames};

pub(super) fn with_changes(
    methods: Methods,
    directory: &Arc<Mutex<Directory>>,
    shared: &Arc<SharedNames>,
) -> Methods {
    let changes = Changes {
        directory: Arc::clone(directory),
        shared: Arc::clone(shared),
        failing: Arc::default(),
    };
    let (registers, leases, unregisters) = (changes.clone(), changes.clone(), changes);
    methods
        .waiting(&binder::REGISTER_PROCEDURE, move |arguments| {
            let changes = registers.clone();
            Box::pin(async move { changes.register_procedure(&arguments).await })
        })
        .waiting(&binder::REGISTER_LEASE, move |arguments| {
            let changes = leases.clone();
            Box::pin(async move { changes.register_lease(&arguments).await })
        })
        .waiting(&binder::UNREGISTER_PROCEDURE, move |arguments| {
            let changes = unregisters.clone();
            Box::pin(async move { changes.unregister_procedure(&arguments).await })
        })
}

#[derive(Clone)]
struct Changes {
    directory: Arc<Mutex<Directory>>,
    shared: Arc<SharedNames>,
    failing: Arc<Mutex<Failing>>,
}

impl Changes {
    async fn register_procedure(&self, arguments: &Arguments) -> Result<Answer, Fault> {
        let name = arguments.text(0)?.to_owned();
        check_name(arguments, &name)?;
        let endpoint = endpoint(arguments, 1)?;
        let from = caller_address(arguments);
        self.register(std::slice::from_ref(&name), &endpoint, None, from)
            .await?;
        info!(%name, %endpoint, "registered");
        Ok(Answer::text(binder::registered(&name)))
    }

    async fn register_lease(&self, arguments: &Arguments) -> Result<Answer, Fault> {
        let (names, endpoint, lease) = leased_names(arguments)?;
        let from = caller_address(arguments);
        self.register(&names, &endpoint, Some(&lease), from).await?;
        let (directory, now) = (self.directory.lock(), Instant::now());
        let elsewhere = names
            .into_iter()
            .filter(|name| !directory.holds(now, name, &endpoint));
        Ok(Answer::texts(elsewhere))
    }

    async fn register(
        &self,
        names: &[String],
        endpoint: &Endpoint,
        lease: Option<&Lease>,
        from: IpAddr,
    ) -> Result<(), Fault> {
        match self.shared.register(names, endpoint, lease, from).await {
            Ok(()) => self.note_accepted(endpoint),
            Err(NotRegistered::Full(full)) => {
                warn!(%endpoint, "refused: {full}");
                return Err(fault::application(binder::TOO_MANY_NAMES));
            }
            Err(NotRegistered::Etcd(error)) => return Err(self.not_taken(endpoint, &error)),
        }
        Ok(())
    }

    async fn unregister_procedure(&self, arguments: &Arguments) -> Result<Answer, Fault> {
        let name = arguments.text(0)?;
        let endpoint = endpoint(arguments, 1)?;
        let removed = self.shared.unregister(name, &endpoint).await;
        let removed = removed.map_err(|error| self.not_taken(&endpoint, &error))?;
        self.note_accepted(&endpoint);
        Ok(Answer::Value(Value::Boolean(removed)))
    }

    /// The fault for a server whose names etcd does not take. Servers try again every few seconds, so it is logged
    /// when it begins, and when an etcd that was not reached refuses them.
    fn not_taken(&self, endpoint: &Endpoint, error: &etcd::Error) -> Fault {
        if self.failing.lock().begins(Instant::now(), endpoint, error) {
            warn!(%endpoint, %error, "etcd does not take the names of this server, which may try again");
        } else {
            debug!(%endpoint, %error, "etcd still does not take the names of this server");
        }
        fault::application(match error {
            etcd::Error::NoSpace => binder::ETCD_FULL,
            _ => binder::CUT_OFF,
        })
    }

    fn note_accepted(&self, endpoint: &Endpoint) {
        if self.failing.lock().ends(endpoint) {
            info!(%endpoint, "etcd takes the names of this server again");
        }
    }
}

/// How many servers are known to fail at most.
const MOST_FAILING: usize = 1_000;

/// A server that has not tried for so long does not try any more.
const TRIES_WITHIN: Duration = Duration::from_secs(60);

/// The servers whose names etcd does not take.
#[derive(Debug, Default)]
struct Failing(HashMap<Endpoint, Failure>);

#[derive(Debug)]
struct Failure {
    /// When the server tried last.
    at: Instant,
    /// Whether etcd was reached and refused the names.
    is_refusal: bool,
}

impl Failing {
    /// Notes a failure, and returns whether it is to be reported.
    fn begins(&mut self, now: Instant, endpoint: &Endpoint, error: &etcd::Error) -> bool {
        self.0.retain(|_, failure| now - failure.at < TRIES_WITHIN);
        if self.0.len() >= MOST_FAILING && !self.0.contains_key(endpoint) {
            return false;
        }
        let is_refusal = !matches!(error, etcd::Error::Unreachable(_) | etcd::Error::Unknown(_));
        let failure = Failure {
            at: now,
            is_refusal,
        };
        let last = self.0.insert(endpoint.clone(), failure);
        last.is_none_or(|last| is_refusal && !last.is_refusal)
    }

    /// Notes a success, and returns whether it is to be reported.
    fn ends(&mut self, endpoint: &Endpoint) -> bool {
        self.0.remove(endpoint).is_some()
    }
}
