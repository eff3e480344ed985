//! Writing snapshots, and dropping what they make superfluous, in the background.
//!
//! Everything is done in short transactions, so that commands hardly wait for it. The same thread makes the
//! [checkpoints](super::checkpoints) of SQLite's write-ahead log.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::params;
use thiserror::Error;
use tracing::{debug, error, warn};

use super::checkpoints::{Checkpoints, Growth};
use super::database::Database;
use super::entry::{AppendError, Position};
use super::parts::parts;
use super::snapshot_time::SnapshotTime;
use crate::chat::snapshot::Snapshot;

/// How large a part of a snapshot is. Writing and syncing one takes a few milliseconds, and that long a
/// command may wait.
const PART_BYTES: usize = 256 << 10;

/// How many entries are dropped in one transaction.
const DROPPED_AT_ONCE: u64 = 1_000;

/// A log that is shorter is not worth a snapshot.
const LOG_AT_LEAST: usize = 8 << 20;

/// About what dropping an entry adds to SQLite's write-ahead log.
const BYTES_PER_DROPPED_ENTRY: usize = 400;

/// Parts that belong to no whole snapshot.
const UNFINISHED: &str = "position NOT IN (SELECT position FROM whole_snapshot)";

/// What of the past is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// What it takes to start again: the newest snapshot and the entries after it.
    #[default]
    Newest,
    /// Every entry from now on, and the snapshot before the first one.
    Everything,
}

/// The background writer.
#[derive(Debug)]
pub(super) struct Snapshots {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    is_writing: Arc<AtomicBool>,
    last_bytes: Arc<AtomicUsize>,
    /// By the entries that were appended.
    growth: Growth,
    /// Where it is said when the newest snapshot was taken.
    pub(super) time: SnapshotTime,
}

#[derive(Debug)]
enum Job {
    /// Boxed, because most jobs are checkpoints.
    Write(Position, Box<Snapshot>, SnapshotTime),
    Checkpoint,
}

impl Snapshots {
    /// Begins where a snapshot of this size was restored.
    pub(super) fn start(
        database: Arc<Database>,
        checkpoints: Checkpoints,
        keep: Keep,
        last_bytes: usize,
    ) -> Self {
        let (jobs, received) = mpsc::channel();
        let is_writing = Arc::new(AtomicBool::new(false));
        let last_bytes = Arc::new(AtomicUsize::new(last_bytes));
        let mut writer = Writer {
            database,
            checkpoints,
            keep,
            growth: Growth::default(),
        };
        let (writing, bytes) = (Arc::clone(&is_writing), Arc::clone(&last_bytes));
        let run = move || {
            for job in received {
                match job {
                    Job::Checkpoint => writer.checkpoints.checkpoint(),
                    Job::Write(position, state, time) => {
                        let taken = state.last_moment();
                        match writer.write(position, *state) {
                            Ok(written) => {
                                bytes.store(written, Ordering::Relaxed);
                                if let Some(taken) = taken {
                                    time.set(&taken.wall);
                                }
                            }
                            // The log goes on growing, and nothing is lost.
                            Err(cause) => {
                                warn!(%position, %cause, "the snapshot was not written");
                                // Its parts take room that messages may need.
                                let _ = writer.drop_parts(UNFINISHED);
                            }
                        }
                        writing.store(false, Ordering::Relaxed);
                    }
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("snapshots".to_owned())
            .spawn(run);
        let thread = thread
            .inspect_err(|cause| error!(%cause, "no thread for snapshots: the log will only grow"))
            .ok();
        Self {
            jobs: Some(jobs),
            thread,
            is_writing,
            last_bytes,
            growth: Growth::default(),
            time: SnapshotTime::default(),
        }
    }

    /// So many bytes were appended to SQLite's write-ahead log.
    pub(super) fn appended(&mut self, bytes: usize) {
        if self.growth.add(bytes) {
            self.give(Job::Checkpoint);
        }
    }

    /// Whether it is time for a snapshot: when the log has grown to half the size of the last one. So the
    /// old snapshot, the new one and the log together stay below three times the state.
    pub(super) fn is_due(&self, log_bytes: usize) -> bool {
        let enough = LOG_AT_LEAST.max(self.last_bytes.load(Ordering::Relaxed) / 2);
        log_bytes >= enough && !self.is_writing.load(Ordering::Relaxed)
    }

    /// Writes the state as it is after the entry at `position`.
    pub(super) fn write(&self, position: Position, state: Snapshot) {
        self.is_writing.store(true, Ordering::Relaxed);
        self.give(Job::Write(position, Box::new(state), self.time.clone()));
    }

    fn give(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // Without the thread, which has said so.
            let _ = jobs.send(job);
        }
    }
}

/// Waits until a snapshot that was begun is written: the next start is the faster for it.
impl Drop for Snapshots {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the writer of snapshots panicked");
        }
    }
}

struct Writer {
    database: Arc<Database>,
    checkpoints: Checkpoints,
    keep: Keep,
    /// By the parts of snapshots.
    growth: Growth,
}

#[derive(Debug, Error)]
enum WriteError {
    #[error("a record cannot be written as JSON: {0}")]
    Record(#[from] serde_json::Error),
    #[error(transparent)]
    Database(#[from] AppendError),
}

impl Writer {
    /// Writes a snapshot, and drops what it replaces. Returns its size.
    fn write(&mut self, position: Position, state: Snapshot) -> Result<usize, WriteError> {
        // What a snapshot that was broken off has left behind.
        self.drop_parts(UNFINISHED)?;
        let moment = state
            .last_moment()
            .map(|at| at.to_string())
            .unwrap_or_default();
        let mut bytes = 0;
        for (part, number) in parts(&state, PART_BYTES).zip(0..) {
            let part = part?;
            bytes += part.len();
            self.write_part(position, number, &part)?;
        }
        // As long as it is there, rooms and users are copied when they change.
        drop(state);
        self.database.write(|transaction| {
            transaction.execute(
                "INSERT INTO whole_snapshot VALUES (?1, ?2)",
                params![position.0, moment],
            )?;
            Ok(())
        })?;
        debug!(%position, bytes, "snapshot written");
        self.drop_replaced(position)?;
        self.checkpoints.checkpoint();
        Ok(bytes)
    }

    fn write_part(
        &mut self,
        position: Position,
        number: u32,
        part: &str,
    ) -> Result<(), AppendError> {
        self.database.write(|transaction| {
            transaction.execute(
                "INSERT INTO snapshot VALUES (?1, ?2, ?3)",
                params![position.0, number, part],
            )?;
            Ok(())
        })?;
        self.wrote(part.len());
        Ok(())
    }

    /// Drops older snapshots, and the entries up to the new one; where everything is kept, only the
    /// snapshots between the oldest and the newest.
    fn drop_replaced(&mut self, newest: Position) -> Result<(), AppendError> {
        let replaced = match self.keep {
            Keep::Newest => "position < ?1",
            Keep::Everything => {
                "position < ?1 AND position > (SELECT min(position) FROM whole_snapshot)"
            }
        };
        self.database.write(|transaction| {
            let delete = format!("DELETE FROM whole_snapshot WHERE {replaced}");
            transaction.execute(&delete, [newest.0])?;
            Ok(())
        })?;
        self.drop_parts(UNFINISHED)?;
        if self.keep == Keep::Everything {
            return Ok(());
        }
        loop {
            let mut dropped = 0;
            self.database.write(|transaction| {
                dropped = transaction.execute(
                    "DELETE FROM log WHERE position <= min(?1, (SELECT min(position) FROM log) + ?2)",
                    params![newest.0, DROPPED_AT_ONCE - 1],
                )?;
                Ok(())
            })?;
            if dropped == 0 {
                return Ok(());
            }
            self.wrote(dropped * BYTES_PER_DROPPED_ENTRY);
        }
    }

    /// Drops parts of snapshots, one in each transaction.
    fn drop_parts(&mut self, which: &str) -> Result<(), AppendError> {
        let delete = format!(
            "DELETE FROM snapshot WHERE rowid = (SELECT rowid FROM snapshot WHERE {which} LIMIT 1)"
        );
        loop {
            let mut dropped = 0;
            self.database.write(|transaction| {
                dropped = transaction.execute(&delete, [])?;
                Ok(())
            })?;
            if dropped == 0 {
                return Ok(());
            }
        }
    }

    fn wrote(&mut self, bytes: usize) {
        if self.growth.add(bytes) {
            self.checkpoints.checkpoint();
        }
    }
}
