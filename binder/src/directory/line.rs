//! The claims of servers to one name.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;
use std::time::Duration;

use protocol::binder::{Endpoint, Listed};
use tokio::time::Instant;

use super::claim::{Claim, Lease, Registered, Registrant, SharedClaim, Term};

/// How many servers share or wait for one name. A bound is needed, because any program may register.
const LONGEST_LINE: usize = 32;

/// The claims to a name, by rank, those of a group side by side; last the permanent one, which holds the name.
#[derive(Debug)]
pub(super) struct Line {
    claims: Vec<Claim>,
    /// The address that has this place in the directory: the first that registered the name. It is not known
    /// where an earlier version has put the name into etcd.
    pub(super) from: Option<IpAddr>,
    /// When the first of the present claims was made to a name that had none.
    began: Instant,
}

/// A claim with its place in line.
pub(super) struct Placed<'a> {
    pub(super) claim: &'a Claim,
    /// Whether it holds the name, alone or with others. If not, it waits.
    pub(super) holds: bool,
}

impl Line {
    pub(super) const fn new(now: Instant, from: Option<IpAddr>) -> Self {
        Self {
            claims: Vec::new(),
            from,
            began: now,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }

    /// The claim that holds the name, together with those that share with it.
    fn holder(&self, now: Instant) -> Option<&Claim> {
        let mut live = self.claims.iter().filter(|claim| claim.is_live(now));
        let last = live.clone().next_back()?;
        match last.term {
            Term::Permanent => Some(last),
            Term::Until(_) | Term::InEtcd(_) => live.next(),
        }
    }

    pub(super) fn claims(&self, now: Instant) -> impl Iterator<Item = Placed<'_>> {
        let holder = self.holder(now);
        self.claims
            .iter()
            .filter(move |claim| claim.is_live(now))
            .map(move |claim| Placed {
                claim,
                holds: holder.is_some_and(|holder| holder.shares_with(claim)),
            })
    }

    /// The holder for this caller: a server whose chat is out of date only if there is no other. A server that comes
    /// or goes changes it for as few callers as possible (rendezvous hashing).
    ///
    /// Every binder chooses the same if it sees the same caller, as it does of our client; of others the port of the
    /// connection is a part (`procedures/caller.rs`). It also takes binders whose [`DefaultHasher`] is the same, which
    /// Rust does not promise from one version to the next.
    pub(super) fn chosen(&self, now: Instant, caller: u64) -> Option<&Claim> {
        let weight = |claim: &Claim| {
            let mut hasher = DefaultHasher::new();
            (caller, &claim.endpoint.address, claim.endpoint.port).hash(&mut hasher);
            hasher.finish()
        };
        self.claims(now)
            .filter_map(|Placed { claim, holds }| holds.then_some(claim))
            .max_by_key(|claim| (claim.behind_since.is_none(), weight(claim)))
    }

    pub(super) fn list(&self, now: Instant, name: &str) -> Vec<Listed> {
        let mut listed: Vec<Listed> = self
            .claims(now)
            .map(|Placed { claim, holds }| claim.list(now, name, !holds))
            .collect();
        listed.sort_by_key(|listed| (listed.displaced, listed.behind.is_some()));
        listed
    }

    pub(super) fn register_permanently(
        &mut self,
        now: Instant,
        endpoint: &Endpoint,
        from: Registrant,
    ) -> Registered {
        self.drop_expired(now);
        let before = self.holder(now).map(|claim| claim.endpoint.clone());
        self.claims
            .retain(|claim| claim.endpoint != *endpoint && claim.term != Term::Permanent);
        self.claims.push(Claim {
            endpoint: endpoint.clone(),
            from,
            group: None,
            since: now,
            rank: i64::MAX,
            term: Term::Permanent,
            behind_since: None,
        });
        match before {
            None => Registered::New,
            Some(before) if before == *endpoint => Registered::Renewed,
            Some(before) => Registered::InPlaceOf(before),
        }
    }

    pub(super) fn lease(
        &mut self,
        now: Instant,
        endpoint: &Endpoint,
        lease: &Lease,
        from: Registrant,
        directory_began: Instant,
    ) -> Registered {
        self.drop_expired(now);
        let term = Term::Until(now + lease.time);
        let same = |claim: &&mut Claim| {
            claim.endpoint == *endpoint
                && claim.group == lease.group
                && claim.term != Term::Permanent
        };
        if let Some(claim) = self.claims.iter_mut().find(same) {
            claim.term = term;
            claim.behind_since = behind_since(now, lease);
            claim.from = from;
            return match self.holder(now) {
                Some(holder) if !self.shares(now, endpoint) => {
                    Registered::StillWaits(holder.endpoint.clone())
                }
                _ => Registered::Renewed,
            };
        }
        let before = self.holder(now).cloned();
        self.claims
            .retain(|claim| claim.endpoint != *endpoint && claim.term != Term::Permanent);
        if let Some(before) = before
            .as_ref()
            .filter(|_| self.claims.len() >= LONGEST_LINE)
        {
            return Registered::LineFull(before.endpoint.clone());
        }
        if self.claims.is_empty() {
            self.began = now;
        }
        let claim = Claim {
            endpoint: endpoint.clone(),
            from,
            group: lease.group.clone(),
            since: now,
            rank: self.rank(now, lease, directory_began),
            term,
            behind_since: behind_since(now, lease),
        };
        let place = self
            .claims
            .iter()
            .rposition(|other| other.shares_with(&claim))
            .map(|place| place + 1)
            .or_else(|| {
                let later = |other: &Claim| other.rank > claim.rank;
                self.claims.iter().position(later)
            })
            .unwrap_or(self.claims.len());
        self.claims.insert(place, claim);
        match (self.shares(now, endpoint), before) {
            (true, Some(before)) if before.endpoint == *endpoint => Registered::Renewed,
            (true, Some(before)) if !self.shares(now, &before.endpoint) => {
                Registered::InPlaceOf(before.endpoint)
            }
            (true, _) => Registered::New,
            (false, _) => match self.holder(now) {
                Some(holder) => Registered::Waits(holder.endpoint.clone()),
                None => Registered::New,
            },
        }
    }

    /// The rank of a new claim: that of its group, or the present.
    ///
    /// In the first lease of a line the binder believes how long a server says it has held the name: the binder
    /// was restarted, and the servers return in random order. Later it knows by itself that the server did
    /// not renew.
    fn rank(&self, now: Instant, lease: &Lease, directory_began: Instant) -> i64 {
        let of_group = lease
            .group
            .as_deref()
            .and_then(|group| self.rank_of_group(group));
        if let Some(rank) = of_group {
            return rank;
        }
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let is_early = now.saturating_duration_since(self.began) < lease.time;
        let held = if is_early { micros(lease.held) } else { 0 };
        micros(now.saturating_duration_since(directory_began)) - held
    }

    /// Takes over a claim from etcd, in place of one of the same server; a permanent one in place of another.
    pub(super) fn put(&mut self, now: Instant, claim: SharedClaim) {
        let SharedClaim {
            endpoint,
            from,
            group,
            rank,
            lease,
            behind_since,
        } = claim;
        let (term, rank) = match lease {
            Some(time) => (Term::InEtcd(time), rank),
            None => (Term::Permanent, i64::MAX),
        };
        let is_replaced = |other: &Claim| {
            other.endpoint == endpoint || (term == Term::Permanent && other.term == Term::Permanent)
        };
        let known = self.claims.iter().find(|other| other.endpoint == endpoint);
        let since = known.map_or(now, |known| known.since);
        self.claims.retain(|other| !is_replaced(other));
        let place = self.claims.partition_point(|other| other.rank <= rank);
        self.claims.insert(
            place,
            Claim {
                endpoint,
                from: from.map_or(Registrant::Unknown, Registrant::At),
                group,
                since,
                rank,
                term,
                behind_since,
            },
        );
    }

    pub(super) fn rank_of_group(&self, group: &str) -> Option<i64> {
        let of_group = |claim: &&Claim| claim.group.as_deref() == Some(group);
        self.claims.iter().find(of_group).map(|claim| claim.rank)
    }

    /// Whether the server at `endpoint` holds the name, alone or with others.
    pub(super) fn shares(&self, now: Instant, endpoint: &Endpoint) -> bool {
        self.claims(now)
            .any(|Placed { claim, holds }| holds && claim.endpoint == *endpoint)
    }

    /// Whether the server at `endpoint` is in line: it holds the name or waits for it.
    pub(super) fn has(&self, now: Instant, endpoint: &Endpoint) -> bool {
        let mut live = self.claims.iter().filter(|claim| claim.is_live(now));
        live.any(|claim| claim.endpoint == *endpoint)
    }

    /// Removes the claim at `endpoint`, and returns whether there was one.
    pub(super) fn remove(&mut self, now: Instant, endpoint: &Endpoint) -> bool {
        self.drop_expired(now);
        let before = self.claims.len();
        self.claims.retain(|claim| claim.endpoint != *endpoint);
        self.claims.len() < before
    }

    pub(super) fn remove_expired(&mut self, now: Instant) -> impl Iterator<Item = Claim> {
        self.claims.extract_if(.., move |claim| !claim.is_live(now))
    }

    fn drop_expired(&mut self, now: Instant) {
        self.claims.retain(|claim| claim.is_live(now));
    }
}

/// Since when the chat of a server may be out of date, by its own account.
fn behind_since(now: Instant, lease: &Lease) -> Option<Instant> {
    let behind = lease.behind?;
    Some(now.checked_sub(behind).unwrap_or(now))
}
