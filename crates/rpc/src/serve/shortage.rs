//! When new connections have to wait: logged once when that begins and once when it ends, however many
//! come meanwhile.

use std::io::Error;
use std::time::Duration;

use tokio::time::Instant;

/// How long accepting must work, or places be free, before the shortage is over. When a crowd leaves, those who waited
/// take its places for a moment.
const RECOVERED_AFTER: Duration = Duration::from_secs(1);

/// Why new connections have to wait, if they do.
#[derive(Debug)]
pub(super) struct Shortage {
    /// The most connections at the same time.
    limit: usize,
    /// Whether all places are, or were a moment ago, taken.
    is_full: bool,
    /// Since when there have been places again.
    free_since: Option<Instant>,
    /// When the system last refused a connection.
    failed: Option<Instant>,
}

impl Shortage {
    pub(super) const fn of(limit: usize) -> Self {
        Self {
            limit,
            is_full: false,
            free_since: None,
            failed: None,
        }
    }

    /// So many connections are open, and the last attempt to accept one worked.
    pub(super) fn open(&mut self, connections: usize) {
        if connections >= self.limit && !self.is_full {
            self.is_full = true;
            tracing::warn!(connections, "all places are taken; new connections wait");
        }
        // A tenth below the limit, so that a server near it does not log each connection.
        if connections >= self.limit - self.limit / 10 {
            self.free_since = None;
        } else if self.is_full {
            let since = *self.free_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= RECOVERED_AFTER {
                self.is_full = false;
                self.free_since = None;
                tracing::warn!(connections, "there are places again");
            }
        }
        if self
            .failed
            .is_some_and(|at| at.elapsed() >= RECOVERED_AFTER)
        {
            self.failed = None;
            tracing::warn!(connections, "connections are accepted again");
        }
    }

    /// Waits until there have been places for long enough to report it; for ever when there is nothing to report.
    pub(super) async fn may_have_ended(&self) {
        match self.free_since {
            Some(since) => tokio::time::sleep_until(since + RECOVERED_AFTER).await,
            None => std::future::pending().await,
        }
    }

    /// The system refused a connection, because it has no file descriptors or no memory.
    pub(super) fn failed(&mut self, error: &Error) {
        if self.failed.replace(Instant::now()).is_none() {
            tracing::warn!(%error, "cannot accept a connection; trying again until it works");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_shortage_begins_once_and_ends_once() {
        let mut shortage = Shortage::of(100);
        shortage.open(99);
        assert!(!shortage.is_full);
        for connections in [100, 99, 100, 90] {
            shortage.open(connections);
            assert!(shortage.is_full, "{connections}");
        }
        // A moment with places is not the end.
        shortage.open(89);
        tokio::time::advance(RECOVERED_AFTER / 2).await;
        shortage.open(100);
        shortage.open(89);
        shortage.may_have_ended().await;
        assert!(shortage.is_full);
        shortage.open(89);
        assert!(!shortage.is_full);
        let mut single = Shortage::of(1);
        single.open(1);
        single.open(0);
        single.may_have_ended().await;
        single.open(0);
        assert!(!single.is_full);

        for _ in 0..3 {
            shortage.failed(&Error::other("none left"));
            shortage.open(50);
            assert!(shortage.failed.is_some());
        }
        tokio::time::advance(RECOVERED_AFTER).await;
        shortage.open(50);
        assert!(shortage.failed.is_none());
    }
}
