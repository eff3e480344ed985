//! A service with what is known of its names in one binder.

use std::time::Duration;

use protocol::binder::Endpoint;
use tokio::time::Instant;
use tracing::{info, warn};

use super::services::Service;

/// How often a server says that no client finds it.
const REPORTED_EVERY: Duration = Duration::from_secs(60);

/// How the binder takes names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Until the lease is over.
    Leased,
    /// Permanently, as an original binder does.
    Permanent,
}

/// A service with what is known of its names in the binder.
pub(super) struct Kept {
    pub(super) service: Service,
    /// The names that a binder without leases has not confirmed yet.
    pub(super) missing: Vec<&'static str>,
    /// When it was last logged that another server has the names; `None` while this one has them.
    displaced: Option<Instant>,
    /// That server, with a binder that does not watch over it.
    pub(super) other: Option<Endpoint>,
    /// Since when the binder has had the names here without interruption.
    held_since: Option<Instant>,
}

impl Kept {
    pub(super) fn new(service: Service) -> Self {
        Self {
            missing: service.names.clone(),
            service,
            displaced: None,
            other: None,
            held_since: None,
        }
    }

    pub(super) fn place(&self) -> String {
        self.service.at.to_string()
    }

    /// A binder without leases has none of the names.
    pub(super) fn mark_all_missing(&mut self) {
        self.missing.clone_from(&self.service.names);
    }

    /// How long the names have been held. Rounded up, so that a holder is before one that holds nothing.
    pub(super) fn held(&self) -> Duration {
        let held = self.held_since.map(|since| since.elapsed());
        held.map_or(Duration::ZERO, |held| {
            Duration::from_secs(held.as_secs() + 1)
        })
    }

    /// Whether the binder has sent clients here since the names were last looked after.
    pub(super) const fn is_held(&self) -> bool {
        self.held_since.is_some()
    }

    /// The names may be another server's by now.
    pub(super) const fn forget_hold(&mut self) {
        self.held_since = None;
    }

    /// Notes that this server has all the names.
    pub(super) fn note_held(&mut self, binder: &Endpoint) {
        if self.displaced.take().is_some() {
            let at = &self.service.at;
            info!(%binder, %at, "this server has its names back; clients find it again");
        }
        self.other = None;
        self.held_since.get_or_insert_with(Instant::now);
    }

    /// Notes that another server has these names, and logs it once a minute: nothing else shows that there are
    /// two chats.
    pub(super) fn note_displaced(
        &mut self,
        names: &[String],
        other: Option<&Endpoint>,
        binder: &Endpoint,
    ) {
        self.held_since = None;
        let is_due = self
            .displaced
            .is_none_or(|reported| reported.elapsed() >= REPORTED_EVERY);
        if is_due {
            self.displaced = Some(Instant::now());
            let (at, other) = (&self.service.at, other.map(ToString::to_string));
            warn!(
                %binder, %at, other, ?names,
                "THIS SERVER SERVES A CHAT OF ITS OWN THAT NO CLIENT FINDS: another server has its names"
            );
        }
    }

    pub(super) fn log_registered(&self, how: How, binder: &Endpoint) {
        let Service { names, at } = &self.service;
        info!(%binder, %at, names = names.len(), ?how, "registered in the binder");
    }
}
