//! Writing snapshots, and dropping what they make superfluous, in the background.
//!
//! Everything is done in short transactions, so that commands hardly wait for it, and checkpoints of
//! SQLite's write-ahead log, which copy pages to the database and sync it, use a connection of their own
//! and hold up commands only for the last few pages.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::{Connection, params};
use tracing::{debug, error, warn};

use super::database::{Database, Stage, classify, leave_as_it_is};
use super::entry::{AppendError, Position};
use super::snapshot_time::SnapshotTime;
use crate::chat::snapshot::Snapshot;

/// How large a part of a snapshot is. Writing and syncing one takes a few milliseconds, and that long a
/// command may wait.
const PART_BYTES: usize = 256 << 10;

/// How many entries are dropped in one transaction.
const DROPPED_AT_ONCE: u64 = 1_000;

/// A log that is shorter is not worth a snapshot.
const LOG_AT_LEAST: usize = 8 << 20;

/// How much is added to SQLite's write-ahead log between two checkpoints. After each the write-ahead log begins
/// again at its first page; syncing a page that is written again takes about half as long as syncing one by
/// which the file grows.
const CHECKPOINT_EVERY: usize = 4 << 20;

/// How often a checkpoint is repeated for what was committed during the one before.
const CATCH_UP_AT_MOST: usize = 4;

/// For copying so many pages commits may wait: it takes a few milliseconds.
const SHORT_PART: i64 = 64;

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
    since_checkpoint: usize,
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
        checkpoints: Connection,
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
            since_checkpoint: 0,
        };
        let (writing, bytes) = (Arc::clone(&is_writing), Arc::clone(&last_bytes));
        let run = move || {
            for job in received {
                match job {
                    Job::Checkpoint => writer.checkpoint(),
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
            since_checkpoint: 0,
            time: SnapshotTime::default(),
        }
    }

    /// So many bytes were appended to SQLite's write-ahead log.
    pub(super) fn appended(&mut self, bytes: usize) {
        self.since_checkpoint += bytes;
        if self.since_checkpoint >= CHECKPOINT_EVERY {
            self.since_checkpoint = 0;
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
    checkpoints: Connection,
    keep: Keep,
    since_checkpoint: usize,
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.database.is_stopped() {
            leave_as_it_is(&self.checkpoints);
        }
    }
}

impl Writer {
    /// Writes a snapshot, and drops what it replaces. Returns its size.
    fn write(&mut self, position: Position, state: Snapshot) -> Result<usize, AppendError> {
        // What a snapshot that was broken off has left behind.
        self.drop_parts(UNFINISHED)?;
        let moment = state
            .last_moment()
            .map(|at| at.to_string())
            .unwrap_or_default();
        let (mut part, mut number, mut bytes) = (String::new(), 0, 0);
        for record in state.records() {
            let line = serde_json::to_string(&record)
                .map_err(|cause| AppendError::Broken(cause.to_string()))?;
            if !part.is_empty() && part.len() + line.len() > PART_BYTES {
                self.write_part(position, number, &part)?;
                number += 1;
                part.clear();
            }
            bytes += line.len() + 1;
            part.push_str(&line);
            part.push('\n');
        }
        self.write_part(position, number, &part)?;
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
        self.checkpoint();
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
            self.wrote(dropped * 400);
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
        self.since_checkpoint += bytes;
        if self.since_checkpoint >= CHECKPOINT_EVERY {
            self.since_checkpoint = 0;
            self.checkpoint();
        }
    }

    /// Copies what was committed from the write-ahead log into the database, so that the next commit can begin
    /// the write-ahead log again. Most is copied while commits go on; but as long as they do, there are always
    /// some that are not copied yet, and the write-ahead log would only grow. So commits wait for the last part,
    /// which is short.
    fn checkpoint(&self) {
        let mut before = 0;
        for _ in 0..CATCH_UP_AT_MOST {
            let Some(Copied { pages, is_all }) = self.copy_committed() else {
                return;
            };
            // A reader keeps the rest from being copied. It will be copied next time.
            if !is_all {
                return;
            }
            if pages.saturating_sub(before) <= SHORT_PART {
                break;
            }
            before = pages;
        }
        let commits_wait = self.database.connection.lock();
        self.copy_committed();
        drop(commits_wait);
    }

    /// Copies what is committed by now, and waits for no other connection.
    fn copy_committed(&self) -> Option<Copied> {
        if self.database.is_stopped() {
            return None;
        }
        let copied = self
            .checkpoints
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                let (pages, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
                Ok(Copied {
                    pages,
                    is_all: copied == pages,
                })
            });
        copied
            .inspect_err(|cause| {
                let failure = classify(cause, Stage::Preparing);
                // A sync that failed here must not be followed by others, either.
                if matches!(failure, AppendError::Broken(_)) {
                    self.database.stop_writing();
                }
                warn!(%cause, %failure, "the database could not be brought up to date");
            })
            .ok()
    }
}

/// What a checkpoint did.
struct Copied {
    /// How many pages the write-ahead log had when it began.
    pages: i64,
    /// Whether all of them are in the database.
    is_all: bool,
}
