//! Names that several binders share: kept in etcd, answered from a copy.
//!
//! Every registration is a key that ends with a lease of etcd. A binder changes keys and follows all of them
//! by a watch, and the watch alone changes its [`Directory`], so all binders have the same copy, and look-ups
//! cost what they cost without etcd. Cut off from etcd a binder goes on answering from the copy, which is
//! marked as stale, and refuses registrations.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use etcd::{Client, Event, KeyValue, Keys, LeaseId, Operation, Txn, WatchOptions, Watched};
use parking_lot::Mutex;
use protocol::binder::Endpoint;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::directory::{Directory, Full, Lease, SharedClaim};

/// Out of touch for so long, the copy is stale: longer than a change of etcd's leader takes as a rule.
const STALE_AFTER: Duration = Duration::from_secs(3);

/// How soon etcd is tried again after a failure.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How long a change may take until it is in the copy.
const APPLIED_WITHIN: Duration = Duration::from_secs(2);

/// Keys in a request when all are read.
const KEYS_AT_ONCE: u32 = 500;

/// Names in a transaction: etcd takes 128 operations, and each name is up to two.
const NAMES_AT_ONCE: usize = 60;

/// What a binder needs to share its names.
#[derive(Clone, Debug)]
pub struct Etcd {
    pub client: Client,
    /// What the keys of all names begin with.
    pub prefix: String,
}

/// The value of a key.
#[derive(Debug, Serialize, Deserialize)]
struct Value {
    name: String,
    address: String,
    port: u16,
    group: Option<String>,
    /// The seconds of the lease; `None` is for good.
    lease: Option<u64>,
    /// The place in line of a server that shares the name with others; otherwise the revision of the key.
    rank: Option<i64>,
    /// The address of the caller, so that every binder can count the names of one address, and calls only the machine
    /// that registered.
    #[serde(default)]
    from: Option<IpAddr>,
    /// Since when the chat of the server may be out of date, in seconds since 1970: binders have no clock in
    /// common but that.
    #[serde(default)]
    behind_since: Option<u64>,
}

#[derive(Debug, Error)]
pub(crate) enum NotRegistered {
    #[error(transparent)]
    Full(#[from] Full),
    #[error(transparent)]
    CutOff(#[from] etcd::Error),
}

/// The names in etcd, with the copy that answers.
#[derive(Debug)]
pub(crate) struct SharedNames {
    etcd: Etcd,
    copy: Arc<Mutex<Directory>>,
    /// What the copy has of each key.
    keys: Mutex<BTreeMap<String, Key>>,
    /// The revision of etcd up to which the copy goes.
    applied: watch::Sender<i64>,
}

#[derive(Clone, Debug)]
struct Key {
    name: String,
    endpoint: Endpoint,
    group: Option<String>,
    lease: Option<LeaseId>,
    is_behind: bool,
}

impl SharedNames {
    pub(crate) fn new(etcd: Etcd, copy: &Arc<Mutex<Directory>>) -> Arc<Self> {
        copy.lock().set_stale(Some(Instant::now()));
        Arc::new(Self {
            etcd,
            copy: Arc::clone(copy),
            keys: Mutex::default(),
            applied: watch::Sender::new(0),
        })
    }

    fn key(&self, name: &str, endpoint: &Endpoint) -> String {
        format!("{}{name}/{endpoint}", self.prefix())
    }

    fn prefix(&self) -> String {
        format!("{}/names/", self.etcd.prefix.trim_end_matches('/'))
    }

    /// Registers names for a caller at this address, for good without a lease. The copy has them afterwards.
    pub(crate) async fn register(
        &self,
        names: &[String],
        endpoint: &Endpoint,
        lease: Option<&Lease>,
        from: IpAddr,
    ) -> Result<(), NotRegistered> {
        let new = names.iter().map(String::as_str);
        let count = self.copy.lock().reserve(Instant::now(), new, from)?;
        let _reservation = Reservation {
            copy: &self.copy,
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
            if let Some(present) = self.present_lease(names, endpoint, lease) {
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
                // As with one binder: what was registered for good gives way to whatever is registered next.
                for other in self.for_good(name).filter(|other| *other != key) {
                    txn = txn.then(Operation::Delete(Keys::One(other)));
                }
            }
            let outcome = self.etcd.client.txn(txn).await?;
            self.wait_until_applied(outcome.revision).await?;
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
            self.wait_until_applied(outcome.revision).await?;
        }
        Ok(removed)
    }

    /// The lease with which all these names are registered already.
    fn present_lease(
        &self,
        names: &[String],
        endpoint: &Endpoint,
        lease: &Lease,
    ) -> Option<LeaseId> {
        let keys = self.keys.lock();
        let mut ids = names.iter().map(|name| {
            let key = keys.get(&self.key(name, endpoint))?;
            let is_same = key.group == lease.group && key.is_behind == lease.behind.is_some();
            key.lease.filter(|_| is_same)
        });
        let first = ids.next()??;
        ids.all(|id| id == Some(first)).then_some(first)
    }

    /// The keys of what is registered for good under a name.
    fn for_good(&self, name: &str) -> impl Iterator<Item = String> {
        let keys = self.keys.lock();
        let own: Vec<String> = keys
            .iter()
            .filter(|(_, key)| key.name == name && key.lease.is_none())
            .map(|(key, _)| key.clone())
            .collect();
        own.into_iter()
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
            rank: self.copy.lock().rank_of_group(name, group.as_deref()),
            group,
            lease: lease.map(|lease| lease.time.as_secs()),
            from: Some(from),
            behind_since: lease.and_then(|lease| lease.behind).map(seconds_at),
        };
        let value = serde_json::to_vec(&value)
            .map_err(|error| etcd::Error::Unexpected(error.to_string()))?;
        Ok((self.key(name, endpoint), value))
    }

    async fn wait_until_applied(&self, revision: i64) -> Result<(), etcd::Error> {
        let mut applied = self.applied.subscribe();
        let wait = applied.wait_for(|applied| *applied >= revision);
        match tokio::time::timeout(APPLIED_WITHIN, wait).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(etcd::Error::Unknown("the copy is behind".to_owned())),
        }
    }

    /// Follows etcd, in an endless loop.
    pub(crate) async fn follow(&self) {
        let mut touch = Touch::default();
        loop {
            let from = match self
                .etcd
                .client
                .range_all(Keys::prefix(&self.prefix()), KEYS_AT_ONCE)
                .await
            {
                Ok(page) => {
                    self.start_again(page.pairs, page.revision);
                    touch.is_in_touch(self, Instant::now());
                    page.revision + 1
                }
                Err(error) => {
                    touch.is_out_of_touch(self, &error.to_string());
                    tokio::time::sleep(RETRY_AFTER).await;
                    continue;
                }
            };
            let mut watch = self.etcd.client.watch(WatchOptions {
                keys: Keys::prefix(&self.prefix()),
                from,
                puts_only: false,
                probe: format!("{}/probe", self.etcd.prefix.trim_end_matches('/')),
            });
            loop {
                match tokio::time::timeout(STALE_AFTER, watch.next()).await {
                    Ok(Watched::Events(events)) => self.apply(events),
                    Ok(Watched::InTouch { asked_at, .. }) => touch.is_in_touch(self, asked_at),
                    Ok(Watched::Interrupted(error)) => {
                        touch.is_out_of_touch(self, &error.to_string());
                    }
                    Ok(Watched::Compacted) => break,
                    Err(_) => touch.is_out_of_touch(self, "no answer"),
                }
            }
        }
    }

    fn start_again(&self, pairs: Vec<KeyValue>, revision: i64) {
        self.keys.lock().clear();
        // In one go: no look-up may find the copy half full.
        let mut copy = self.copy.lock();
        copy.clear();
        pairs.into_iter().for_each(|pair| self.put(&mut copy, pair));
        drop(copy);
        self.applied.send_replace(revision);
    }

    fn apply(&self, events: Vec<Event>) {
        let Some(revision) = events.last().map(Event::revision) else {
            return;
        };
        for event in events {
            match event {
                Event::Put(pair) => self.put(&mut self.copy.lock(), pair),
                Event::Deleted { key, .. } => {
                    if let Some(Key { name, endpoint, .. }) = self.keys.lock().remove(&key) {
                        self.copy
                            .lock()
                            .unregister(Instant::now(), &name, &endpoint);
                        info!(%name, %endpoint, "forgotten: it was unregistered, or the lease is over");
                    }
                }
            }
        }
        self.applied.send_replace(revision);
    }

    fn put(&self, copy: &mut Directory, pair: KeyValue) {
        let value: Value = match serde_json::from_slice(&pair.value) {
            Ok(value) => value,
            Err(error) => {
                warn!(key = %pair.key, %error, "a key in etcd that is no name is left out");
                return;
            }
        };
        let endpoint = Endpoint {
            address: value.address,
            port: value.port,
        };
        let key = Key {
            name: value.name.clone(),
            endpoint: endpoint.clone(),
            group: value.group.clone(),
            lease: pair.lease,
            is_behind: value.behind_since.is_some(),
        };
        self.keys.lock().insert(pair.key, key);
        let claim = SharedClaim {
            endpoint,
            group: value.group,
            rank: value.rank.unwrap_or(pair.mod_revision),
            lease: value.lease.map(Duration::from_secs),
            from: value.from,
            behind_since: value.behind_since.map(instant_of),
        };
        copy.put(Instant::now(), &value.name, claim);
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

/// The time so long ago, in seconds since 1970.
fn seconds_at(ago: Duration) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().saturating_sub(ago).as_secs()
}

/// The instant at a time in seconds since 1970 that is past.
fn instant_of(seconds: u64) -> Instant {
    let ago = Duration::from_secs(seconds_at(Duration::ZERO).saturating_sub(seconds));
    let now = Instant::now();
    now.checked_sub(ago).unwrap_or(now)
}

/// Since when etcd has been out of touch.
#[derive(Default)]
struct Touch {
    last: Option<Instant>,
    is_reported: bool,
}

impl Touch {
    fn is_in_touch(&mut self, names: &SharedNames, at: Instant) {
        self.last = Some(at);
        names.copy.lock().set_stale(None);
        if std::mem::take(&mut self.is_reported) {
            info!("in touch with etcd again");
        }
    }

    fn is_out_of_touch(&mut self, names: &SharedNames, reason: &str) {
        let since = *self.last.get_or_insert_with(Instant::now);
        if since.elapsed() < STALE_AFTER {
            return;
        }
        names.copy.lock().set_stale(Some(since));
        if !std::mem::replace(&mut self.is_reported, true) {
            warn!(
                reason,
                "cut off from etcd: look-ups are answered as it was before, registrations are refused"
            );
        }
    }
}

#[cfg(test)]
mod tests;
