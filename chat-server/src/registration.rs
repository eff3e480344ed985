//! Keeping the server's procedures registered in the binder.
//!
//! Our binder takes a lease for all names at once, which is renewed well before it ends: a binder
//! that was restarted learns everything again by itself, and the names of a server that died are
//! forgotten. An original binder has no leases and is told each name, once. There, too, a later server
//! keeps the names that it took over, as long as it answers.

use std::time::Duration;

use dxr::{Fault, Value};
use protocol::binder::{self, Endpoint};
use protocol::fault;
use protocol::reading::strings;
use rpc::{CallError, Caller, Observers};
use tokio::sync::watch;
use tracing::{debug, info, warn};

/// How long the binder keeps the names without hearing from us.
const LEASE: Duration = Duration::from_secs(30);

/// How often the lease is renewed: two renewals may fail before it ends.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// How soon a binder that did not answer is asked again. Short, because until then nobody finds the
/// server; one call a second is nothing to a binder.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long the binder may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is registered where.
#[derive(Clone)]
pub struct Registration {
    /// The binder.
    pub binder: Endpoint,
    /// The names.
    pub names: Vec<&'static str>,
    /// Where the binder sends clients that look one of them up.
    pub at: Endpoint,
    /// Who watches the calls to the binder.
    pub observers: Observers,
}

/// How the binder takes names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Registered {
    /// Until the lease is over.
    Leased,
    /// For good, as an original binder does.
    ForGood,
}

/// Registers the names, keeps them registered, and takes them back when `stopping`.
pub async fn keep(registration: Registration, mut stopping: watch::Receiver<bool>) {
    let binder = match Caller::new(
        &registration.binder,
        PATIENCE,
        registration.observers.clone(),
    ) {
        Ok(binder) => binder,
        Err(error) => {
            warn!(binder = %registration.binder, %error, "cannot register: nobody will find this server");
            return;
        }
    };
    let mut told = Told::default();
    loop {
        let attempt = tokio::select! {
            attempt = registration.register(&binder, told.registered) => attempt,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        let pause = told.outcome(&registration, attempt);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stop| *stop) => break,
        }
    }
    if told.registered.is_some() {
        registration.unregister(&binder).await;
    }
}

/// What has been logged, so that a state is logged when it begins and not at every attempt.
#[derive(Debug, Default)]
struct Told {
    registered: Option<Registered>,
    failing: bool,
    taken_over: bool,
}

impl Told {
    /// Logs what is new in an attempt's outcome, and says how long to wait for the next.
    fn outcome(
        &mut self,
        registration: &Registration,
        attempt: Result<(Registered, Vec<String>), CallError>,
    ) -> Duration {
        let Registration { binder, at, .. } = registration;
        match attempt {
            Ok((registered, taken_over)) => {
                if self.failing || self.registered != Some(registered) {
                    let names = registration.names.len();
                    info!(%binder, %at, names, how = ?registered, "registered in the binder");
                }
                if !self.taken_over && !taken_over.is_empty() {
                    warn!(%binder, names = ?taken_over, "another server has taken these names over; clients are sent there");
                }
                self.taken_over = !taken_over.is_empty();
                self.registered = Some(registered);
                self.failing = false;
                RENEW_EVERY
            }
            Err(error) => {
                if self.failing {
                    debug!(%binder, %error, "still not registered");
                } else {
                    warn!(%binder, %at, %error, "the binder does not answer; serving all the same, and trying until it does");
                }
                self.failing = true;
                RETRY_AFTER
            }
        }
    }
}

impl Registration {
    /// How the names are registered, and which of them another server has taken over.
    async fn register(
        &self,
        binder: &Caller,
        before: Option<Registered>,
    ) -> Result<(Registered, Vec<String>), CallError> {
        match self.lease(binder).await {
            Ok(taken_over) => Ok((Registered::Leased, taken_over)),
            Err(CallError::Fault(refusal)) if knows_no_leases(&refusal) => {
                let taken_over = self.register_each(binder, before.is_some()).await?;
                Ok((Registered::ForGood, taken_over))
            }
            Err(error) => Err(error),
        }
    }

    /// The names that another server has taken over.
    async fn lease(&self, binder: &Caller) -> Result<Vec<String>, CallError> {
        let names = self
            .names
            .iter()
            .map(|name| Value::String((*name).to_owned()))
            .collect();
        let seconds = i32::try_from(LEASE.as_secs()).unwrap_or(i32::MAX);
        let mut parameters = vec![Value::Array(names)];
        parameters.extend(self.place());
        parameters.push(Value::Integer(seconds));
        let answer = binder.call(binder::REGISTER_LEASE.name, parameters).await?;
        strings(answer).map_err(|error| CallError::unexpected(binder.server(), &error))
    }

    /// Registers the names one by one, where that is to be done, and gives those that another server
    /// has taken over.
    ///
    /// An original binder that was restarted has forgotten them and says nothing, so they are looked
    /// up as often as a lease would be renewed. One name stands for all: they are registered together.
    /// When they were `registered_before` and lead to another server, that one was started later. It
    /// keeps them as long as it can be reached; taking them back would only make it do the same.
    async fn register_each(
        &self,
        binder: &Caller,
        registered_before: bool,
    ) -> Result<Vec<String>, CallError> {
        let Some(first) = self.names.first() else {
            return Ok(Vec::new());
        };
        let name = Value::String((*first).to_owned());
        let known = binder
            .call(binder::LOOKUP_PROCEDURE.name, vec![name])
            .await?;
        let known = Endpoint::from_lookup(known)
            .map_err(|error| CallError::unexpected(binder.server(), &error))?;
        match known {
            Some(known) if known == self.at => return Ok(Vec::new()),
            Some(other) if registered_before && self.is_reachable(&other).await => {
                return Ok(self.names.iter().map(|name| (*name).to_owned()).collect());
            }
            _ => {}
        }
        for name in &self.names {
            let mut parameters = vec![Value::String((*name).to_owned())];
            parameters.extend(self.place());
            binder
                .call(binder::REGISTER_PROCEDURE.name, parameters)
                .await?;
        }
        Ok(Vec::new())
    }

    /// Whether anything answers there, be it with a fault.
    async fn is_reachable(&self, server: &Endpoint) -> bool {
        let Ok(server) = Caller::new(server, PATIENCE, self.observers.clone()) else {
            return false;
        };
        let answer = server.call("system.listMethods", Vec::new()).await;
        !matches!(answer, Err(CallError::Unreachable { .. }))
    }

    /// Takes the names back, as far as the binder can do that.
    async fn unregister(&self, binder: &Caller) {
        for name in &self.names {
            let mut parameters = vec![Value::String((*name).to_owned())];
            parameters.extend(self.place());
            let outcome = binder
                .call(binder::UNREGISTER_PROCEDURE.name, parameters)
                .await;
            if let Err(error) = outcome {
                // An original binder cannot, and one that does not answer has nothing to take back.
                debug!(%name, %error, "not unregistered");
                return;
            }
        }
        info!(binder = %self.binder, "unregistered");
    }

    fn place(&self) -> [Value; 2] {
        [
            Value::String(self.at.address.clone()),
            Value::Integer(i32::from(self.at.port)),
        ]
    }
}

/// Whether a fault means that the binder has no such procedure: Python's server raises a plain
/// exception for an unknown method, others answer with the standard code. Our binder has it, and says
/// by the same code as an exception that it is full.
fn knows_no_leases(refusal: &Fault) -> bool {
    match refusal.code() {
        fault::NO_SUCH_METHOD => true,
        fault::APPLICATION => refusal.string() != binder::TOO_MANY_NAMES,
        _ => false,
    }
}
