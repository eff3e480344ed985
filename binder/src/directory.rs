//! What is registered: a name, where it lives, and for how long.
//!
//! A name has a line of claims. A server that registers it without a lease holds it at once, as with the original
//! binder. Of servers with leases the first one holds it while it renews; those that come later wait in line,
//! because they would serve another chat. Servers of one group serve the same chat and hold a name together.

mod claim;
mod line;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Bound;

use protocol::binder::{Endpoint, Listed};
use rpc::network;
use thiserror::Error;
use tokio::time::Instant;

pub(crate) use claim::SharedClaim;
use claim::{Claim, Term};
pub use claim::{Lease, Registered, Registrant, Registration};
use line::{Line, Placed};

/// Servers that are remembered after others took all of their names over.
const MOST_REPLACED: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Full {
    /// There are as many as there may be.
    #[error("the directory is full")]
    Directory,
    /// The caller's address has as many as one may have.
    #[error("this address has half of the directory; with --per-address off it may have all")]
    Share,
}

/// The names that servers registered, up to a number of them. A plain map: its users bring
/// the lock, and the time is handed in.
#[derive(Debug)]
pub struct Directory {
    names: BTreeMap<String, Line>,
    capacity: usize,
    /// How many names one address may have.
    share: usize,
    /// How many names each address has.
    taken: HashMap<IpAddr, usize>,
    /// How many more each address is registering in etcd.
    reserved: HashMap<IpAddr, usize>,
    /// The names that are answered while they are not registered.
    built_in: BTreeMap<String, Claim>,
    began: Instant,
    /// Servers whose names others have taken over, the latest last. Their clients still call them.
    replaced: VecDeque<Endpoint>,
    /// Since when the directory has been cut off from etcd, of which it is a copy.
    cut_off_since: Option<Instant>,
}

impl Directory {
    /// An empty directory for at most `capacity` names.
    pub fn new(capacity: usize) -> Self {
        Self {
            names: BTreeMap::new(),
            capacity,
            share: usize::MAX,
            taken: HashMap::new(),
            reserved: HashMap::new(),
            built_in: BTreeMap::new(),
            began: Instant::now(),
            replaced: VecDeque::new(),
            cut_off_since: None,
        }
    }

    /// The same directory, of which one address has at most a half: the rest stays for others.
    pub const fn shared_by_addresses(mut self) -> Self {
        self.share = self.capacity.div_ceil(2);
        self
    }

    /// The same directory with a built-in name, for a server that does not register itself. It never
    /// expires, any registration of the name takes precedence, and it is answered again when the last
    /// registration is gone.
    pub fn with_built_in(mut self, now: Instant, name: &str, endpoint: Endpoint) -> Self {
        let claim = Claim {
            endpoint,
            from: Registrant::At(Ipv4Addr::LOCALHOST.into()),
            group: None,
            since: now,
            rank: 0,
            term: Term::Permanent,
            behind_since: None,
        };
        self.built_in.insert(name.to_owned(), claim);
        self
    }

    /// Registers `name` as living at `endpoint`: permanently without a `lease`, else until the lease is
    /// over. The caller is at the address `from`. A new name is refused when there is no room for it.
    pub fn register(
        &mut self,
        now: Instant,
        name: &str,
        endpoint: &Endpoint,
        lease: Option<&Lease>,
        from: IpAddr,
    ) -> Result<Registered, Full> {
        self.make_room(now, [name], from)?;
        let began = self.began;
        let (registrant, from) = (Registrant::At(from), network(from));
        let line = self.names.entry(name.to_owned()).or_insert_with(|| {
            *self.taken.entry(from).or_default() += 1;
            Line::new(now, Some(from))
        });
        let registered = match lease {
            None => line.register_permanently(now, endpoint, registrant),
            Some(lease) => line.lease(now, endpoint, lease, registrant, began),
        };
        if let Registered::InPlaceOf(before) = &registered {
            self.remember_replaced(before);
        }
        Ok(registered)
    }

    fn remember_replaced(&mut self, server: &Endpoint) {
        self.replaced.retain(|other| other != server);
        self.replaced.push_back(server.clone());
        if self.replaced.len() > MOST_REPLACED {
            self.replaced.pop_front();
        }
    }

    /// Sees that all of these names can be registered from an address.
    pub fn make_room<'a>(
        &mut self,
        now: Instant,
        names: impl IntoIterator<Item = &'a str> + Clone,
        from: IpAddr,
    ) -> Result<(), Full> {
        let room = |directory: &Self| {
            let names = names.clone().into_iter();
            let new = names.filter(|name| !directory.names.contains_key(*name));
            let new = new.count();
            let from = network(from);
            let of_address = |counts: &HashMap<IpAddr, usize>| counts.get(&from).copied();
            let own = of_address(&directory.taken).unwrap_or_default()
                + of_address(&directory.reserved).unwrap_or_default();
            let all = directory.names.len() + directory.reserved.values().sum::<usize>();
            if new > 0 && all + new > directory.capacity {
                Err(Full::Directory)
            } else if new > 0 && own + new > directory.share {
                Err(Full::Share)
            } else {
                Ok(())
            }
        };
        if room(self).is_err() {
            self.remove_expired(now);
        }
        room(self)
    }

    /// Counts the new ones of these names as those of an address until [`Self::release`], and returns how many
    /// they are.
    pub(crate) fn reserve<'a>(
        &mut self,
        now: Instant,
        names: impl IntoIterator<Item = &'a str> + Clone,
        from: IpAddr,
    ) -> Result<usize, Full> {
        self.make_room(now, names.clone(), from)?;
        let names = names.into_iter();
        let new = names.filter(|name| !self.names.contains_key(*name)).count();
        if new > 0 {
            *self.reserved.entry(network(from)).or_default() += new;
        }
        Ok(new)
    }

    /// So many names of an address have been put into the directory, or will not come.
    pub(crate) fn release(&mut self, names: usize, from: IpAddr) {
        give_back(&mut self.reserved, Some(network(from)), names);
    }

    /// Forgets that `name` lives at `endpoint`, and returns whether it did.
    pub fn unregister(&mut self, now: Instant, name: &str, endpoint: &Endpoint) -> bool {
        self.replaced.retain(|other| other != endpoint);
        let Some(line) = self.names.get_mut(name) else {
            return false;
        };
        let removed = line.remove(now, endpoint);
        if line.is_empty() {
            give_back(&mut self.taken, line.from, 1);
            self.names.remove(name);
        }
        removed
    }

    /// Whether the server at `endpoint` holds `name`, alone or with others.
    pub fn holds(&self, now: Instant, name: &str, endpoint: &Endpoint) -> bool {
        let line = self.names.get(name);
        line.is_some_and(|line| line.shares(now, endpoint))
    }

    /// Where `name` lives, if it is registered and the lease is not over, or if it is built in. Of servers
    /// that share it the same `caller` gets the same one each time, as long as that is registered. Only our client is
    /// the same caller on all its connections.
    pub fn lookup(&self, now: Instant, name: &str, caller: u64) -> Option<&Endpoint> {
        Some(&self.chosen(now, name, caller)?.endpoint)
    }

    /// The same with who registered it.
    pub fn lookup_registration(
        &self,
        now: Instant,
        name: &str,
        caller: u64,
    ) -> Option<Registration> {
        self.chosen(now, name, caller).map(Claim::registration)
    }

    fn chosen(&self, now: Instant, name: &str, caller: u64) -> Option<&Claim> {
        let line = self.names.get(name);
        let registered = line.and_then(|line| line.chosen(now, caller));
        registered.or_else(|| self.built_in.get(name))
    }

    /// All servers that hold `name`: one, or several that share it, last those whose chat may be out of date.
    pub fn holders(&self, now: Instant, name: &str) -> Vec<Registration> {
        let line = self.names.get(name);
        let claims = line.into_iter().flat_map(|line| line.claims(now));
        let mut holding: Vec<_> = claims.filter(|placed| placed.holds).collect();
        holding.sort_by_key(|placed| placed.claim.behind_since.is_some());
        let holding = holding.into_iter();
        let mut holders: Vec<Registration> = holding
            .map(|Placed { claim, .. }| claim.registration())
            .collect();
        if holders.is_empty() {
            holders.extend(self.built_in.get(name).map(Claim::registration));
        }
        holders
    }

    /// Whether clients that looked `name` up may still call `endpoint`: it is in line, built in, or was replaced by
    /// another server and not unregistered.
    pub fn may_be_called(&self, now: Instant, name: &str, endpoint: &Endpoint) -> bool {
        self.replaced.contains(endpoint) || self.is_in_line_or_built_in(now, name, endpoint)
    }

    /// Whether `endpoint` is in line for `name`, or is answered because no server is.
    pub fn is_in_line_or_built_in(&self, now: Instant, name: &str, endpoint: &Endpoint) -> bool {
        let line = self.names.get(name);
        self.is_in_line(now, name, endpoint)
            || (line.is_none_or(|line| line.chosen(now, 0).is_none())
                && self
                    .built_in
                    .get(name)
                    .is_some_and(|claim| claim.endpoint == *endpoint))
    }

    /// Whether `endpoint` is in line for `name`: it holds it or waits for it. What is built in is not in line.
    pub fn is_in_line(&self, now: Instant, name: &str, endpoint: &Endpoint) -> bool {
        let line = self.names.get(name);
        line.is_some_and(|line| line.has(now, endpoint))
    }

    /// Everything that is registered or built in, in alphabetical order: of each name first the servers that
    /// hold it, then those that wait. With a `name` that one only.
    pub fn list(&self, now: Instant, name: Option<&str>) -> Vec<Listed> {
        let mut all: BTreeMap<&str, Vec<Listed>> = BTreeMap::new();
        let wanted = match name {
            Some(name) => (Bound::Included(name), Bound::Included(name)),
            None => (Bound::Unbounded, Bound::Unbounded),
        };
        for (name, line) in self.names.range::<str, _>(wanted) {
            let listed = line.list(now, name);
            if !listed.is_empty() {
                all.insert(name, listed);
            }
        }
        for (name, claim) in self.built_in.range::<str, _>(wanted) {
            // A registration takes the place of what is built in.
            all.entry(name).or_insert_with(|| {
                vec![Listed {
                    built_in: true,
                    ..claim.list(now, name, false)
                }]
            });
        }
        let stale = self.cut_off_since.map(|since| {
            let since = now.saturating_duration_since(since);
            u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
        });
        all.into_values()
            .flatten()
            .map(|listed| Listed { stale, ..listed })
            .collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Since when the directory has been cut off from etcd, of which it is a copy.
    pub(crate) const fn cut_off_since(&self) -> Option<Instant> {
        self.cut_off_since
    }

    pub(crate) const fn set_cut_off_since(&mut self, since: Option<Instant>) {
        self.cut_off_since = since;
    }

    /// Takes over a claim from etcd, in place of one of the same server.
    pub(crate) fn put(&mut self, now: Instant, name: &str, claim: SharedClaim) {
        let line = self.names.entry(name.to_owned()).or_insert_with(|| {
            if let Some(from) = claim.from {
                *self.taken.entry(network(from)).or_default() += 1;
            }
            Line::new(now, claim.from.map(network))
        });
        line.put(now, claim);
    }

    /// The place in line of the servers of a group that have claims to a name.
    pub(crate) fn rank_of_group(&self, name: &str, group: Option<&str>) -> Option<i64> {
        self.names.get(name)?.rank_of_group(group?)
    }

    /// Removes the names with expired leases, and returns them with their endpoints.
    pub fn remove_expired(&mut self, now: Instant) -> Vec<(String, Endpoint)> {
        let mut removed = Vec::new();
        self.names.retain(|name, line| {
            let expired = line.remove_expired(now);
            removed.extend(expired.map(|claim| (name.clone(), claim.endpoint)));
            if line.is_empty() {
                give_back(&mut self.taken, line.from, 1);
            }
            !line.is_empty()
        });
        removed
    }
}

fn give_back(counts: &mut HashMap<IpAddr, usize>, from: Option<IpAddr>, names: usize) {
    if let Some(from) = from
        && let Some(count) = counts.get_mut(&from)
    {
        *count -= names;
        if *count == 0 {
            counts.remove(&from);
        }
    }
}
