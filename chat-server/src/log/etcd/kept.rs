//! What etcd keeps of a log whose history it has forgotten.
//!
//! Compaction concerns the whole store: another chat in it, its administrator or a member by itself may compact
//! far beyond the last batch of this chat. The batches are there all the same, since only a snapshot that takes
//! their place has them deleted. A watch cannot bring them any more, but reading the keys can.

use ::etcd::{Client, KeyValue, Keys, Range};

use super::keys::{Layout, position, revision};
use super::snapshots::{LoadError, Loaded, load, read_position};
use crate::log::Position;

/// How many batches are read with one request, if they are small.
const BATCHES_AT_ONCE: u32 = 64;

/// The same if an answer with so many is too large or takes too long.
const LARGE_BATCHES_AT_ONCE: u32 = 2;

/// How a log goes on after a place.
pub(super) enum Kept {
    /// As it was followed.
    AsBefore,
    /// With these batches, in their order, and what comes after this revision.
    Batches(Vec<KeyValue>, i64),
    /// With a snapshot: some batches may be deleted.
    Snapshot(Box<Loaded>),
}

/// Reads what comes after a place.
pub(super) async fn read_kept(
    client: &Client,
    layout: &Layout,
    after: Position,
) -> Result<Kept, LoadError> {
    let log = Keys::prefix(&layout.log());
    let read = match client.range_all(log.clone(), BATCHES_AT_ONCE).await {
        Err(_) => client.range_all(log, LARGE_BATCHES_AT_ONCE).await,
        read => read,
    };
    let page = read?;
    // At the same revision: batches are deleted after the snapshot is named.
    let newest = Range {
        revision: Some(page.revision),
        ..Range::of(Keys::One(layout.newest_snapshot()))
    };
    let newest = client.range(&newest).await?;
    let newest = newest.pairs.first();
    if newest.and_then(|newest| read_position(&newest.value)) > Some(after) {
        return Ok(Kept::Snapshot(Box::new(load(client, layout).await?)));
    }
    let mut batches = page.pairs;
    batches.retain(|pair| pair.mod_revision > revision(after));
    batches.sort_by_key(|pair| position(pair.mod_revision));
    Ok(Kept::Batches(batches, page.revision))
}

/// Sees whether etcd still has what was followed up to a place: the batch there, if its key is known, or a snapshot.
/// After a backup was restored it has not, though it may go on beyond that place.
pub(super) async fn check_place(
    client: &Client,
    layout: &Layout,
    at: Position,
    batch: Option<&str>,
) -> Result<Kept, LoadError> {
    if let Some(key) = batch {
        let batch = Range {
            keys_only: true,
            ..Range::of(Keys::One(key.to_owned()))
        };
        let page = client.range(&batch).await?;
        let found = page.pairs.first();
        if found.is_some_and(|found| position(found.mod_revision) == at) {
            return Ok(Kept::AsBefore);
        }
    }
    // In this order: batches are deleted after the snapshot is named.
    let newest = client.get(&layout.newest_snapshot()).await?;
    let newest = newest.and_then(|newest| read_position(&newest.value));
    match newest.unwrap_or_default() {
        newest if newest == at && batch.is_none() => Ok(Kept::AsBefore),
        newest if newest >= at => Ok(Kept::Snapshot(Box::new(load(client, layout).await?))),
        _ => Err(LoadError::Damaged(format!(
            "what was read at {at} is not there any more: was a backup restored?"
        ))),
    }
}
