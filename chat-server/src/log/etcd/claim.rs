//! The claim of the server that writes a snapshot, and what is done under it.
//!
//! A request may be carried out long after it was sent: a member of etcd that was stopped finds it in its socket, when
//! the server has repeated it elsewhere and gone on. So what deletes or writes parts of a snapshot does nothing unless
//! the claim is as it was when the request was sent. Without a claim only what a named snapshot replaces is deleted.

use std::time::{Duration, Instant};

use ::etcd::{Client, Compare, Error, Keys, LeaseId, Operation, Txn};

use tracing::debug;

use super::keys::Layout;
use crate::chat::snapshot::Snapshot;
use crate::log::Position;
use crate::log::parts::parts;

/// How long a server that writes a snapshot may be silent before another one may write it.
const SILENCE: Duration = Duration::from_secs(60);

/// How often the claim is kept alive.
const KEPT_EVERY: Duration = Duration::from_secs(15);

/// How often a request is sent of which it is not known whether it was carried out.
const TRIES: usize = 4;

const PART_BYTES: usize = 512 << 10;

/// A claim that is held.
pub(super) struct Claim<'a> {
    pub(super) client: &'a Client,
    pub(super) layout: &'a Layout,
    lease: LeaseId,
    /// Of the last change of its key.
    revision: i64,
    kept: Instant,
}

impl<'a> Claim<'a> {
    /// Takes it for the snapshot at this place, unless another server holds it.
    pub(super) async fn take(
        client: &'a Client,
        layout: &'a Layout,
        at: Position,
    ) -> Result<Option<Self>, Error> {
        let kept = Instant::now();
        let lease = client.grant(SILENCE).await?;
        let taking = Txn::default()
            .when(Compare::Absent(layout.snapshot_claim()))
            .then(put(layout, at, lease));
        match client.txn(taking).await {
            Ok(taken) if taken.succeeded => Ok(Some(Self {
                client,
                layout,
                lease,
                revision: taken.revision,
                kept,
            })),
            not_taken => {
                // Without its lease, a claim that is made after all ends at once.
                end(client, lease).await;
                not_taken.map(|_| None)
            }
        }
    }

    /// Deletes what snapshots that were broken off have left behind: all parts but those of the newest one. Afterwards
    /// the claim has another revision, so that these deletions, carried out late, do nothing to the parts that are
    /// written then.
    pub(super) async fn drop_unfinished(
        &mut self,
        newest: Position,
        at: Position,
    ) -> Result<(), Error> {
        let before = Keys::Between(self.layout.snapshots(), self.layout.parts(newest));
        self.change(Operation::Delete(before)).await?;
        if let Keys::Between(_, end) = Keys::prefix(&self.layout.snapshots()) {
            let behind = Keys::Between(self.layout.parts(newest.next()), end);
            self.change(Operation::Delete(behind)).await?;
        }
        let renewing = self.guarded(put(self.layout, at, self.lease));
        let renewed = self.client.txn(renewing).await?;
        self.revision = renewed.revision;
        held(renewed.succeeded)
    }

    /// Writes the parts. Returns how many they are, and their size.
    pub(super) async fn write_parts(
        &mut self,
        at: Position,
        chat: Snapshot,
    ) -> Result<(usize, usize), Error> {
        let (mut count, mut bytes) = (0, 0);
        for part in parts(&chat, PART_BYTES) {
            let part = part.map_err(|error| Error::Unexpected(error.to_string()))?;
            bytes += part.len();
            let key = self.layout.part(at, count);
            self.change(Operation::put(key, part)).await?;
            count += 1;
            self.keep_alive().await?;
            // Others use this thread to follow the log.
            tokio::task::yield_now().await;
        }
        Ok((count, bytes))
    }

    /// Names the snapshot of so many parts: from now on it is the newest one.
    pub(super) async fn name(&self, at: Position, count: usize) -> Result<(), Error> {
        let name = format!("{at} {count}");
        self.change(Operation::put(self.layout.newest_snapshot(), name))
            .await
    }

    /// Carries out a change, which can be repeated, if the claim is still held.
    pub(super) async fn change(&self, operation: Operation) -> Result<(), Error> {
        let guarded = self.guarded(operation);
        let mut outcome = self.client.txn(guarded.clone()).await;
        for _ in 1..TRIES {
            if !matches!(outcome, Err(Error::Unknown(_))) {
                break;
            }
            outcome = self.client.txn(guarded.clone()).await;
        }
        held(outcome?.succeeded)
    }

    /// Ends it.
    pub(super) async fn give_back(self) {
        end(self.client, self.lease).await;
    }

    async fn keep_alive(&mut self) -> Result<(), Error> {
        if self.kept.elapsed() >= KEPT_EVERY {
            self.kept = Instant::now();
            self.client.keep_alive(self.lease).await?;
        }
        Ok(())
    }

    fn guarded(&self, operation: Operation) -> Txn {
        let key = self.layout.snapshot_claim();
        Txn::default()
            .when(Compare::ModRevision(key, self.revision))
            .then(operation)
    }
}

async fn end(client: &Client, lease: LeaseId) {
    if let Err(cause) = client.revoke(lease).await {
        debug!(%cause, "the claim to write a snapshot expires by itself");
    }
}

fn put(layout: &Layout, at: Position, lease: LeaseId) -> Operation {
    Operation::Put {
        key: layout.snapshot_claim(),
        value: at.to_string().into_bytes(),
        lease: Some(lease),
    }
}

fn held(is_held: bool) -> Result<(), Error> {
    if is_held {
        Ok(())
    } else {
        Err(Error::LeaseNotFound)
    }
}
