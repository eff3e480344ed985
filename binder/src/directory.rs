//! What is registered: a name, where it lives, and for how long.
//!
//! A name has one holder. The last server to register it holds it; a server that held it under a lease and
//! was displaced stays in line while it renews, and holds the name again when the other is gone. So
//! two servers that renew the same names do not take them from each other every few seconds.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use protocol::binder::{Endpoint, Listed};
use thiserror::Error;
use tokio::time::Instant;

/// How many displaced servers stay in line for one name. More than one spare server is rare, and a
/// bound is needed, since anybody may register.
const LONGEST_LINE: usize = 8;

/// There is no room for another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Full {
    /// There are as many as there may be.
    #[error("the directory is full")]
    Directory,
    /// The caller's address has as many as one may have.
    #[error("this address has half of the directory; with --per-address off it may have all")]
    Share,
}

/// Who holds a name after a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The caller does, as before.
    Renewed,
    /// The caller, and no server did before.
    New,
    /// The caller does, in place of another.
    InPlaceOf(Endpoint),
    /// Another does, who took the name over since the caller first registered it.
    HeldBy(Endpoint),
}

/// One server's claim to a name.
#[derive(Clone, Debug)]
struct Claim {
    endpoint: Endpoint,
    since: Instant,
    /// `None` is for good.
    until: Option<Instant>,
}

impl Claim {
    fn is_live(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A name that is registered.
#[derive(Debug)]
struct Name {
    /// The address that has this place in the directory: the first that registered the name.
    from: IpAddr,
    /// The last one is the holder's; never none.
    claims: Vec<Claim>,
}

/// The names that servers registered, up to a number of them. A plain map: its users bring
/// the lock, and the time is handed in.
#[derive(Debug)]
pub struct Directory {
    names: BTreeMap<String, Name>,
    capacity: usize,
    /// How many names one address may have.
    share: usize,
    /// How many names each address has.
    taken: HashMap<IpAddr, usize>,
    /// The names that are answered while they are not registered.
    built_in: BTreeMap<String, Claim>,
}

impl Directory {
    /// An empty directory for at most `capacity` names.
    pub fn new(capacity: usize) -> Self {
        Self {
            names: BTreeMap::new(),
            capacity,
            share: usize::MAX,
            taken: HashMap::new(),
            built_in: BTreeMap::new(),
        }
    }

    /// The same directory, of which one address has at most a half: the rest stays for others.
    #[must_use]
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
            since: now,
            until: None,
        };
        self.built_in.insert(name.to_owned(), claim);
        self
    }

    /// Registers `name` as living at `endpoint`: for good without a `lease`, else until the lease is
    /// over. The caller is at the address `from`. A new name is refused when there is no room for it.
    pub fn register(
        &mut self,
        now: Instant,
        name: &str,
        endpoint: &Endpoint,
        lease: Option<Duration>,
        from: IpAddr,
    ) -> Result<Registered, Full> {
        self.make_room(now, [name], from)?;
        let entry = self.names.entry(name.to_owned()).or_insert_with(|| {
            *self.taken.entry(from).or_default() += 1;
            Name {
                from,
                claims: Vec::new(),
            }
        });
        let claims = &mut entry.claims;
        claims.retain(|claim| claim.is_live(now));
        let until = lease.map(|lease| now + lease);
        let holder = claims.last().map(|claim| claim.endpoint.clone());
        let place = claims.iter().position(|claim| claim.endpoint == *endpoint);
        // Only a lease is renewed and can stand in line. Registering for good is always meant now.
        if let Some(claim) = place.and_then(|place| claims.get_mut(place)) {
            let renewal = lease.is_some() && claim.until.is_some();
            if renewal || holder.as_ref() == Some(endpoint) {
                claim.until = until;
                return Ok(match holder {
                    Some(holder) if holder != *endpoint => Registered::HeldBy(holder),
                    _ => Registered::Renewed,
                });
            }
        }
        claims.retain(|claim| claim.endpoint != *endpoint && claim.until.is_some());
        if claims.len() == LONGEST_LINE {
            claims.remove(0);
        }
        claims.push(Claim {
            endpoint: endpoint.clone(),
            since: now,
            until,
        });
        Ok(holder.map_or(Registered::New, Registered::InPlaceOf))
    }

    /// Sees that all of these names can be registered from an address.
    ///
    /// # Errors
    /// When there is no room for all of them.
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
            let own = directory.taken.get(&from).copied().unwrap_or_default();
            if new > 0 && directory.names.len() + new > directory.capacity {
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

    /// Forgets that `name` lives at `endpoint`, and returns whether it did.
    pub fn unregister(&mut self, now: Instant, name: &str, endpoint: &Endpoint) -> bool {
        let Some(Name { from, claims }) = self.names.get_mut(name) else {
            return false;
        };
        claims.retain(|claim| claim.is_live(now));
        let before = claims.len();
        claims.retain(|claim| claim.endpoint != *endpoint);
        let removed = claims.len() < before;
        if claims.is_empty() {
            give_back(&mut self.taken, *from);
            self.names.remove(name);
        }
        removed
    }

    /// Where `name` lives, if it is registered and the lease is not over, or if it is built in.
    pub fn lookup(&self, now: Instant, name: &str) -> Option<&Endpoint> {
        let registered = self.names.get(name);
        let registered = registered.and_then(|name| holder(&name.claims, now));
        Some(&registered.or_else(|| self.built_in.get(name))?.endpoint)
    }

    /// Everything that can be looked up, in alphabetical order.
    pub fn list(&self, now: Instant) -> Vec<Listed> {
        let built_in = self
            .built_in
            .iter()
            .map(|(name, claim)| (name, claim, true));
        let registered = self
            .names
            .iter()
            .filter_map(|(name, entry)| Some((name, holder(&entry.claims, now)?, false)));
        // A registration comes later and takes the place of what is built in.
        let all: BTreeMap<&String, Listed> = built_in
            .chain(registered)
            .map(|(name, claim, built_in)| (name, listed(now, name, claim, built_in)))
            .collect();
        all.into_values().collect()
    }

    /// Removes the names with expired leases, and returns them with their endpoints.
    pub fn remove_expired(&mut self, now: Instant) -> Vec<(String, Endpoint)> {
        let mut removed = Vec::new();
        self.names.retain(|name, Name { from, claims }| {
            let last = claims.last().cloned();
            claims.retain(|claim| claim.is_live(now));
            if let (true, Some(last)) = (claims.is_empty(), last) {
                removed.push((name.clone(), last.endpoint));
                give_back(&mut self.taken, *from);
            }
            !claims.is_empty()
        });
        removed
    }
}

fn give_back(taken: &mut HashMap<IpAddr, usize>, from: IpAddr) {
    if let Some(names) = taken.get_mut(&from) {
        *names -= 1;
        if *names == 0 {
            taken.remove(&from);
        }
    }
}

fn listed(now: Instant, name: &str, claim: &Claim, built_in: bool) -> Listed {
    let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    Listed {
        name: name.to_owned(),
        endpoint: claim.endpoint.clone(),
        age: seconds(now.saturating_duration_since(claim.since)),
        lease: claim
            .until
            .map(|until| seconds(until.saturating_duration_since(now))),
        built_in,
    }
}

fn holder(claims: &[Claim], now: Instant) -> Option<&Claim> {
    claims.iter().rev().find(|claim| claim.is_live(now))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    const LEASE: Option<Duration> = Some(Duration::from_secs(30));

    fn at(port: u16) -> Endpoint {
        Endpoint {
            address: "localhost".into(),
            port,
        }
    }

    #[test]
    fn without_a_lease_the_last_registration_counts_for_good() {
        let (mut directory, now) = (Directory::new(10), Instant::now());
        assert_eq!(
            directory.register(now, "a", &at(1), None, HERE),
            Ok(Registered::New)
        );
        assert_eq!(
            directory.register(now, "a", &at(2), None, HERE),
            Ok(Registered::InPlaceOf(at(1)))
        );
        let next_year = now + Duration::from_secs(365 * 86_400);
        assert_eq!(directory.lookup(next_year, "a"), Some(&at(2)));
        // The first one registers again: it is the last one now.
        directory.register(now, "a", &at(1), None, HERE).unwrap();
        assert_eq!(directory.lookup(now, "a"), Some(&at(1)));
        assert_eq!(directory.lookup(now, "b"), None);
    }

    #[test]
    fn a_lease_ends_unless_it_is_renewed() {
        let (mut directory, now) = (Directory::new(10), Instant::now());
        let later = |seconds| now + Duration::from_secs(seconds);
        directory.register(now, "a", &at(1), LEASE, HERE).unwrap();
        assert_eq!(
            directory.register(later(20), "a", &at(1), LEASE, HERE),
            Ok(Registered::Renewed)
        );
        assert_eq!(directory.lookup(later(49), "a"), Some(&at(1)));
        assert_eq!(directory.list(later(49))[0].lease, Some(1));
        assert_eq!(directory.list(later(49))[0].age, 49);
        assert_eq!(directory.lookup(later(50), "a"), None);
        assert!(directory.list(later(50)).is_empty());
        assert_eq!(
            directory.remove_expired(later(50)),
            [("a".to_owned(), at(1))]
        );
        assert!(directory.remove_expired(later(50)).is_empty());
    }

    #[test]
    fn of_two_servers_the_later_wins_and_the_other_waits_in_line() {
        let (mut directory, now) = (Directory::new(10), Instant::now());
        let later = |seconds| now + Duration::from_secs(seconds);
        directory.register(now, "a", &at(1), LEASE, HERE).unwrap();
        assert_eq!(
            directory.register(later(5), "a", &at(2), LEASE, HERE),
            Ok(Registered::InPlaceOf(at(1)))
        );
        assert_eq!(
            directory.register(later(10), "a", &at(1), LEASE, HERE),
            Ok(Registered::HeldBy(at(2)))
        );
        assert_eq!(directory.lookup(later(10), "a"), Some(&at(2)));
        // The second goes; the first has renewed and holds the name again.
        assert!(directory.unregister(later(11), "a", &at(2)));
        assert_eq!(directory.lookup(later(11), "a"), Some(&at(1)));
        assert_eq!(
            directory.register(later(20), "a", &at(1), LEASE, HERE),
            Ok(Registered::Renewed)
        );
        // It dies silently and the second comes back: nothing is left of the first.
        assert_eq!(
            directory.register(later(60), "a", &at(2), LEASE, HERE),
            Ok(Registered::New)
        );
    }

    #[test]
    fn a_server_without_leases_displaces_one_that_renews() {
        let (mut directory, now) = (Directory::new(10), Instant::now());
        directory.register(now, "a", &at(1), LEASE, HERE).unwrap();
        directory.register(now, "a", &at(2), None, HERE).unwrap();
        assert_eq!(
            directory.register(now, "a", &at(1), LEASE, HERE),
            Ok(Registered::HeldBy(at(2)))
        );
        assert!(!directory.unregister(now, "a", &at(3)));
        assert!(directory.unregister(now, "a", &at(1)));
        assert!(directory.unregister(now, "a", &at(2)));
        assert_eq!(directory.lookup(now, "a"), None);
    }

    #[test]
    fn a_full_directory_refuses_new_names_and_keeps_serving_the_old() {
        let (mut directory, now) = (Directory::new(2), Instant::now());
        directory.register(now, "a", &at(1), None, HERE).unwrap();
        directory.register(now, "b", &at(1), LEASE, HERE).unwrap();
        assert_eq!(
            directory.register(now, "c", &at(1), None, HERE),
            Err(Full::Directory)
        );
        assert!(directory.register(now, "a", &at(2), None, HERE).is_ok());
        assert_eq!(directory.make_room(now, ["a", "b"], HERE), Ok(()));
        assert_eq!(
            directory.make_room(now, ["b", "c"], HERE),
            Err(Full::Directory)
        );
        // What has expired makes room.
        let later = now + Duration::from_secs(31);
        assert_eq!(directory.make_room(later, ["a", "c"], HERE), Ok(()));
        assert_eq!(
            directory.register(later, "c", &at(1), None, HERE),
            Ok(Registered::New)
        );
    }

    #[test]
    fn half_of_the_names_are_for_other_addresses() {
        let (mut directory, now) = (Directory::new(4).shared_by_addresses(), Instant::now());
        let elsewhere = IpAddr::from([192, 0, 2, 1]);
        let mut register = |name, from| directory.register(now, name, &at(1), LEASE, from);
        for name in ["a", "b"] {
            assert_eq!(register(name, HERE), Ok(Registered::New));
        }
        assert_eq!(register("c", HERE), Err(Full::Share));
        assert_eq!(register("a", HERE), Ok(Registered::Renewed));
        for name in ["c", "d"] {
            assert_eq!(register(name, elsewhere), Ok(Registered::New));
        }
        assert_eq!(register("e", elsewhere), Err(Full::Directory));
        assert!(directory.unregister(now, "a", &at(1)));
        assert_eq!(directory.make_room(now, ["e"], HERE), Ok(()));
        assert_eq!(directory.make_room(now, ["e"], elsewhere), Err(Full::Share));
        let later = now + Duration::from_secs(31);
        assert_eq!(directory.remove_expired(later).len(), 3);
        assert!(directory.taken.is_empty());
    }

    #[test]
    fn a_built_in_name_gives_way_to_every_registration_and_comes_back_after_it() {
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let mut directory = Directory::new(1).with_built_in(now, "b", at(8));
        // It is not one of the names that servers may register, and never expires.
        assert_eq!(
            directory.register(now, "a", &at(1), None, HERE),
            Ok(Registered::New)
        );
        assert!(directory.unregister(now, "a", &at(1)));
        assert_eq!(directory.lookup(later(86_400), "b"), Some(&at(8)));
        assert!(!directory.unregister(now, "b", &at(8)));
        assert!(directory.remove_expired(later(86_400)).is_empty());
        let listed = directory.list(later(3));
        assert_eq!((listed.len(), listed[0].age, listed[0].lease), (1, 3, None));
        assert!(listed[0].built_in);

        assert_eq!(
            directory.register(now, "b", &at(1), LEASE, HERE),
            Ok(Registered::New)
        );
        assert_eq!(directory.lookup(now, "b"), Some(&at(1)));
        let listed = directory.list(now);
        assert_eq!((listed.len(), listed[0].built_in), (1, false));
        assert_eq!(directory.lookup(later(31), "b"), Some(&at(8)));

        directory
            .register(later(40), "b", &at(8), None, HERE)
            .unwrap();
        assert!(!directory.list(later(40))[0].built_in);
        assert!(directory.unregister(later(40), "b", &at(8)));
        assert!(directory.list(later(40))[0].built_in);
    }

    #[test]
    fn the_line_is_bounded() {
        let (mut directory, now) = (Directory::new(2), Instant::now());
        for port in 1..1_000 {
            directory
                .register(now, "a", &at(port), LEASE, HERE)
                .unwrap();
        }
        assert!(directory.names["a"].claims.len() <= LONGEST_LINE);
        assert_eq!(directory.lookup(now, "a"), Some(&at(999)));
    }
}
