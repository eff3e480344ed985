//! Snapshots in etcd: parts first, then the key that names them, then what they replace is deleted and
//! compacted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ::etcd::{Client, Error, Keys, Operation, Range};
use tracing::{debug, info, warn};

use super::claim::Claim;
use super::keys::{Layout, position, revision};
use crate::chat::snapshot::{Restoring, Snapshot};
use crate::chat::{Chat, WriterId};
use crate::log::parts::restore;
use crate::log::{Position, SnapshotTime};

/// How often an etcd that does not answer is asked again.
pub(super) const RETRY_EVERY: Duration = Duration::from_secs(1);

/// A log that is shorter is not worth a snapshot.
const LOG_AT_LEAST: usize = 8 << 20;

/// How many keys are listed with one request.
const LISTED_AT_ONCE: u32 = 1_000;

/// How many parts are read with one request. Each answer has to come in time, over slow links as well.
const PARTS_AT_ONCE: u32 = 1;

/// When a snapshot is due, and whether one is being written.
#[derive(Debug)]
pub(super) struct Snapshots {
    since: usize,
    after: Position,
    last_bytes: Arc<AtomicUsize>,
    is_writing: Arc<AtomicBool>,
    /// Where it is said when the newest snapshot was taken.
    pub(super) time: SnapshotTime,
}

/// The newest snapshot.
pub(super) struct Loaded {
    pub(super) position: Position,
    /// `None` where there is no snapshot.
    pub(super) chat: Option<Chat>,
    pub(super) bytes: usize,
}

pub(super) enum LoadError {
    /// etcd does not answer, or not yet.
    Etcd(Error),
    Damaged(String),
}

impl From<Error> for LoadError {
    fn from(error: Error) -> Self {
        Self::Etcd(error)
    }
}

impl Snapshots {
    pub(super) fn after(position: Position, bytes: usize) -> Self {
        Self {
            since: 0,
            after: position,
            last_bytes: Arc::new(AtomicUsize::new(bytes)),
            is_writing: Arc::default(),
            time: SnapshotTime::default(),
        }
    }

    pub(super) fn appended(&mut self, bytes: usize) {
        self.since += bytes;
    }

    /// When the log has grown to half the size of the last snapshot.
    pub(super) fn is_due(&self) -> bool {
        let enough = LOG_AT_LEAST.max(self.last_bytes.load(Ordering::Relaxed) / 2);
        self.since >= enough && !self.is_writing.load(Ordering::Relaxed)
    }

    /// Writes a snapshot in a task of its own, unless another server does or has done.
    pub(super) fn write(&mut self, client: Client, layout: Layout, at: Position, chat: Snapshot) {
        self.since = 0;
        let after = std::mem::replace(&mut self.after, at);
        let last_bytes = Arc::clone(&self.last_bytes);
        let is_writing = Arc::clone(&self.is_writing);
        is_writing.store(true, Ordering::Relaxed);
        let (time, taken) = (self.time.clone(), chat.last_moment());
        let writing = async move {
            match write(&client, &layout, after, at, chat).await {
                Ok(Some(bytes)) => {
                    info!(position = %at, bytes, "snapshot written");
                    last_bytes.store(bytes, Ordering::Relaxed);
                    if let Some(taken) = taken {
                        time.set(&taken.wall);
                    }
                }
                Ok(None) => {
                    debug!("another server writes a snapshot, or has written one");
                    // Its snapshot is due for all servers at nearly the same place, so at nearly the same time.
                    if let Some(taken) = taken
                        && is_written_by_another(&client, &layout, after).await
                    {
                        time.set(&taken.wall);
                    }
                }
                // The log goes on growing, and nothing is lost.
                Err(cause) => warn!(position = %at, %cause, "the snapshot was not written"),
            }
            is_writing.store(false, Ordering::Relaxed);
        };
        tokio::spawn(writing);
    }
}

/// Writes a snapshot and deletes what it replaces. Returns its size; `None` if another server writes one.
async fn write(
    client: &Client,
    layout: &Layout,
    after: Position,
    at: Position,
    chat: Snapshot,
) -> Result<Option<usize>, Error> {
    let Some(mut claim) = Claim::take(client, layout, at).await? else {
        return Ok(None);
    };
    let written = write_claimed(&mut claim, after, at, chat).await;
    claim.give_back().await;
    if let Ok(Some(_)) = written
        && let Err(cause) = drop_replaced(client, layout, at).await
    {
        // The next one deletes it.
        warn!(position = %at, %cause, "what the snapshot replaces is not deleted yet");
    }
    written
}

async fn write_claimed(
    claim: &mut Claim<'_>,
    after: Position,
    at: Position,
    chat: Snapshot,
) -> Result<Option<usize>, Error> {
    let newest = claim.client.get(&claim.layout.newest_snapshot()).await?;
    let newest = newest.and_then(|newest| read_position(&newest.value));
    if newest > Some(after) {
        return Ok(None);
    }
    claim
        .drop_unfinished(newest.unwrap_or_default(), at)
        .await?;
    match claim.write_parts(at, chat).await {
        Ok((count, bytes)) => {
            // If this fails, it may be carried out all the same: the parts stay for it.
            claim.name(at, count).await?;
            Ok(Some(bytes))
        }
        Err(cause) => {
            // They take room that messages may need. What stays, the next snapshot deletes.
            let parts = Keys::prefix(&claim.layout.parts(at));
            let _ = claim.change(Operation::Delete(parts)).await;
            Err(cause)
        }
    }
}

/// Waits for the end of a snapshot that another server writes. True if it is there, false if it was given up.
async fn is_written_by_another(client: &Client, layout: &Layout, after: Position) -> bool {
    loop {
        // In this order: a claim that is gone was given up only if there is no snapshot afterwards.
        let claim = client.get(&layout.snapshot_claim()).await;
        match client.get(&layout.newest_snapshot()).await {
            Ok(newest) => {
                let newest = newest.and_then(|newest| read_position(&newest.value));
                if newest > Some(after) {
                    return true;
                }
                if matches!(claim, Ok(None)) {
                    return false;
                }
            }
            Err(cause) => debug!(%cause, "whether there is a new snapshot is not known yet"),
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

/// Deletes what a snapshot has replaced. These requests may be carried out much later, by a member of etcd that was
/// stopped: they concern nothing that is newer than the snapshot.
async fn drop_replaced(client: &Client, layout: &Layout, at: Position) -> Result<(), Error> {
    let older = Keys::Between(layout.snapshots(), layout.parts(at));
    client.delete(&older).await?;
    drop_batches(client, layout, at).await?;
    client.compact(revision(at)).await
}

/// Deletes the batches up to a place. Those of one writer are in the order of the log, so one deletion for
/// each writer is enough. (But for one that is put again long after its key was deleted: it changes nothing.)
async fn drop_batches(client: &Client, layout: &Layout, last: Position) -> Result<(), Error> {
    let mut writers: BTreeMap<WriterId, u64> = BTreeMap::new();
    let mut range = Range {
        limit: LISTED_AT_ONCE,
        keys_only: true,
        ..Range::of(Keys::prefix(&layout.log()))
    };
    loop {
        let page = client.range(&range).await?;
        let Some(end) = page.pairs.last().map(|pair| pair.key.clone()) else {
            break;
        };
        for pair in &page.pairs {
            if position(pair.mod_revision) <= last
                && let Some((writer, number)) = layout.read_batch(&pair.key)
            {
                let newest = writers.entry(writer).or_default();
                *newest = number.max(*newest);
            }
        }
        let Keys::Between(_, stop) = Keys::prefix(&layout.log()) else {
            break;
        };
        if !page.more {
            break;
        }
        range.keys = Keys::Between(format!("{end}\0"), stop);
    }
    for (writer, number) in writers {
        let first = layout.batch(&writer, 0);
        let end = layout.batch(&writer, number + 1);
        client.delete(&Keys::Between(first, end)).await?;
    }
    Ok(())
}

/// Reads the newest snapshot.
pub(super) async fn load(client: &Client, layout: &Layout) -> Result<Loaded, LoadError> {
    let Some(newest) = client.get(&layout.newest_snapshot()).await? else {
        return Ok(Loaded {
            position: Position(0),
            chat: None,
            bytes: 0,
        });
    };
    let damaged = |what: String| LoadError::Damaged(format!("the snapshot in etcd: {what}"));
    let text = String::from_utf8_lossy(&newest.value);
    let named = text.split_once(' ');
    let named = named.and_then(|(at, count)| {
        let count: usize = count.parse().ok()?;
        Some((Position(at.parse().ok()?), count))
    });
    let Some((at, count)) = named else {
        return Err(damaged(format!("its name cannot be read: {text}")));
    };
    let page = client
        .range_all(Keys::prefix(&layout.parts(at)), PARTS_AT_ONCE)
        .await?;
    if page.pairs.len() != count {
        // A newer one may have taken its place meanwhile; then reading it again finds that.
        let again = client.get(&layout.newest_snapshot()).await?;
        if again.is_some_and(|again| again.mod_revision != newest.mod_revision) {
            let reason = "a newer snapshot was written meanwhile".to_owned();
            return Err(LoadError::Etcd(Error::Unknown(reason)));
        }
        let found = page.pairs.len();
        return Err(damaged(format!(
            "{found} of its {count} parts are there; restore a backup of etcd"
        )));
    }
    let mut restoring = Restoring::default();
    let mut bytes = 0;
    for pair in &page.pairs {
        bytes += pair.value.len();
        restore(&mut restoring, &pair.value).map_err(damaged)?;
    }
    let chat = restoring
        .finish()
        .map_err(|error| damaged(error.to_string()))?;
    Ok(Loaded {
        position: at,
        chat: Some(chat),
        bytes,
    })
}

/// The place that a name of a snapshot begins with.
pub(super) fn read_position(name: &[u8]) -> Option<Position> {
    let text = std::str::from_utf8(name).ok()?;
    let (at, _) = text.split_once(' ')?;
    Some(Position(at.parse().ok()?))
}
