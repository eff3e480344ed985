//! Names that several binders share: kept in etcd, answered from a copy.
//!
//! Every registration is a key that ends with a lease of etcd. A binder changes keys and follows all of them
//! by a watch, and the watch alone changes its [`Directory`], so all binders have the same copy, and look-ups
//! cost what they cost without etcd. Cut off from etcd a binder goes on answering from the copy, which is
//! marked as stale, and refuses registrations.

use std::net::IpAddr;
use std::sync::Arc;

use etcd::{Client, Keys, Operation, Txn};
use parking_lot::Mutex;
use protocol::binder::Endpoint;
use thiserror::Error;
use tokio::time::Instant;

use crate::directory::{Directory, Full, Lease};
use crate::shared_copy::{SharedCopy, Value, seconds_at};

/// Names in a transaction: etcd takes 128 operations, and each name is up to two.
const NAMES_AT_ONCE: usize = 60;

/// What a binder needs to share its names.
#[derive(Clone, Debug)]
pub struct Etcd {
    pub client: Client,
    /// What the keys of all names begin with.
    pub prefix: String,
}

#[derive(Debug, Error)]
pub(crate) enum NotRegistered {
    #[error(transparent)]
    Full(#[from] Full),
    #[error(transparent)]
    Etcd(#[from] etcd::Error),
}

/// The names in etcd, with the copy that answers.
#[derive(Debug)]
pub(crate) struct SharedNames {
    etcd: Etcd,
    copy: SharedCopy,
}

impl SharedNames {
    pub(crate) fn new(etcd: Etcd, copy: &Arc<Mutex<Directory>>) -> Arc<Self> {
        let copy = SharedCopy::new(copy);
        Arc::new(Self { etcd, copy })
    }

    fn key(&self, name: &str, endpoint: &Endpoint) -> String {
        format!("{}{name}/{endpoint}", self.prefix())
    }

    fn prefix(&self) -> String {
        format!("{}/names/", self.etcd.prefix.trim_end_matches('/'))
    }

    /// Keeps the copy up to date, in an endless loop.
    pub(crate) async fn follow(&self) {
        let probe = format!("{}/probe", self.etcd.prefix.trim_end_matches('/'));
        let copy = &self.copy;
        copy.follow(&self.etcd.client, &self.prefix(), &probe).await;
    }

    /// Registers names for a caller at this address, permanently without a lease. The copy has them afterwards.
    pub(crate) async fn register(
        &self,
        names: &[String],
        endpoint: &Endpoint,
        lease: Option<&Lease>,
        from: IpAddr,
    ) -> Result<(), NotRegistered> {
        let new = names.iter().map(String::as_str);
        let count = self
            .copy
            .directory
            .lock()
            .reserve(Instant::now(), new, from)?;
        let _reservation = Reservation {
            copy: &self.copy.directory,
            count,
            from,
        };
        Ok(self.put_names(names, endpoint, lease, from).await?)
    }

    async fn put_names(
        &self,
        names: &[String],
        endpoint: &Endpoint,
        lease: Option<&Lease>,
        from: IpAddr,
    ) -> Result<(), etcd::Error> {
        let mut id = None;
        if let Some(lease) = lease {
            let keys = names.iter().map(|name| self.key(name, endpoint));
            if let Some(present) = self.copy.lease_of(keys, lease) {
                match self.etcd.client.keep_alive(present).await {
                    Err(etcd::Error::LeaseNotFound) => {}
                    kept => return kept,
                }
            }
            id = Some(self.etcd.client.grant(lease.time).await?);
        }
        for names in names.chunks(NAMES_AT_ONCE) {
            let mut txn = Txn::default();
            for name in names {
                let (key, value) = self.entry(name, endpoint, lease, from)?;
                txn = txn.then(Operation::Put {
                    key: key.clone(),
                    value,
                    lease: id,
                });
                // As with one binder: what was registered without a lease gives way to whatever is registered next.
                for other in self.copy.permanent(name) {
                    if other != key {
                        txn = txn.then(Operation::Delete(Keys::One(other)));
                    }
                }
            }
            let outcome = self.etcd.client.txn(txn).await?;
            self.copy.wait_until_applied(outcome.revision).await?;
        }
        Ok(())
    }

    /// Removes a registration, and returns whether there was one.
    pub(crate) async fn unregister(
        &self,
        name: &str,
        endpoint: &Endpoint,
    ) -> Result<bool, etcd::Error> {
        let key = self.key(name, endpoint);
        let txn = Txn::default().then(Operation::Delete(Keys::One(key.clone())));
        let outcome = self.etcd.client.txn(txn).await?;
        let removed = matches!(outcome.responses.first(), Some(etcd::Response::Deleted(1)));
        if removed {
            self.copy.wait_until_applied(outcome.revision).await?;
        }
        Ok(removed)
    }

    fn entry(
        &self,
        name: &str,
        endpoint: &Endpoint,
        lease: Option<&Lease>,
        from: IpAddr,
    ) -> Result<(String, Vec<u8>), etcd::Error> {
        let group = lease.and_then(|lease| lease.group.clone());
        let value = Value {
            name: name.to_owned(),
            address: endpoint.address.clone(),
            port: endpoint.port,
            rank: self
                .copy
                .directory
                .lock()
                .rank_of_group(name, group.as_deref()),
            group,
            lease: lease.map(|lease| lease.time.as_secs()),
            from: Some(from),
            behind_since: lease.and_then(|lease| lease.behind).map(seconds_at),
        };
        let value = serde_json::to_vec(&value)
            .map_err(|error| etcd::Error::Unexpected(error.to_string()))?;
        Ok((self.key(name, endpoint), value))
    }
}

/// Names on their way to etcd, counted until the copy has them.
struct Reservation<'a> {
    copy: &'a Mutex<Directory>,
    count: usize,
    from: IpAddr,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.copy.lock().release(self.count, self.from);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use etcd::{Config, Event, KeyValue};

    use super::*;

    /// How many names there may be; half of them are for one address.
    const CAPACITY: usize = 6;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    const LEASE: Lease = Lease {
        time: Duration::from_secs(30),
        group: None,
        held: Duration::ZERO,
        behind: None,
    };

    /// A binder that cannot reach etcd: it has only the events that the test passes to it.
    fn binder() -> Arc<SharedNames> {
        // Nothing listens on port 1.
        let config = Config::new(vec!["http://127.0.0.1:1".to_owned()]);
        let etcd = Etcd {
            client: Client::new(config).unwrap(),
            prefix: "chat".to_owned(),
        };
        let copy = Directory::new(CAPACITY).shared_by_addresses();
        SharedNames::new(etcd, &Arc::new(Mutex::new(copy)))
    }

    fn at(port: u16) -> Endpoint {
        Endpoint {
            address: "localhost".to_owned(),
            port,
        }
    }

    /// The event that another binder gets when this one puts a registration into etcd.
    fn put(by: &SharedNames, name: &str, port: u16, from: IpAddr, revision: i64) -> Event {
        let (key, value) = by.entry(name, &at(port), Some(&LEASE), from).unwrap();
        Event::Put(KeyValue {
            key,
            value,
            mod_revision: revision,
            create_revision: revision,
            lease: None,
        })
    }

    async fn refusal(by: &SharedNames, names: &[&str], from: IpAddr) -> NotRegistered {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let registered = by.register(&names, &at(1), Some(&LEASE), from).await;
        registered.expect_err("there is no etcd")
    }

    #[tokio::test]
    async fn names_that_one_binder_took_count_for_their_address_in_the_others() {
        let (first, second) = (binder(), binder());
        let names = ["a", "b"].iter().zip(1..);
        let events = names.map(|(name, revision)| put(&first, name, 1, ONE, revision));
        second.copy.apply(events.collect());
        // Two more would be four of the three that one address may have.
        let refused = refusal(&second, &["c", "d"], ONE).await;
        assert!(
            matches!(refused, NotRegistered::Full(Full::Share)),
            "{refused:?}"
        );
        // One more, those that it has already, and the names of others are for etcd to take.
        for (names, from) in [(&["a", "b", "c"][..], ONE), (&["c", "d", "e"], OTHER)] {
            let refused = refusal(&second, names, from).await;
            assert!(matches!(refused, NotRegistered::Etcd(_)), "{refused:?}");
        }
        // What etcd did not take is not counted any more: the same registration again has the same result.
        let refused = refusal(&second, &["c"], ONE).await;
        assert!(matches!(refused, NotRegistered::Etcd(_)), "{refused:?}");

        // What ends gives its place back, also after everything was read again.
        second.copy.start_again(Vec::new(), 3);
        let refused = refusal(&second, &["c", "d", "e"], ONE).await;
        assert!(matches!(refused, NotRegistered::Etcd(_)), "{refused:?}");
        second.copy.apply(vec![put(&first, "a", 1, ONE, 4)]);
        let key = first.key("a", &at(1));
        second.copy.apply(vec![Event::Deleted { key, revision: 5 }]);
        let refused = refusal(&second, &["c", "d", "e"], ONE).await;
        assert!(matches!(refused, NotRegistered::Etcd(_)), "{refused:?}");
    }

    #[test]
    fn a_name_that_an_earlier_version_registered_is_read_and_counts_for_no_address() {
        let binder = binder();
        let value =
            r#"{"name":"a","address":"localhost","port":1,"group":null,"lease":30,"rank":null}"#;
        let pair = KeyValue {
            key: binder.key("a", &at(1)),
            value: value.into(),
            mod_revision: 1,
            create_revision: 1,
            lease: None,
        };
        binder.copy.start_again(vec![pair], 1);
        let mut copy = binder.copy.directory.lock();
        assert_eq!(copy.lookup(Instant::now(), "a", 0), Some(&at(1)));
        assert_eq!(copy.make_room(Instant::now(), ["b", "c", "d"], ONE), Ok(()));
    }
}
