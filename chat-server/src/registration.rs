//! Keeping the server's procedures registered in the binder.
//!
//! Our binder takes a lease for all names at once, which is renewed well before it ends: a binder that
//! was restarted learns everything again by itself, and the names of a server that died are forgotten.
//!
//! A binder of the originals, or from another project, has no leases. It gets each name once and is left
//! alone then, as far as that goes: the server notices by connecting that such a binder was away, and
//! registers again. A restart that was too quick for that is found by looking one name up from time to
//! time. There, too, a later server keeps the names that it took over, as long as it can be reached.

mod binder;

use std::time::Duration;

use protocol::binder::Endpoint;
use rpc::{CallError, Observers};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use binder::{Binder, Failure, Lease, takes_connections};

/// How long the binder keeps the names without hearing from us.
const LEASE: Duration = Duration::from_secs(30);

/// How often the lease is renewed: two renewals may fail before it ends. A binder without leases is
/// given a thought as often, and a binder that refuses the names is asked as often whether it has changed
/// its mind.
const ROUND: Duration = Duration::from_secs(10);

/// In every how many rounds a binder without leases has to look a name up: every 30 s. It writes a line
/// for each call into the terminal of the person who started it.
const ROUNDS_BETWEEN_LOOK_UPS: u32 = 3;

/// How often it is tried whether a binder without leases is there at all. That costs it a connection and
/// no call, and a restart by hand takes longer.
const CONNECT_EVERY: Duration = Duration::from_secs(1);

/// How soon a binder that did not answer is asked again. Short, because until then no client finds the
/// server; one call a second is nothing to a binder.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What is registered where.
#[derive(Clone)]
pub struct Registration {
    /// The binder.
    pub binder: Endpoint,
    /// The services, one for each dialect.
    pub services: Vec<Service>,
    /// Who watches the calls to the binder.
    pub observers: Observers,
    /// Set to true once the binder has all the names.
    pub registered: watch::Sender<bool>,
}

/// Names that are registered together.
#[derive(Clone, Debug)]
pub struct Service {
    /// The names.
    pub names: Vec<&'static str>,
    /// Where the binder sends clients that look one of them up.
    pub at: Endpoint,
}

/// How the binder takes names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Until the lease is over.
    Leased,
    /// For good, as an original binder does.
    ForGood,
}

/// Registers the names, keeps them registered, and takes them back when `stopping`.
pub async fn keep(registration: Registration, mut stopping: watch::Receiver<bool>) {
    let binder = match Binder::at(&registration.binder, registration.observers) {
        Ok(binder) => binder,
        Err(error) => {
            warn!(binder = %registration.binder, %error, "cannot register: nobody will find this server");
            return;
        }
    };
    let mut keeper = Keeper {
        address: registration.binder,
        binder,
        services: registration.services.into_iter().map(Kept::new).collect(),
        how: None,
        is_stale: true,
        rounds: 0,
        trouble: None,
        registered: registration.registered,
    };
    loop {
        tokio::select! {
            () = keeper.round() => {}
            _ = stopping.wait_for(|stop| *stop) => break,
        }
    }
    if keeper.how.is_some() {
        keeper.unregister().await;
    }
}

/// A service with what is known of its names in the binder.
struct Kept {
    service: Service,
    /// The names that a binder without leases has not confirmed yet.
    missing: Vec<&'static str>,
    /// Whether another server has taken names over.
    is_taken_over: bool,
    /// That server, with a binder that does not watch over it.
    other: Option<Endpoint>,
}

impl Kept {
    fn new(service: Service) -> Self {
        Self {
            missing: service.names.clone(),
            service,
            is_taken_over: false,
            other: None,
        }
    }

    fn place(&self) -> String {
        self.service.at.to_string()
    }

    fn registers_all(&mut self) {
        self.missing.clone_from(&self.service.names);
    }

    /// Notes which names another server has taken over, and logs it when that begins.
    fn note_taken(&mut self, names: &[String], other: Option<Endpoint>, binder: &Endpoint) {
        if !self.is_taken_over && !names.is_empty() {
            warn!(%binder, ?names, "another server has taken these names over; clients are sent there");
        }
        self.is_taken_over = !names.is_empty();
        self.other = other;
    }

    fn log_registered(&self, how: How, binder: &Endpoint) {
        let Service { names, at } = &self.service;
        info!(%binder, %at, names = names.len(), ?how, "registered in the binder");
    }
}

/// What went wrong the last time. It is logged when it begins, not in every round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Silent,
    Refused,
}

struct Keeper {
    address: Endpoint,
    binder: Binder,
    services: Vec<Kept>,
    /// How the names were registered the last time, if they ever were.
    how: Option<How>,
    /// Whether a binder without leases may have forgotten the names.
    is_stale: bool,
    /// Rounds with a binder without leases.
    rounds: u32,
    trouble: Option<Trouble>,
    registered: watch::Sender<bool>,
}

impl Keeper {
    /// Makes sure that the names are registered, and waits until that is due again.
    async fn round(&mut self) {
        let outcome = if self.how == Some(How::ForGood) && !self.is_stale {
            self.look_after().await
        } else {
            self.register().await
        };
        match outcome {
            Ok(()) => {
                self.trouble = None;
                self.is_stale = false;
                self.registered.send_replace(true);
                self.rest().await;
            }
            Err(failure) => {
                self.is_stale = true;
                let is_away = matches!(failure, Failure::Silent(CallError::Unreachable { .. }));
                if is_away && self.how.is_none() {
                    // It may have been restarted in the middle of the names. A later look-up finds out.
                    self.services.iter_mut().for_each(Kept::registers_all);
                }
                let pause = self.log(&failure);
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Logs a failure, and says how long to wait for the next attempt.
    fn log(&mut self, failure: &Failure) -> Duration {
        let binder = &self.address;
        let (trouble, error, pause) = match failure {
            Failure::Silent(error) => (Trouble::Silent, error, RETRY_AFTER),
            Failure::Refused(error) => (Trouble::Refused, error, ROUND),
        };
        let at: Vec<String> = self.services.iter().map(Kept::place).collect();
        let at = at.join(", ");
        match trouble {
            same if self.trouble == Some(same) => debug!(%binder, %error, "still not registered"),
            Trouble::Silent => {
                warn!(%binder, %at, %error, "the binder does not answer; serving all the same, and trying until it does");
            }
            Trouble::Refused => {
                warn!(%binder, %at, %error, "the binder does not register this server; serving all the same, and trying again");
            }
        }
        self.trouble = Some(trouble);
        pause
    }

    /// Waits for the next round, which is due at once when a binder without leases is not there.
    async fn rest(&mut self) {
        if self.how != Some(How::ForGood) {
            tokio::time::sleep(ROUND).await;
            return;
        }
        let end = Instant::now() + ROUND;
        while Instant::now() < end {
            tokio::time::sleep(CONNECT_EVERY).await;
            if !self.binder.is_there().await {
                self.is_stale = true;
                return;
            }
        }
    }

    /// Registers all names, by a lease if the binder has leases.
    async fn register(&mut self) -> Result<(), Failure> {
        for kept in &mut self.services {
            let Service { names, at } = &kept.service;
            match self.binder.lease(names, at, LEASE).await? {
                Lease::Taken { elsewhere } => {
                    if self.trouble.is_some() || self.how != Some(How::Leased) {
                        kept.log_registered(How::Leased, &self.address);
                    }
                    kept.note_taken(&elsewhere, None, &self.address);
                    kept.missing.clear();
                }
                Lease::Unknown => return self.register_for_good().await,
            }
        }
        self.how = Some(How::Leased);
        Ok(())
    }

    /// Registers the names one by one, where that is to be done.
    ///
    /// One name stands for all of a service: they are registered together. When they were registered
    /// before and lead to another server now, that one was started later. It keeps them as long as it can
    /// be reached; taking them back would only make it do the same. A server that has just been started
    /// does not look, it takes them.
    async fn register_for_good(&mut self) -> Result<(), Failure> {
        let mut known = None;
        for kept in &mut self.services {
            let Some(first) = kept.service.names.first() else {
                continue;
            };
            if self.how.is_some() {
                match self.binder.look_up(first).await? {
                    Some(found) if found == kept.service.at => {
                        kept.note_taken(&[], None, &self.address);
                        if kept.missing.is_empty() {
                            if self.trouble.is_some() {
                                kept.log_registered(How::ForGood, &self.address);
                            }
                            continue;
                        }
                    }
                    Some(other) if takes_connections(&other).await => {
                        let names = kept.service.names.iter().map(ToString::to_string);
                        let names: Vec<String> = names.collect();
                        kept.note_taken(&names, Some(other), &self.address);
                        kept.missing.clear();
                        continue;
                    }
                    _ => kept.registers_all(),
                }
            }
            while let Some(name) = kept.missing.first() {
                let at = &kept.service.at;
                self.binder.register(name, at, &mut known).await?;
                kept.missing.remove(0);
            }
            kept.note_taken(&[], None, &self.address);
            kept.log_registered(How::ForGood, &self.address);
        }
        self.how = Some(How::ForGood);
        Ok(())
    }

    /// Registers again what a binder without leases has forgotten, or what a server has left behind that
    /// had taken the names over.
    async fn look_after(&mut self) -> Result<(), Failure> {
        for kept in &self.services {
            if let Some(other) = &kept.other
                && !takes_connections(other).await
            {
                return self.register().await;
            }
        }
        self.rounds = self.rounds.wrapping_add(1);
        if !self.rounds.is_multiple_of(ROUNDS_BETWEEN_LOOK_UPS) {
            return Ok(());
        }
        // The services take turns: a binder that was restarted has forgotten all of them.
        self.services.rotate_left(1);
        let Some(kept) = self.services.last() else {
            return Ok(());
        };
        let Some(first) = kept.service.names.first() else {
            return Ok(());
        };
        let expected = kept.other.as_ref().unwrap_or(&kept.service.at);
        if self.binder.look_up(first).await?.as_ref() == Some(expected) {
            return Ok(());
        }
        self.register().await
    }

    /// Takes the names back, as far as the binder can do that.
    async fn unregister(&self) {
        for Kept { service, .. } in &self.services {
            for name in &service.names {
                if let Err(error) = self.binder.unregister(name, &service.at).await {
                    // An original binder cannot, and one that does not answer has nothing to take back.
                    debug!(%name, %error, "not unregistered");
                    return;
                }
            }
        }
        info!(binder = %self.address, "unregistered");
    }
}
