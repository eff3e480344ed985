//! The stream of events, for any number of viewers up to a limit.
//!
//! Events are numbered and the newest are kept, so that a viewer that reconnects continues where it was. A
//! viewer that is too slow skips the events that are no longer kept.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::events::Event;
use crate::places::Places;

/// The beginnings and ends of the newest thousand calls.
const MAX_EVENTS: usize = 2_000;

/// Bytes of the events that are kept. Most have a few hundred.
const MAX_BYTES: usize = 2 << 20;

/// Bytes that are handed to one viewer at once: what it has not read yet is in memory for it alone.
const MAX_BATCH_BYTES: usize = 64 << 10;

/// Events of a new server that are kept for its first viewer. A page that was open before the server started
/// comes back after its first calls, such as registrations.
const FIRST_EVENTS: usize = 200;

/// They are kept for this long.
const FIRST_VIEWER_WITHIN: Duration = Duration::from_secs(60);

/// Events are collected for this long after the last viewer has left, in case it comes back.
const COLLECT_AFTER_LAST_VIEWER: Duration = Duration::from_secs(60);

/// Why events are collected.
#[derive(Clone, Copy, Debug)]
enum Collecting {
    /// For the first viewer.
    First { since: Instant },
    /// There are viewers.
    Watched,
    /// The last viewer may come back.
    Left { at: Instant },
    /// They are not.
    Off,
}

#[derive(Debug)]
struct Log {
    last_id: u64,
    /// With their numbers, in which skipped events leave gaps.
    events: VecDeque<(u64, Bytes)>,
    bytes: usize,
    places: Places,
    collecting: Collecting,
}

#[derive(Debug)]
pub(crate) struct Feed {
    life: String,
    log: Mutex<Log>,
    /// Whether events are collected: the only thing that a call checks while there are no viewers. It
    /// changes under the lock, so that no viewer arrives while it is being cleared.
    is_collecting: AtomicBool,
    /// The number of the last event, for waiting viewers; `None` ends their streams.
    latest: watch::Sender<Option<u64>>,
}

/// Where a viewer goes on: after an event of one life of a server. Each life numbers its events from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct After {
    life: String,
    id: u64,
}

impl FromStr for After {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (life, id) = text.rsplit_once('-').ok_or(())?;
        let id = id.parse().map_err(|_| ())?;
        let life = life.to_owned();
        Ok(Self { life, id })
    }
}

#[derive(Debug)]
pub(crate) struct Batch {
    /// Messages of the stream, oldest first.
    pub(crate) events: Vec<Bytes>,
    /// How many before them are lost.
    pub(crate) missed: u64,
}

impl Log {
    fn stop_collecting(&mut self, is_collecting: &AtomicBool) {
        self.collecting = Collecting::Off;
        is_collecting.store(false, Ordering::Relaxed);
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }

    fn push(&mut self, id: u64, message: Bytes) {
        self.bytes += message.len();
        self.events.push_back((id, message));
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some((_, oldest)) = self.events.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
        }
    }
}

impl Feed {
    /// A feed of the server's life with this name.
    pub(crate) fn new(life: String) -> Self {
        Self {
            life,
            log: Mutex::new(Log {
                last_id: 0,
                events: VecDeque::new(),
                bytes: 0,
                places: Places::default(),
                collecting: Collecting::First {
                    since: Instant::now(),
                },
            }),
            is_collecting: true.into(),
            latest: watch::Sender::new(Some(0)),
        }
    }

    /// Whether there is, was or may soon be a viewer.
    pub(crate) fn is_collecting(&self) -> bool {
        self.is_collecting.load(Ordering::Relaxed)
    }

    pub(crate) fn publish(&self, event: impl Into<Event>) {
        let event = event.into();
        let mut log = self.log.lock();
        match log.collecting {
            Collecting::First { since } if since.elapsed() > FIRST_VIEWER_WITHIN => {
                log.clear();
                log.stop_collecting(&self.is_collecting);
                return;
            }
            Collecting::First { .. } if log.events.len() >= FIRST_EVENTS => {
                // Those that are kept wait for the first viewer.
                self.is_collecting.store(false, Ordering::Relaxed);
                return;
            }
            Collecting::Left { at } if at.elapsed() > COLLECT_AFTER_LAST_VIEWER => {
                log.clear();
                log.stop_collecting(&self.is_collecting);
                return;
            }
            Collecting::Off => return,
            _ => log.last_id += 1,
        }
        let id = log.last_id;
        let message = format!("id: {}-{id}\n{}", self.life, event.message());
        log.push(id, message.into());
        self.notify(id);
    }

    /// Counts events that happened and are not shown.
    pub(crate) fn skip(&self, events: u64) {
        let mut log = self.log.lock();
        log.last_id += events;
        self.notify(log.last_id);
    }

    fn notify(&self, last: u64) {
        self.latest.send_if_modified(|latest| {
            if latest.is_some() {
                *latest = Some(last);
            }
            latest.is_some()
        });
    }

    /// Ends all streams, and those that are opened later.
    pub(crate) fn stop(&self) {
        self.latest.send_replace(None);
    }

    /// A viewer at `address` of the events after `last`, or from now on; `None` when there is no place for
    /// it.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        last: Option<After>,
        address: IpAddr,
    ) -> Option<Viewer> {
        let mut log = self.log.lock();
        if !log.places.take(address) {
            return None;
        }
        let is_first = match log.collecting {
            Collecting::First { since } if since.elapsed() <= FIRST_VIEWER_WITHIN => true,
            Collecting::First { .. } => {
                log.clear();
                false
            }
            _ => false,
        };
        log.collecting = Collecting::Watched;
        self.is_collecting.store(true, Ordering::Relaxed);
        let seen = match last {
            Some(last) if last.life == self.life => last.id.min(log.last_id),
            // To a viewer of an earlier life everything is new.
            Some(_) => 0,
            None if is_first => 0,
            None => log.last_id,
        };
        Some(Viewer {
            feed: Arc::clone(self),
            latest: self.latest.subscribe(),
            seen,
            address,
        })
    }
}

/// A subscription, which ends on drop.
#[derive(Debug)]
pub(crate) struct Viewer {
    feed: Arc<Feed>,
    latest: watch::Receiver<Option<u64>>,
    seen: u64,
    address: IpAddr,
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

    /// The next events up to a gap, as many as may be in memory for one viewer.
    fn unseen(&mut self) -> Batch {
        let log = self.feed.log.lock();
        let start = log.events.partition_point(|(id, _)| *id <= self.seen);
        let first = log.events.get(start).map_or(log.last_id + 1, |(id, _)| *id);
        let missed = first - self.seen - 1;
        self.seen += missed;
        let (mut events, mut bytes) = (Vec::new(), 0);
        for (id, message) in log.events.iter().skip(start) {
            bytes += message.len();
            if *id != self.seen + 1 || (bytes > MAX_BATCH_BYTES && !events.is_empty()) {
                break;
            }
            self.seen = *id;
            events.push(message.clone());
        }
        Batch { events, missed }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let mut log = self.feed.log.lock();
        log.places.give_back(self.address);
        if log.places.are_empty() {
            log.collecting = Collecting::Left { at: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Log as Position;
    use crate::places::MOST_OF_ONE_ADDRESS;
    use futures_util::FutureExt as _;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn event() -> Position {
        Position {
            position: 0,
            stale: None,
        }
    }

    fn feed() -> Arc<Feed> {
        Arc::new(Feed::new("one".to_owned()))
    }

    /// A feed whose first viewer has left, and saw nothing.
    fn watched_before() -> Arc<Feed> {
        let feed = feed();
        drop(feed.subscribe(None, HERE));
        feed
    }

    fn after(life: &str, id: u64) -> Option<After> {
        Some(format!("{life}-{id}").parse().unwrap())
    }

    fn ids(batch: &Batch) -> Vec<u64> {
        let id = |message: &Bytes| {
            let text = String::from_utf8(message.to_vec()).unwrap();
            let first = text.lines().next().unwrap();
            first.strip_prefix("id: one-").unwrap().parse().unwrap()
        };
        batch.events.iter().map(id).collect()
    }

    #[tokio::test]
    async fn a_viewer_gets_what_happens_and_can_go_on_where_it_was() {
        let feed = watched_before();
        let mut viewer = feed.subscribe(None, HERE).unwrap();
        assert!(viewer.next().now_or_never().is_none());
        feed.publish(event());
        feed.publish(event());
        assert_eq!(ids(&viewer.next().await.unwrap()), [1, 2]);
        drop(viewer);
        feed.publish(event());
        let mut back = feed.subscribe(after("one", 2), HERE).unwrap();
        assert_eq!(ids(&back.next().await.unwrap()), [3]);
        // Its number says nothing of this life.
        let mut from_another_life = feed.subscribe(after("other", 2), HERE).unwrap();
        assert_eq!(ids(&from_another_life.next().await.unwrap()), [1, 2, 3]);
        assert_eq!("2".parse::<After>(), Err(()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_viewer_gets_what_happened_before_it_came() {
        let feed = feed();
        assert!(feed.is_collecting());
        for _ in 0..FIRST_EVENTS + 5 {
            feed.publish(event());
        }
        assert!(
            !feed.is_collecting(),
            "this costs a server without a viewer nothing for long"
        );
        let mut first = feed.subscribe(None, HERE).unwrap();
        assert_eq!(first.next().await.unwrap().events.len(), FIRST_EVENTS);
        let mut second = feed.subscribe(None, HERE).unwrap();
        assert!(second.next().now_or_never().is_none());

        let feed = self::feed();
        feed.publish(event());
        tokio::time::advance(FIRST_VIEWER_WITHIN + Duration::from_secs(1)).await;
        let mut late = feed.subscribe(None, HERE).unwrap();
        assert!(late.next().now_or_never().is_none());
        assert!(feed.is_collecting());
    }

    #[tokio::test]
    async fn a_slow_viewer_skips_what_is_not_kept_and_is_told_how_much() {
        let feed = watched_before();
        let mut viewer = feed.subscribe(None, HERE).unwrap();
        for _ in 0..MAX_EVENTS + 5 {
            feed.publish(event());
        }
        let batch = viewer.next().await.unwrap();
        assert_eq!((batch.missed, ids(&batch)[0]), (5, 6));
        // What is handed over at once is bounded, and nothing is left out for that.
        let mut received = batch.events.len();
        assert!(received < MAX_EVENTS);
        while let Some(Some(batch)) = viewer.next().now_or_never() {
            assert_eq!(batch.missed, 0);
            received += batch.events.len();
        }
        assert_eq!(received, MAX_EVENTS);
    }

    #[tokio::test]
    async fn what_was_skipped_is_reported_where_it_is_missing() {
        let feed = watched_before();
        let mut viewer = feed.subscribe(None, HERE).unwrap();
        feed.publish(event());
        feed.skip(7);
        feed.publish(event());
        feed.skip(2);
        let mut batches = Vec::new();
        while let Some(Some(batch)) = viewer.next().now_or_never() {
            batches.push((batch.missed, ids(&batch)));
        }
        assert_eq!(batches, [(0, vec![1]), (7, vec![9]), (2, vec![])]);
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_in_bytes() {
        let feed = watched_before();
        let _viewer = feed.subscribe(None, HERE).unwrap();
        for _ in 0..MAX_EVENTS {
            feed.publish(Event {
                kind: "began",
                json: "x".repeat(crate::events::MAX_BYTES),
            });
        }
        let log = feed.log.lock();
        let bytes: usize = log.events.iter().map(|(_, message)| message.len()).sum();
        assert_eq!(bytes, log.bytes);
        assert!(bytes <= MAX_BYTES && bytes > MAX_BYTES / 2, "{bytes}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_after_the_last_viewer_nothing_is_collected_any_more() {
        let feed = watched_before();
        feed.publish(event());
        assert!(feed.is_collecting());
        tokio::time::advance(COLLECT_AFTER_LAST_VIEWER + Duration::from_secs(1)).await;
        feed.publish(event());
        assert!(!feed.is_collecting());
        assert!(feed.log.lock().events.is_empty());
    }

    #[tokio::test]
    async fn viewers_are_bounded_and_end_when_the_server_stops() {
        let feed = feed();
        let mut viewers: Vec<Viewer> = (0..MOST_OF_ONE_ADDRESS)
            .map(|_| feed.subscribe(None, HERE).unwrap())
            .collect();
        assert!(feed.subscribe(None, HERE).is_none());
        assert!(feed.subscribe(None, [192, 0, 2, 1].into()).is_some());
        viewers.truncate(1);
        assert!(feed.subscribe(None, HERE).is_some());
        feed.stop();
        assert!(viewers[0].next().await.is_none());
    }
}
