//! The copy of the names that several binders share: it follows etcd by a watch, and answers look-ups.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use etcd::{Client, Event, KeyValue, Keys, LeaseId, WatchOptions, Watched};
use parking_lot::Mutex;
use protocol::binder::Endpoint;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::directory::{Directory, Lease, SharedClaim};

/// After so long without an answer of etcd the copy counts as cut off: longer than a change of etcd's leader takes as a rule.
const CUT_OFF_AFTER: Duration = Duration::from_secs(3);

/// How soon etcd is tried again after a failure.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How long a change may take until it is in the copy.
const APPLIED_WITHIN: Duration = Duration::from_secs(2);

/// Keys in a request when all are read.
const KEYS_AT_ONCE: u32 = 500;

/// The value of a key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) port: u16,
    pub(crate) group: Option<String>,
    /// The seconds of the lease; `None` is without one.
    pub(crate) lease: Option<u64>,
    /// The place in line of a server that shares the name with others; otherwise the revision of the key.
    pub(crate) rank: Option<i64>,
    /// The address of the caller, so that every binder can count the names of one address, and calls only the machine
    /// that registered.
    #[serde(default)]
    pub(crate) from: Option<IpAddr>,
    /// Since when the chat of the server may be out of date, in seconds since 1970: binders have no clock in
    /// common but that.
    #[serde(default)]
    pub(crate) behind_since: Option<u64>,
}

/// What the copy has of a key.
#[derive(Debug)]
struct Key {
    name: String,
    endpoint: Endpoint,
    group: Option<String>,
    lease: Option<LeaseId>,
    is_behind: bool,
}

#[derive(Debug)]
pub(crate) struct SharedCopy {
    pub(crate) directory: Arc<Mutex<Directory>>,
    keys: Mutex<BTreeMap<String, Key>>,
    /// The revision of etcd up to which the copy goes.
    applied: watch::Sender<i64>,
}

impl SharedCopy {
    /// An empty copy, which is cut off until it follows etcd.
    pub(crate) fn new(directory: &Arc<Mutex<Directory>>) -> Self {
        directory.lock().set_cut_off_since(Some(Instant::now()));
        Self {
            directory: Arc::clone(directory),
            keys: Mutex::default(),
            applied: watch::Sender::new(0),
        }
    }

    /// The lease with which all these keys are registered already, in the same group and state.
    pub(crate) fn lease_of(
        &self,
        keys: impl IntoIterator<Item = String>,
        lease: &Lease,
    ) -> Option<LeaseId> {
        let known = self.keys.lock();
        let mut ids = keys.into_iter().map(|key| {
            let key = known.get(&key)?;
            let is_same = key.group == lease.group && key.is_behind == lease.behind.is_some();
            key.lease.filter(|_| is_same)
        });
        let first = ids.next()??;
        ids.all(|id| id == Some(first)).then_some(first)
    }

    /// The keys of what is registered without a lease under a name.
    pub(crate) fn permanent(&self, name: &str) -> Vec<String> {
        let keys = self.keys.lock();
        keys.iter()
            .filter(|(_, key)| key.name == name && key.lease.is_none())
            .map(|(key, _)| key.clone())
            .collect()
    }

    pub(crate) async fn wait_until_applied(&self, revision: i64) -> Result<(), etcd::Error> {
        let mut applied = self.applied.subscribe();
        let wait = applied.wait_for(|applied| *applied >= revision);
        match tokio::time::timeout(APPLIED_WITHIN, wait).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(etcd::Error::Unknown("the copy is behind".to_owned())),
        }
    }

    /// Follows the keys that begin with `prefix`, in an endless loop. The key `probe` shows that etcd answers.
    pub(crate) async fn follow(&self, client: &Client, prefix: &str, probe: &str) {
        let mut touch = Touch::default();
        loop {
            let read = client.range_all(Keys::prefix(prefix), KEYS_AT_ONCE).await;
            let read_at = match read {
                Ok(page) => {
                    self.start_again(page.pairs, page.revision);
                    touch.note_in_touch(&self.directory, Instant::now());
                    page.revision
                }
                Err(error) => {
                    touch.note_no_answer(&self.directory, &error.to_string());
                    tokio::time::sleep(RETRY_AFTER).await;
                    continue;
                }
            };
            let mut watch = client.watch(WatchOptions {
                keys: Keys::prefix(prefix),
                from: read_at + 1,
                puts_only: false,
                probe: probe.to_owned(),
            });
            let mut was_interrupted = false;
            loop {
                match tokio::time::timeout(CUT_OFF_AFTER, watch.next()).await {
                    Ok(Watched::Events(events)) => self.apply(events),
                    Ok(Watched::InTouch {
                        asked_at, revision, ..
                    }) => {
                        touch.note_in_touch(&self.directory, asked_at);
                        // A backup may have been restored meanwhile. A watch does not show that: it waits until etcd
                        // has come to its revision again.
                        if was_interrupted || revision < read_at {
                            break;
                        }
                    }
                    Ok(Watched::Interrupted(error)) => {
                        was_interrupted = true;
                        touch.note_no_answer(&self.directory, &error.to_string());
                    }
                    Ok(Watched::Compacted) => break,
                    Err(_) => touch.note_no_answer(&self.directory, "no answer"),
                }
            }
        }
    }

    /// Takes all keys of etcd, as of a revision, in place of what the copy has.
    pub(crate) fn start_again(&self, pairs: Vec<KeyValue>, revision: i64) {
        // In one go: no look-up may find the copy half full.
        let mut directory = self.directory.lock();
        let kept: HashSet<&str> = pairs.iter().map(|pair| pair.key.as_str()).collect();
        let mut gone = Vec::new();
        self.keys.lock().retain(|key, known| {
            let is_kept = kept.contains(key.as_str());
            if !is_kept {
                gone.push((known.name.clone(), known.endpoint.clone()));
            }
            is_kept
        });
        for (name, endpoint) in gone {
            directory.unregister(Instant::now(), &name, &endpoint);
            info!(%name, %endpoint, "forgotten: it is not in etcd any more");
        }
        for pair in pairs {
            self.put(&mut directory, pair);
        }
        drop(directory);
        let before = self.applied.send_replace(revision);
        if revision < before {
            warn!(
                before,
                revision, "etcd was set back: was a backup restored? The names are those in it now"
            );
        }
    }

    pub(crate) fn apply(&self, events: Vec<Event>) {
        let Some(revision) = events.last().map(Event::revision) else {
            return;
        };
        for event in events {
            match event {
                Event::Put(pair) => self.put(&mut self.directory.lock(), pair),
                Event::Deleted { key, .. } => {
                    if let Some(Key { name, endpoint, .. }) = self.keys.lock().remove(&key) {
                        let mut directory = self.directory.lock();
                        directory.unregister(Instant::now(), &name, &endpoint);
                        info!(%name, %endpoint, "forgotten: it was unregistered, or the lease is over");
                    }
                }
            }
        }
        self.applied.send_replace(revision);
    }

    fn put(&self, directory: &mut Directory, pair: KeyValue) {
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
        directory.put(Instant::now(), &value.name, claim);
    }
}

/// The time so long ago, in seconds since 1970.
pub(crate) fn seconds_at(ago: Duration) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().saturating_sub(ago).as_secs()
}

/// The instant at a time in seconds since 1970 that is past.
fn instant_of(seconds: u64) -> Instant {
    let ago = Duration::from_secs(seconds_at(Duration::ZERO).saturating_sub(seconds));
    let now = Instant::now();
    now.checked_sub(ago).unwrap_or(now)
}

/// When etcd answered the last time.
#[derive(Default)]
struct Touch {
    last: Option<Instant>,
    is_reported: bool,
}

impl Touch {
    fn note_in_touch(&mut self, copy: &Mutex<Directory>, at: Instant) {
        self.last = Some(at);
        copy.lock().set_cut_off_since(None);
        if std::mem::take(&mut self.is_reported) {
            info!("in touch with etcd again");
        }
    }

    fn note_no_answer(&mut self, copy: &Mutex<Directory>, reason: &str) {
        let since = *self.last.get_or_insert_with(Instant::now);
        if since.elapsed() < CUT_OFF_AFTER {
            return;
        }
        copy.lock().set_cut_off_since(Some(since));
        if !std::mem::replace(&mut self.is_reported, true) {
            warn!(
                reason,
                "cut off from etcd: look-ups are answered as it was before, registrations are refused"
            );
        }
    }
}
