//! What the clients have done so far: the messages, and what is shown during the run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use support::ledger::{Messages, State};
use tokio::time::Instant;

/// Often enough to see that it lives, and seldom enough for the log of an automatic check.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(crate) struct Progress {
    calls: AtomicU64,
    acknowledged: AtomicU64,
    pub(crate) messages: Mutex<Messages>,
}

impl Progress {
    pub(crate) fn answered(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// A sender got its answer.
    pub(crate) fn sent(&self, text: &str, state: State) {
        self.messages.lock().end(text, state);
        if state == State::Acknowledged {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reports the progress on standard error every few seconds, without end.
    pub(crate) async fn report(&self, time: Duration) {
        let began = Instant::now();
        loop {
            tokio::time::sleep(EVERY).await;
            eprintln!(
                "{:>5} of {} s: {} calls answered, {} messages acknowledged",
                began.elapsed().as_secs(),
                time.as_secs(),
                self.calls.load(Ordering::Relaxed),
                self.acknowledged.load(Ordering::Relaxed),
            );
        }
    }
}
