//! The stream of events, for any number of viewers up to a limit.
//!
//! Events are numbered and the newest are kept, so that a viewer that reconnects continues where it was. A
//! viewer that is too slow skips the events that are no longer kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::events::Event;

/// The beginnings and ends of the newest thousand calls.
const MAX_EVENTS: usize = 2_000;

/// A projector and some students' machines. Each is a connection that stays open.
const MAX_VIEWERS: usize = 32;

/// Events are collected for this long after the last viewer has left, in case it comes back.
const COLLECT_AFTER_LAST_VIEWER: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Log {
    last_id: u64,
    events: VecDeque<(u64, Arc<Event>)>,
    viewers: usize,
    last_viewer_left: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Feed {
    log: Mutex<Log>,
    /// Whether events are collected: the only thing that a call checks while there are no viewers. It
    /// changes under the lock, so that no viewer arrives while it is being cleared.
    has_viewers: AtomicBool,
    /// The number of the last event, for waiting viewers; `None` ends their streams.
    latest: watch::Sender<Option<u64>>,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            log: Mutex::default(),
            has_viewers: false.into(),
            latest: watch::Sender::new(Some(0)),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Batch {
    /// Oldest first, with their numbers from 1.
    pub(crate) events: Vec<(u64, Arc<Event>)>,
    /// How many before them are no longer kept.
    pub(crate) missed: u64,
}

impl Feed {
    /// Whether there are viewers, or were a moment ago.
    pub(crate) fn has_viewers(&self) -> bool {
        self.has_viewers.load(Ordering::Relaxed)
    }

    pub(crate) fn publish(&self, event: impl Into<Event>) {
        let event = event.into();
        let mut log = self.log.lock();
        if let Some(left) = log.last_viewer_left
            && left.elapsed() > COLLECT_AFTER_LAST_VIEWER
            && log.viewers == 0
        {
            self.has_viewers.store(false, Ordering::Relaxed);
            log.events.clear();
            return;
        }
        log.last_id += 1;
        let id = log.last_id;
        if log.events.len() == MAX_EVENTS {
            log.events.pop_front();
        }
        log.events.push_back((id, Arc::new(event)));
        self.latest.send_if_modified(|latest| {
            if latest.is_some() {
                *latest = Some(id);
            }
            latest.is_some()
        });
    }

    /// Ends all streams, and those that are opened later.
    pub(crate) fn stop(&self) {
        self.latest.send_replace(None);
    }

    /// Completes when the streams end.
    pub(crate) async fn stopped(&self) {
        // The sender is alive, so the channel is open.
        let _ = self.latest.subscribe().wait_for(Option::is_none).await;
    }

    /// A viewer of the events after `last`, or from now on; `None` when there are enough viewers.
    pub(crate) fn subscribe(self: &Arc<Self>, last: Option<u64>) -> Option<Viewer> {
        let mut log = self.log.lock();
        if log.viewers >= MAX_VIEWERS {
            return None;
        }
        log.viewers += 1;
        log.last_viewer_left = None;
        self.has_viewers.store(true, Ordering::Relaxed);
        let seen = match last {
            // A number beyond the last one is from before a restart: everything kept is new.
            Some(last) if last > log.last_id => 0,
            Some(last) => last,
            None => log.last_id,
        };
        Some(Viewer {
            feed: Arc::clone(self),
            latest: self.latest.subscribe(),
            seen,
        })
    }
}

/// A subscription, which ends on drop.
#[derive(Debug)]
pub(crate) struct Viewer {
    feed: Arc<Feed>,
    latest: watch::Receiver<Option<u64>>,
    seen: u64,
}

impl Viewer {
    /// Waits for the next events; `None` when the server stops.
    pub(crate) async fn next(&mut self) -> Option<Batch> {
        loop {
            (*self.latest.borrow_and_update())?;
            let batch = self.unseen();
            if !batch.events.is_empty() || batch.missed > 0 {
                return Some(batch);
            }
            self.latest.changed().await.ok()?;
        }
    }

    fn unseen(&mut self) -> Batch {
        let log = self.feed.log.lock();
        let unseen = log.last_id.saturating_sub(self.seen);
        let kept = usize::try_from(unseen)
            .unwrap_or(usize::MAX)
            .min(log.events.len());
        let events: Vec<(u64, Arc<Event>)> = log
            .events
            .iter()
            .skip(log.events.len() - kept)
            .cloned()
            .collect();
        self.seen = log.last_id;
        Batch {
            missed: unseen - kept as u64,
            events,
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let mut log = self.feed.log.lock();
        log.viewers -= 1;
        if log.viewers == 0 {
            log.last_viewer_left = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Log;
    use futures_util::FutureExt as _;

    fn event() -> Log {
        Log { position: 0 }
    }

    fn ids(batch: &Batch) -> Vec<u64> {
        batch.events.iter().map(|(id, _)| *id).collect()
    }

    #[tokio::test]
    async fn a_viewer_gets_what_happens_and_can_go_on_where_it_was() {
        let feed = Arc::new(Feed::default());
        assert!(!feed.has_viewers());
        let mut viewer = feed.subscribe(None).unwrap();
        assert!(feed.has_viewers());
        assert!(viewer.next().now_or_never().is_none());
        feed.publish(event());
        feed.publish(event());
        assert_eq!(ids(&viewer.next().await.unwrap()), [1, 2]);
        drop(viewer);
        feed.publish(event());
        let mut back = feed.subscribe(Some(2)).unwrap();
        assert_eq!(ids(&back.next().await.unwrap()), [3]);
        let mut from_another_life = feed.subscribe(Some(99)).unwrap();
        assert_eq!(ids(&from_another_life.next().await.unwrap()), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_slow_viewer_skips_what_is_not_kept_and_is_told_how_much() {
        let feed = Arc::new(Feed::default());
        let mut viewer = feed.subscribe(None).unwrap();
        for _ in 0..MAX_EVENTS + 5 {
            feed.publish(event());
        }
        let batch = viewer.next().await.unwrap();
        assert_eq!((batch.missed, batch.events.len()), (5, MAX_EVENTS));
        assert_eq!(batch.events[0].0, 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_after_the_last_viewer_nothing_is_collected_any_more() {
        let feed = Arc::new(Feed::default());
        drop(feed.subscribe(None).unwrap());
        feed.publish(event());
        assert!(feed.has_viewers());
        tokio::time::advance(COLLECT_AFTER_LAST_VIEWER + Duration::from_secs(1)).await;
        feed.publish(event());
        assert!(!feed.has_viewers());
        assert!(feed.log.lock().events.is_empty());
    }

    #[tokio::test]
    async fn viewers_are_bounded_and_end_when_the_server_stops() {
        let feed = Arc::new(Feed::default());
        let mut viewers: Vec<Viewer> = (0..MAX_VIEWERS)
            .map(|_| feed.subscribe(None).unwrap())
            .collect();
        assert!(feed.subscribe(None).is_none());
        viewers.truncate(1);
        assert!(feed.subscribe(None).is_some());
        feed.stop();
        assert!(viewers[0].next().await.is_none());
    }
}
