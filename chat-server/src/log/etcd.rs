//! The log in etcd, for any number of servers.
//!
//! A batch is one key, `PREFIX/log/SERVER/RUN/NUMBER`, which is put only if it does not exist: that is fence
//! and deduplication in one. Its place in the log is etcd's revision, one counter for everything. Every batch
//! also sets `PREFIX/end`, so that the end of the log is found by reading one key. All servers follow by a
//! watch, and where etcd has forgotten the history of the keys, by reading the keys. [`snapshots`] bound the log.

mod claim;
mod kept;
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
use kept::{Kept, check_place, read_kept};
use keys::{Layout, position, revision};
use snapshots::{Loaded, RETRY_EVERY, Snapshots, load};
use tokio::task::JoinSet;

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

/// What is asked when the watch does not say it.
#[derive(Clone, Copy, Debug)]
enum Question {
    /// What comes after what was brought, which the watch cannot bring any more.
    WhatFollows,
    /// Whether the log is still the one that was followed.
    WhetherSame,
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
    /// What was brought and not taken yet.
    brought: VecDeque<KeyValue>,
    /// The place of the last that was brought.
    brought_up_to: Position,
    /// The key of that, if it is a batch.
    last_brought: Option<String>,
    /// Whether the watch was opened again: etcd may have been set back meanwhile.
    was_interrupted: bool,
    /// What the watch said that is to be taken if etcd was not set back.
    held: Option<Watched>,
    /// Reads what the watch does not say. A task, because [`EtcdLog::next`] may be dropped more often than so much is
    /// read.
    reading: JoinSet<Result<Kept, String>>,
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
            watch: watch(&self.client, &self.layout, revision(self.position)),
            snapshots: Snapshots::after(self.position, self.snapshot_bytes),
            restored_snapshot: self.snapshot_taken,
            client: self.client,
            layout: self.layout,
            writer: self.writer,
            brought: VecDeque::new(),
            brought_up_to: self.position,
            last_brought: None,
            was_interrupted: false,
            held: None,
            reading: JoinSet::new(),
        }
    }
}

fn watch(client: &Client, layout: &Layout, after: i64) -> Watch {
    client.watch(WatchOptions {
        keys: Keys::prefix(&layout.log()),
        from: after + 1,
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
            if let Some(read) = self.reading.join_next().await {
                let read = read.map_err(|error| error.to_string()).flatten();
                match read {
                    Ok(Kept::AsBefore) => {}
                    Ok(Kept::Batches(batches, up_to)) => {
                        self.bring(batches);
                        self.watch = watch(&self.client, &self.layout, up_to);
                    }
                    Ok(Kept::Snapshot(loaded)) => {
                        if let Some(skipped) = self.skip(*loaded) {
                            return skipped;
                        }
                    }
                    Err(reason) => return Followed::Unreadable(reason),
                }
                continue;
            }
            let watched = match self.held.take() {
                Some(held) => held,
                None => self.watch.next().await,
            };
            let is_interrupted = matches!(watched, Watched::Interrupted(_));
            if !is_interrupted && std::mem::take(&mut self.was_interrupted) {
                self.held = Some(watched);
                self.ask(Question::WhetherSame);
                continue;
            }
            match watched {
                Watched::Events(events) => {
                    let puts = events.into_iter().filter_map(|event| match event {
                        Event::Put(pair) => Some(pair),
                        Event::Deleted { .. } => None,
                    });
                    self.bring(puts);
                }
                Watched::InTouch {
                    asked_at, probed, ..
                } => {
                    return Followed::InTouch {
                        asked_at,
                        end: position(probed.unwrap_or_default()),
                    };
                }
                Watched::Interrupted(error) => {
                    self.was_interrupted = true;
                    return Followed::Interrupted(error.to_string());
                }
                Watched::Compacted => self.ask(Question::WhatFollows),
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
    fn bring(&mut self, batches: impl IntoIterator<Item = KeyValue>) {
        self.brought.extend(batches);
        if let Some(last) = self.brought.back() {
            self.brought_up_to = position(last.mod_revision);
            self.last_brought = Some(last.key.clone());
        }
    }

    /// Begins to ask etcd for what the watch does not say.
    fn ask(&mut self, question: Question) {
        let (client, layout) = (self.client.clone(), self.layout.clone());
        let (at, batch) = (self.brought_up_to, self.last_brought.clone());
        self.reading.spawn(async move {
            loop {
                let read = match question {
                    Question::WhatFollows => read_kept(&client, &layout, at).await,
                    Question::WhetherSame => {
                        check_place(&client, &layout, at, batch.as_deref()).await
                    }
                };
                match read {
                    Ok(kept) => return Ok(kept),
                    Err(snapshots::LoadError::Damaged(reason)) => return Err(reason),
                    Err(snapshots::LoadError::Etcd(cause)) => {
                        warn!(%cause, "what etcd keeps of the log cannot be read yet");
                        tokio::time::sleep(RETRY_EVERY).await;
                    }
                }
            }
        });
    }

    /// Goes on from a snapshot, with a watch that says if that is not enough.
    fn skip(&mut self, loaded: Loaded) -> Option<Followed> {
        let Loaded {
            position,
            chat,
            bytes,
        } = loaded;
        self.watch = watch(&self.client, &self.layout, revision(position));
        self.held = None;
        let chat = chat?;
        self.brought_up_to = position;
        self.last_brought = None;
        let time = self.snapshots.time.clone();
        if let Some(taken) = chat.last_moment() {
            time.set(&taken.wall);
        }
        self.snapshots = Snapshots::after(position, bytes);
        self.snapshots.time = time;
        Some(Followed::Skipped {
            position,
            chat: Box::new(chat),
        })
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
