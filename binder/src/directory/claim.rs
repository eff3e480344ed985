//! A server's claim to a name.

use std::net::IpAddr;
use std::time::Duration;

use protocol::binder::{Endpoint, Listed};
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrant {
    /// A program at this address.
    At(IpAddr),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Where it says it is.
    pub endpoint: Endpoint,
    pub from: Registrant,
}

/// For how long a server registers, and with which others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// How long the names are kept without a renewal.
    pub time: Duration,
    /// The chat that the server serves, if it shares it with other servers.
    pub group: Option<String>,
    /// How long the server says it has held the names.
    pub held: Duration,
    /// For how long the chat of the server may have been out of date.
    pub behind: Option<Duration>,
}

/// Who holds a name after a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The caller does, as before.
    Renewed,
    /// The caller does, and no server of another chat did before.
    New,
    /// The caller does, in place of another.
    InPlaceOf(Endpoint),
    /// Another does. The caller waits in line from now on.
    Waits(Endpoint),
    /// Another does. The caller waited in line before.
    StillWaits(Endpoint),
    /// Another does. The caller is not registered, because as many servers as may be are in line already.
    LineFull(Endpoint),
}

/// A claim that is kept in etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SharedClaim {
    pub(crate) endpoint: Endpoint,
    pub(crate) group: Option<String>,
    pub(crate) rank: i64,
    /// The time of its lease; `None` is without one.
    pub(crate) lease: Option<Duration>,
    /// The address of the caller that registered it; `None` where an earlier version has put it there.
    pub(crate) from: Option<IpAddr>,
    /// Since when the chat of the server may be out of date.
    pub(crate) behind_since: Option<Instant>,
}

/// One server's claim to a name.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) endpoint: Endpoint,
    /// Who made it last.
    pub(super) from: Registrant,
    pub(super) group: Option<String>,
    pub(super) since: Instant,
    /// The place in line: microseconds since the directory began. It is earlier than the registration where a
    /// server held the name before.
    pub(super) rank: i64,
    pub(super) term: Term,
    /// Since when the chat of the server may be out of date.
    pub(super) behind_since: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Permanent,
    Until(Instant),
    /// With a lease of this time in etcd, which removes the claim.
    InEtcd(Duration),
}

impl Claim {
    pub(super) fn is_live(&self, now: Instant) -> bool {
        match self.term {
            Term::Permanent | Term::InEtcd(_) => true,
            Term::Until(until) => now < until,
        }
    }

    /// Whether both are servers of one chat.
    pub(super) fn shares_with(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint || (self.group.is_some() && self.group == other.group)
    }

    pub(super) fn registration(&self) -> Registration {
        Registration {
            endpoint: self.endpoint.clone(),
            from: self.from,
        }
    }

    pub(super) fn list(&self, now: Instant, name: &str, waits: bool) -> Listed {
        let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        Listed {
            name: name.to_owned(),
            endpoint: self.endpoint.clone(),
            age: seconds(now.saturating_duration_since(self.since)),
            lease: match self.term {
                Term::Permanent => None,
                Term::Until(until) => Some(seconds(until.saturating_duration_since(now))),
                // Only etcd knows how much of the lease is left.
                Term::InEtcd(time) => Some(seconds(time)),
            },
            built_in: false,
            group: self.group.clone(),
            // The protocol's word for a server that waits.
            displaced: waits,
            stale: None,
            behind: self
                .behind_since
                .map(|since| seconds(now.saturating_duration_since(since))),
            proxied_at: None,
        }
    }
}
