//! How long names are kept in a binder, and how often they are renewed.

use std::time::Duration;

/// How long names are kept, and how often they are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// How long the binder keeps the names without hearing from us.
    pub(super) lease: Duration,
    /// How often the lease is renewed: two renewals may fail before it ends. A binder without leases is
    /// checked as often, and a binder that refuses the names is asked as often whether it accepts them now.
    pub(super) round: Duration,
    /// How long a binder may take to answer.
    pub(super) timeout: Duration,
    /// How soon a binder that did not answer is asked again. Short, because until then no client finds the
    /// server; a call or two a second are nothing to a binder.
    pub(super) retry: Duration,
}

impl Pace {
    pub(super) const ALONE: Self = Self {
        lease: Duration::from_secs(30),
        round: Duration::from_secs(10),
        timeout: Duration::from_secs(3),
        retry: Duration::from_secs(1),
    };

    /// Clients go on at another server, so a dead one must be forgotten soon. After a renewal that timed out
    /// there is time for another.
    pub(super) const SHARING: Self = Self {
        lease: Duration::from_secs(5),
        round: Duration::from_millis(1_500),
        timeout: Duration::from_secs(2),
        retry: Duration::from_millis(500),
    };
}
