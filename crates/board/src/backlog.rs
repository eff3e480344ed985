//! Calls that are observed, and not yet put into words.
//!
//! Words cost many times what a call does: an answer is read, masked and shortened. So a call only queues
//! what it has, and a thread of the board does the rest. A board that is behind skips calls, and says so.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};
use protocol::procedure::Procedure;
use rpc::observe::{CallId, Exchange};

/// Beginnings and ends that may wait: a second of work for the thread.
const MOST: usize = 4_000;

/// Bytes of the bodies that wait.
const MOST_BYTES: usize = 8 << 20;

/// What an entry takes beside its bodies: a small body keeps the buffer in which it arrived.
const OVERHEAD: usize = 1 << 10;

/// How long the thread lets calls gather. A thread that had to be woken for each call would cost the caller
/// more than everything else here, and the page draws less often.
const GATHER: Duration = Duration::from_millis(20);

/// The thread sleeps until it is woken when nothing came for so many rounds.
const QUIET_ROUNDS: u32 = 50;

/// What a board is informed of.
#[derive(Debug)]
pub(crate) enum Observed {
    Began(Began),
    Ended(Ended),
    /// The server stops.
    Stopping,
}

#[derive(Debug)]
pub(crate) struct Began {
    pub(crate) id: CallId,
    pub(crate) at: f64,
    pub(crate) dialect: &'static str,
    pub(crate) server: Option<Arc<str>>,
    pub(crate) peer: SocketAddr,
    pub(crate) agent: Option<String>,
    pub(crate) procedure: Option<&'static Procedure>,
    pub(crate) request: Bytes,
}

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) at: f64,
    pub(crate) dialect: &'static str,
    pub(crate) server: Option<Arc<str>>,
    pub(crate) peer: SocketAddr,
    pub(crate) exchange: Arc<Exchange>,
}

impl Observed {
    fn bytes(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Began(began) => began.request.len(),
                Self::Ended(ended) => ended.exchange.request.len() + ended.exchange.answer.len(),
                Self::Stopping => 0,
            }
    }
}

#[derive(Debug, Default)]
struct Queue {
    entries: VecDeque<Observed>,
    bytes: usize,
    /// Entries that were skipped since the last one that was queued.
    skipped: u64,
    is_asleep: bool,
    is_closed: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Backlog {
    queue: Mutex<Queue>,
    wake: Condvar,
}

/// What is next for the thread.
#[derive(Debug)]
pub(crate) enum Next {
    Entry(Observed),
    /// So many entries were skipped.
    Skipped(u64),
    Nothing,
}

impl Backlog {
    /// Queues an entry, or skips a call's when too much waits. The end of a call has twice the room of a
    /// beginning, so that calls that were shown do not remain open as soon as it gets full. Once something was
    /// skipped, everything is until the queue is empty.
    pub(crate) fn push(&self, entry: Observed) {
        let bytes = entry.bytes();
        let share = match entry {
            Observed::Began(_) => 2,
            Observed::Ended(_) | Observed::Stopping => 1,
        };
        let may_skip = !matches!(entry, Observed::Stopping);
        let mut queue = self.queue.lock();
        let is_full = queue.skipped > 0
            || queue.entries.len() >= MOST / share
            || queue.bytes + bytes > MOST_BYTES / share;
        if may_skip && is_full {
            queue.skipped += 1;
            return;
        }
        queue.bytes += bytes;
        queue.entries.push_back(entry);
        if std::mem::take(&mut queue.is_asleep) {
            self.wake.notify_one();
        }
    }

    pub(crate) fn next(&self) -> Next {
        let mut queue = self.queue.lock();
        match queue.entries.pop_front() {
            Some(entry) => {
                queue.bytes -= entry.bytes();
                Next::Entry(entry)
            }
            None if queue.skipped > 0 => Next::Skipped(std::mem::take(&mut queue.skipped)),
            None => Next::Nothing,
        }
    }

    /// Ends the thread.
    pub(crate) fn close(&self) {
        self.queue.lock().is_closed = true;
        self.wake.notify_one();
    }

    /// Waits for more; false when it is closed. `quiet` counts the rounds in which nothing came.
    pub(crate) fn wait(&self, quiet: u32) -> bool {
        let mut queue = self.queue.lock();
        if queue.is_closed {
            return false;
        }
        if quiet < QUIET_ROUNDS {
            self.wake.wait_for(&mut queue, GATHER);
        } else if queue.entries.is_empty() && queue.skipped == 0 {
            queue.is_asleep = true;
            self.wake.wait(&mut queue);
        }
        !queue.is_closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn began(bytes: usize) -> Observed {
        Observed::Began(Began {
            id: CallId(1),
            at: 0.0,
            dialect: "classic",
            server: None,
            peer: SocketAddr::from(([127, 0, 0, 1], 1)),
            agent: None,
            procedure: None,
            request: vec![0; bytes].into(),
        })
    }

    fn taken(backlog: &Backlog) -> (usize, u64) {
        let mut taken = (0, 0);
        loop {
            match backlog.next() {
                Next::Entry(_) => taken.0 += 1,
                Next::Skipped(count) => taken.1 += count,
                Next::Nothing => return taken,
            }
        }
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_in_bytes_and_the_rest_is_counted() {
        let backlog = Backlog::default();
        for _ in 0..MOST {
            backlog.push(began(10));
        }
        assert_eq!(taken(&backlog), (MOST / 2, MOST as u64 / 2));
        for _ in 0..100 {
            backlog.push(began(1 << 20));
        }
        assert_eq!(taken(&backlog), (3, 97));
        backlog.push(began(10));
        assert_eq!(taken(&backlog), (1, 0));
    }

    #[test]
    fn a_thread_that_sleeps_is_woken_and_ends_when_the_backlog_is_closed() {
        let backlog = Arc::new(Backlog::default());
        let (sender, received) = std::sync::mpsc::channel();
        let waiting = Arc::clone(&backlog);
        let thread = std::thread::spawn(move || {
            while waiting.wait(QUIET_ROUNDS) {
                sender.send(taken(&waiting).0).unwrap();
            }
        });
        let mut count = 0;
        while count < 3 {
            backlog.push(began(10));
            count += received.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        backlog.close();
        thread.join().unwrap();
    }
}
