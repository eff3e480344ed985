//! Keeping the names in one binder.

use std::time::Duration;

use protocol::binder::Endpoint;
use rpc::CallError;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::binder::{Binder, Failure, Lease, Presence, presence};
use super::found_in::OfOneBinder;
use super::kept::{How, Kept};
use super::pace::Pace;
use super::services::{Registration, Service, Sharing};

/// In every how many rounds a binder without leases has to look a name up: every 30 s. It writes a line
/// for each call into the terminal of the person who started it.
const ROUNDS_BETWEEN_LOOK_UPS: u32 = 3;

/// How often it is tried whether a binder without leases is there at all. That costs it a connection and
/// no call, and a restart by hand takes longer.
const CONNECT_EVERY: Duration = Duration::from_secs(1);

/// What went wrong the last time. It is logged when it begins, not in every round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Silent,
    Refused,
}

/// What a round has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Registered,
    GivenBack,
}

pub(super) struct Keeper {
    address: Endpoint,
    binder: Binder,
    services: Vec<Kept>,
    sharing: Option<Sharing>,
    pace: Pace,
    /// When the binder was called the last time.
    last_attempt: Option<Instant>,
    /// How the names were registered the last time, if they ever were.
    how: Option<How>,
    /// Whether the names are to be registered again, because an attempt failed, or a binder without leases may have
    /// forgotten them.
    must_register_again: bool,
    /// Rounds with a binder without leases.
    rounds: u32,
    trouble: Option<Trouble>,
    registered: watch::Sender<bool>,
    found: OfOneBinder,
}

impl Keeper {
    /// A keeper for this binder; `None` when it cannot be called.
    pub(super) fn new(address: &Endpoint, registration: &Registration) -> Option<Self> {
        let Registration {
            services,
            sharing,
            observers,
            registered,
            found_in,
            ..
        } = registration.clone();
        let pace = match sharing {
            None => Pace::ALONE,
            Some(_) => Pace::SHARING,
        };
        let caller = &services.first()?.at;
        let binder = Binder::at(address, caller, pace.timeout, observers)
            .inspect_err(|error| {
                warn!(binder = %address, %error, "cannot register: nobody will find this server");
            })
            .ok()?;
        Some(Self {
            address: address.clone(),
            binder,
            services: services.into_iter().map(Kept::new).collect(),
            sharing,
            pace,
            last_attempt: None,
            how: None,
            must_register_again: true,
            rounds: 0,
            trouble: None,
            registered,
            found: OfOneBinder::in_count(found_in),
        })
    }

    /// Keeps the names registered, and takes them back when `stopping`.
    pub(super) async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        tokio::select! {
            () = self.keep() => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
        self.give_back().await;
    }

    async fn keep(&mut self) {
        let Some(Sharing { behind_since, .. }) = &self.sharing else {
            loop {
                let pause = self.round().await;
                self.rest(pause).await;
            }
        };
        let mut behind_since = behind_since.clone();
        loop {
            let is_behind = behind_since.borrow_and_update().is_some();
            // A binder without leases cannot be told that we are behind and would go on sending clients here: take the
            // names back.
            if is_behind && self.how != Some(How::Leased) {
                self.give_back().await;
                if behind_since.wait_for(Option::is_none).await.is_err() {
                    return;
                }
                continue;
            }
            // A call is not interrupted: the binder could carry it out after the names were given back.
            let pause = self.round().await;
            tokio::select! {
                () = self.rest(pause) => {}
                changed = behind_since.wait_for(|since| since.is_some() != is_behind) => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }

    async fn give_back(&mut self) {
        if self.how.take().is_some() {
            self.unregister().await;
        }
        self.must_register_again = true;
        self.services.iter_mut().for_each(Kept::forget_hold);
        self.registered.send_replace(false);
        self.found.set(false);
    }

    /// Makes sure that the names are registered, and says how long to wait after a failure.
    async fn round(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let last_attempt = self.last_attempt.replace(now);
        if last_attempt.is_some_and(|last| now - last >= self.pace.lease) {
            // This process was stopped (SIGSTOP) for so long that the lease is over.
            self.services.iter_mut().for_each(Kept::forget_hold);
        }
        let outcome = if self.how == Some(How::Permanent) && !self.must_register_again {
            self.look_after().await
        } else {
            self.register().await
        };
        match outcome {
            Ok(Outcome::GivenBack) => None,
            Ok(Outcome::Registered) => {
                self.trouble = None;
                self.must_register_again = false;
                self.registered.send_replace(true);
                self.found.set(self.services.iter().all(Kept::is_held));
                None
            }
            Err(failure) => {
                self.must_register_again = true;
                self.found.set(false);
                let is_away = matches!(failure, Failure::Silent(CallError::Unreachable { .. }));
                if is_away && self.how.is_none() {
                    // It may have been restarted in the middle of the names. A later look-up finds out.
                    self.services.iter_mut().for_each(Kept::mark_all_missing);
                }
                Some(self.log(&failure))
            }
        }
    }

    /// Logs a failure, and says how long to wait for the next attempt.
    fn log(&mut self, failure: &Failure) -> Duration {
        let binder = &self.address;
        let (trouble, error, pause) = match failure {
            Failure::Silent(error) => (Trouble::Silent, error, self.pace.retry),
            Failure::Refused(error) => (Trouble::Refused, error, self.pace.round),
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

    /// Waits for the next round: after the `pause` of a failure, and at once when a binder without leases is not
    /// there.
    async fn rest(&mut self, pause: Option<Duration>) {
        if pause.is_some() || self.how != Some(How::Permanent) {
            tokio::time::sleep(pause.unwrap_or(self.pace.round)).await;
            return;
        }
        let end = Instant::now() + self.pace.round;
        while Instant::now() < end {
            tokio::time::sleep(CONNECT_EVERY).await;
            if presence(&self.address).await != Presence::There {
                self.must_register_again = true;
                return;
            }
        }
    }

    /// Registers all names, by a lease if the binder has leases. Gives them back if it cannot be told that the server is
    /// behind.
    async fn register(&mut self) -> Result<Outcome, Failure> {
        let group = self.sharing.as_ref().map(|sharing| sharing.group.as_str());
        let behind = self.sharing.as_ref().and_then(Sharing::behind);
        for kept in &mut self.services {
            let Service { names, at } = &kept.service;
            let lease = self.pace.lease;
            let mut leased = self
                .binder
                .lease(names, at, lease, group, kept.held(), behind);
            let mut outcome = leased.await?;
            let mut other = None;
            if let Lease::Taken { elsewhere } = &outcome
                && let Some(first) = elsewhere.first()
            {
                other = self.binder.look_up(first).await?;
                if let Some(gone) = &other
                    && presence(gone).await == Presence::Refused
                {
                    // Nothing listens there any more. Until its lease is over no client would find a server.
                    warn!(binder = %self.address, %gone, "taking over the names of a server that is gone");
                    for name in elsewhere {
                        self.binder.unregister(name, gone).await?;
                    }
                    leased = self
                        .binder
                        .lease(names, at, lease, group, kept.held(), behind);
                    outcome = leased.await?;
                }
            }
            match outcome {
                Lease::Taken { elsewhere } => {
                    if self.trouble.is_some() || self.how != Some(How::Leased) {
                        kept.log_registered(How::Leased, &self.address);
                    }
                    if elsewhere.is_empty() {
                        kept.note_held(&self.address);
                    } else {
                        kept.note_displaced(&elsewhere, other.as_ref(), &self.address);
                    }
                    kept.missing.clear();
                }
                Lease::Unknown if behind.is_none() => return self.register_permanently().await,
                Lease::Unknown | Lease::NotWhileBehind => {
                    self.give_back().await;
                    return Ok(Outcome::GivenBack);
                }
            }
        }
        self.how = Some(How::Leased);
        Ok(Outcome::Registered)
    }

    /// Registers the names one by one, where that is to be done.
    ///
    /// One name stands for all of a service: they are registered together. When they were registered
    /// before and lead to another server now, that one was started later. It keeps them as long as it can
    /// be reached; taking them back would only make it do the same. A server that has just been started
    /// does not look, it takes them.
    async fn register_permanently(&mut self) -> Result<Outcome, Failure> {
        let mut known = None;
        for kept in &mut self.services {
            let Some(first) = kept.service.names.first() else {
                continue;
            };
            if self.how.is_some() {
                match self.binder.look_up(first).await? {
                    Some(found) if found == kept.service.at => {
                        kept.note_held(&self.address);
                        if kept.missing.is_empty() {
                            if self.trouble.is_some() {
                                kept.log_registered(How::Permanent, &self.address);
                            }
                            continue;
                        }
                    }
                    Some(other) if presence(&other).await == Presence::There => {
                        let names = kept.service.names.iter().map(ToString::to_string);
                        let names: Vec<String> = names.collect();
                        kept.note_displaced(&names, Some(&other), &self.address);
                        kept.other = Some(other);
                        kept.missing.clear();
                        continue;
                    }
                    _ => kept.mark_all_missing(),
                }
            }
            while let Some(name) = kept.missing.first() {
                let at = &kept.service.at;
                self.binder.register(name, at, &mut known).await?;
                kept.missing.remove(0);
            }
            kept.note_held(&self.address);
            kept.log_registered(How::Permanent, &self.address);
        }
        self.how = Some(How::Permanent);
        Ok(Outcome::Registered)
    }

    /// Registers again what a binder without leases has forgotten, or what a server has left behind that
    /// had taken the names over.
    async fn look_after(&mut self) -> Result<Outcome, Failure> {
        for kept in &self.services {
            if let Some(other) = &kept.other
                && presence(other).await != Presence::There
            {
                return self.register().await;
            }
        }
        self.rounds = self.rounds.wrapping_add(1);
        if !self.rounds.is_multiple_of(ROUNDS_BETWEEN_LOOK_UPS) {
            return Ok(Outcome::Registered);
        }
        // The services take turns: a binder that was restarted has forgotten all of them.
        self.services.rotate_left(1);
        let Some(kept) = self.services.last() else {
            return Ok(Outcome::Registered);
        };
        let Some(first) = kept.service.names.first() else {
            return Ok(Outcome::Registered);
        };
        let expected = kept.other.as_ref().unwrap_or(&kept.service.at);
        if self.binder.look_up(first).await?.as_ref() == Some(expected) {
            return Ok(Outcome::Registered);
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
