//! The log in etcd, for any number of servers.
//!
//! A batch is one key, `PREFIX/log/SERVER/RUN/NUMBER`, which is put only if it does not exist: that is fence
//! and deduplication in one. Its place in the log is etcd's revision, one counter for everything. Every batch
//! also sets `PREFIX/end`, so that the end of the log is found by reading one key. All servers follow by a
//! watch. [`snapshots`] bound the log.

mod keys;
mod snapshots;

use std::collections::VecDeque;

use ::etcd::{
    Client, Compare, Config, Credentials, Error, Event, KeyValue, Keys, Operation, Txn, Watch,
    WatchOptions, Watched,
};
use tracing::{info, warn};

use super::entry::Position;
use super::shared::{AttemptError, Followed, SharedLog};
use super::snapshot_time::SnapshotTime;
use crate::chat::snapshot::Snapshot;
use crate::chat::{Chat, Moment, Policy, WriterId};
use keys::{Layout, position, revision};
use snapshots::{RETRY_EVERY, Snapshots, load};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EtcdSettings {
    /// The members of etcd, as `HOST:PORT`, the nearest first.
    pub endpoints: Vec<String>,
    /// What all keys of this chat begin with.
    pub prefix: String,
    /// For an etcd with authentication.
    pub credentials: Option<Credentials>,
    /// What this server is called in the log.
    pub server: String,
}

/// A log in etcd that was found, and the chat at its newest snapshot.
#[derive(Debug)]
pub struct Found {
    client: Client,
    layout: Layout,
    writer: WriterId,
    /// The place of the snapshot.
    pub position: Position,
    pub chat: Chat,
    snapshot_bytes: usize,
    snapshot_taken: Option<Moment>,
}

/// The log as one server follows it.
#[derive(Debug)]
pub struct EtcdLog {
    client: Client,
    layout: Layout,
    writer: WriterId,
    watch: Watch,
    /// What the watch brought and was not taken yet.
    brought: VecDeque<KeyValue>,
    /// Whether the watch is over, because what it would go on with is no longer kept.
    is_compacted: bool,
    snapshots: Snapshots,
    /// When the snapshot was taken that this server began with.
    restored_snapshot: Option<Moment>,
}

impl Found {
    /// Finds the log, as soon as etcd can be reached.
    pub async fn wait_for(settings: &EtcdSettings) -> Result<Self, String> {
        let config = Config {
            credentials: settings.credentials.clone(),
            ..Config::new(settings.endpoints.clone())
        };
        // Its connections belong to this runtime, so it is not used for anything else.
        let client = Client::new(config.clone()).map_err(|error| error.to_string())?;
        let layout = Layout::new(&settings.prefix);
        let mut is_reported = false;
        let loaded = loop {
            match load(&client, &layout).await {
                Ok(loaded) => break loaded,
                Err(snapshots::LoadError::Damaged(reason)) => return Err(reason),
                Err(snapshots::LoadError::Etcd(cause)) => {
                    if !std::mem::replace(&mut is_reported, true) {
                        let endpoints = settings.endpoints.join(",");
                        warn!(%endpoints, %cause, "etcd cannot be used; trying until it can");
                    }
                }
            }
            tokio::time::sleep(RETRY_EVERY).await;
        };
        if is_reported {
            info!("etcd is there");
        }
        let run = format!("{:016x}", fastrand::u64(..));
        Ok(Self {
            client: Client::new(config).map_err(|error| error.to_string())?,
            writer: WriterId(format!("{}/{run}", keys::safe(&settings.server)).into()),
            layout,
            position: loaded.position,
            snapshot_taken: loaded.chat.as_ref().and_then(Chat::last_moment),
            chat: loaded.chat.unwrap_or_else(|| Chat::new(Policy::default())),
            snapshot_bytes: loaded.bytes,
        })
    }

    /// Splits off the chat; the rest becomes the log in the runtime that follows it.
    pub fn take(mut self) -> (Chat, Position, impl FnOnce() -> EtcdLog + Send + 'static) {
        let chat = std::mem::replace(&mut self.chat, Chat::new(Policy::default()));
        (chat, self.position, move || self.follow())
    }

    fn follow(self) -> EtcdLog {
        EtcdLog {
            watch: watch(&self.client, &self.layout, self.position),
            snapshots: Snapshots::after(self.position, self.snapshot_bytes),
            restored_snapshot: self.snapshot_taken,
            client: self.client,
            layout: self.layout,
            writer: self.writer,
            brought: VecDeque::new(),
            is_compacted: false,
        }
    }
}

fn watch(client: &Client, layout: &Layout, after: Position) -> Watch {
    client.watch(WatchOptions {
        keys: Keys::prefix(&layout.log()),
        from: revision(after) + 1,
        // Entries before a snapshot are deleted, which changes nothing.
        puts_only: true,
        probe: layout.end(),
    })
}

impl SharedLog for EtcdLog {
    fn writer(&self) -> &WriterId {
        &self.writer
    }

    fn append(
        &self,
        number: u64,
        batch: Vec<u8>,
    ) -> impl Future<Output = Result<(), AttemptError>> + Send + 'static {
        let client = self.client.clone();
        let key = self.layout.batch(&self.writer, number);
        let end = self.layout.end();
        async move {
            let txn = Txn::default()
                .when(Compare::Absent(key.clone()))
                .then(Operation::put(key, batch))
                .then(Operation::put(end, number.to_string()));
            match client.txn(txn).await {
                // If it was there already, an attempt before has succeeded.
                Ok(_) => Ok(()),
                Err(error) => Err(attempt_error(error)),
            }
        }
    }

    async fn next(&mut self) -> Followed {
        loop {
            if let Some(pair) = self.brought.pop_front() {
                let Some((writer, number)) = self.layout.read_batch(&pair.key) else {
                    warn!(key = %pair.key, "a key in etcd that is no batch is left out");
                    continue;
                };
                self.snapshots.appended(pair.value.len());
                return Followed::Batch {
                    position: position(pair.mod_revision),
                    writer,
                    number,
                    batch: pair.value,
                };
            }
            if self.is_compacted {
                return self.skip().await;
            }
            match self.watch.next().await {
                Watched::Events(events) => {
                    let puts = events.into_iter().filter_map(|event| match event {
                        Event::Put(pair) => Some(pair),
                        Event::Deleted { .. } => None,
                    });
                    self.brought.extend(puts);
                }
                Watched::InTouch {
                    asked_at, probed, ..
                } => {
                    return Followed::InTouch {
                        asked_at,
                        end: position(probed.unwrap_or_default()),
                    };
                }
                Watched::Interrupted(error) => return Followed::Interrupted(error.to_string()),
                Watched::Compacted => self.is_compacted = true,
            }
        }
    }

    fn is_snapshot_due(&self) -> bool {
        self.snapshots.is_due()
    }

    fn snapshot(&mut self, position: Position, chat: Snapshot) {
        self.snapshots
            .write(self.client.clone(), self.layout.clone(), position, chat);
    }

    fn mark_snapshots(&mut self, time: SnapshotTime) {
        if let Some(restored) = self.restored_snapshot {
            time.set(&restored.wall);
        }
        self.snapshots.time = time;
    }
}

impl EtcdLog {
    /// Goes on from the newest snapshot. This may be dropped and begun again.
    async fn skip(&mut self) -> Followed {
        loop {
            match load(&self.client, &self.layout).await {
                Ok(loaded) => {
                    let Some(chat) = loaded.chat else {
                        let reason = "the log was compacted, and there is no snapshot";
                        return Followed::Unreadable(reason.to_owned());
                    };
                    self.watch = watch(&self.client, &self.layout, loaded.position);
                    let time = self.snapshots.time.clone();
                    if let Some(taken) = chat.last_moment() {
                        time.set(&taken.wall);
                    }
                    self.snapshots = Snapshots::after(loaded.position, loaded.bytes);
                    self.snapshots.time = time;
                    self.is_compacted = false;
                    return Followed::Skipped {
                        position: loaded.position,
                        chat: Box::new(chat),
                    };
                }
                Err(snapshots::LoadError::Damaged(reason)) => return Followed::Unreadable(reason),
                Err(snapshots::LoadError::Etcd(cause)) => {
                    warn!(%cause, "the snapshot cannot be read yet");
                    tokio::time::sleep(RETRY_EVERY).await;
                }
            }
        }
    }
}

fn attempt_error(error: Error) -> AttemptError {
    let reason = error.to_string();
    match error {
        Error::Unreachable(_) => AttemptError::NotAppended(reason),
        Error::NoSpace
        | Error::Authentication(_)
        | Error::Refused(_)
        | Error::LeaseNotFound
        | Error::Compacted => AttemptError::Refused(reason),
        Error::Unknown(_) | Error::Unexpected(_) => AttemptError::Unknown(reason),
    }
}
