//! The stream of events, for any number of viewers up to a limit, and when events are collected for it.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rpc::observe::CallId;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::event_log::{Batch, EventLog};
use crate::events::Event;
use crate::open_calls::OpenCalls;
use crate::places::Places;

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

/// What is kept for viewers, and for how many.
#[derive(Debug)]
struct Kept {
    log: EventLog,
    places: Places,
    collecting: Collecting,
    open_calls: OpenCalls,
}

#[derive(Debug)]
pub(crate) struct Feed {
    life: String,
    kept: Mutex<Kept>,
    /// Whether events are collected: the only thing that a call checks while there are no viewers. It
    /// changes under the lock, so that no viewer arrives while the log is being cleared.
    is_collecting: AtomicBool,
    /// The number of the last event, for waiting viewers; `None` when there are no more.
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

impl Kept {
    /// Keeps nothing more.
    fn turn_off(&mut self, is_collecting: &AtomicBool) {
        self.log.clear();
        self.open_calls.forget();
        self.collecting = Collecting::Off;
        is_collecting.store(false, Ordering::Relaxed);
    }
}

impl Feed {
    /// A feed of the server's life with this name.
    pub(crate) fn new(life: String) -> Self {
        Self {
            life,
            kept: Mutex::new(Kept {
                log: EventLog::default(),
                places: Places::default(),
                collecting: Collecting::First {
                    since: Instant::now(),
                },
                open_calls: OpenCalls::default(),
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
        let mut kept = self.kept.lock();
        match kept.collecting {
            Collecting::First { since } if since.elapsed() > FIRST_VIEWER_WITHIN => {
                return kept.turn_off(&self.is_collecting);
            }
            Collecting::First { .. } if kept.log.len() >= FIRST_EVENTS => {
                // Those that are kept wait for the first viewer.
                return self.is_collecting.store(false, Ordering::Relaxed);
            }
            Collecting::Left { at } if at.elapsed() > COLLECT_AFTER_LAST_VIEWER => {
                return kept.turn_off(&self.is_collecting);
            }
            Collecting::Off => return,
            Collecting::First { .. } | Collecting::Watched | Collecting::Left { .. } => {}
        }
        let last = kept
            .log
            .push(|id| format!("id: {}-{id}\n{}", self.life, event.message()));
        self.notify(last);
    }

    /// Counts events that happened and are not shown.
    pub(crate) fn skip(&self, events: u64) {
        let mut kept = self.kept.lock();
        self.notify(kept.log.skip(events));
        // The ends of some may be among them.
        if kept.open_calls.forget() {
            self.end();
        }
    }

    pub(crate) fn call_began(&self, call: CallId) {
        self.kept.lock().open_calls.began(call);
    }

    pub(crate) fn call_ended(&self, call: CallId) {
        if self.kept.lock().open_calls.ended(call) {
            self.end();
        }
    }

    /// Ends all streams as soon as no call is open.
    pub(crate) fn end_after_open_calls(&self) {
        if self.kept.lock().open_calls.none_follow() {
            self.end();
        }
    }

    fn notify(&self, last: u64) {
        self.latest.send_if_modified(|latest| {
            if latest.is_some() {
                *latest = Some(last);
            }
            latest.is_some()
        });
    }

    /// Ends all streams after what was published, and those that are opened later.
    pub(crate) fn end(&self) {
        self.latest.send_replace(None);
    }

    /// A viewer at `address` of the events after `last`, or from now on; `None` when there is no place for
    /// it.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        last: Option<After>,
        address: IpAddr,
    ) -> Option<Viewer> {
        let mut kept = self.kept.lock();
        if !kept.places.take(address) {
            return None;
        }
        let is_first = match kept.collecting {
            Collecting::First { since } if since.elapsed() <= FIRST_VIEWER_WITHIN => true,
            Collecting::First { .. } => {
                kept.log.clear();
                false
            }
            _ => false,
        };
        kept.collecting = Collecting::Watched;
        if !self.is_collecting() {
            // The ends of calls that began before were not reported.
            kept.open_calls.forget();
        }
        self.is_collecting.store(true, Ordering::Relaxed);
        let last_id = kept.log.last_id();
        let seen = match last {
            Some(last) if last.life == self.life => last.id.min(last_id),
            // To a viewer of an earlier life everything is new.
            Some(_) => 0,
            None if is_first => 0,
            None => last_id,
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
    /// The identifier of the event after which it goes on.
    pub(crate) fn after(&self) -> String {
        format!("{}-{}", self.feed.life, self.seen)
    }

    /// Waits for the next events; `None` when the server stops.
    pub(crate) async fn next(&mut self) -> Option<Batch> {
        loop {
            let has_ended = self.latest.borrow_and_update().is_none();
            let batch = self.feed.kept.lock().log.after(self.seen);
            self.seen = batch.last;
            if !batch.events.is_empty() || batch.missed > 0 {
                return Some(batch);
            }
            if has_ended {
                return None;
            }
            self.latest.changed().await.ok()?;
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let mut kept = self.feed.kept.lock();
        kept.places.give_back(self.address);
        if kept.places.are_empty() {
            kept.collecting = Collecting::Left { at: Instant::now() };
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

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

    /// A feed that the first viewer has left without seeing anything.
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

    #[tokio::test(start_paused = true)]
    async fn a_minute_after_the_last_viewer_nothing_is_collected_any_more() {
        let feed = watched_before();
        feed.publish(event());
        assert!(feed.is_collecting());
        tokio::time::advance(COLLECT_AFTER_LAST_VIEWER + Duration::from_secs(1)).await;
        feed.publish(event());
        assert!(!feed.is_collecting());
        assert!(feed.kept.lock().log.len() == 0);
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
        feed.publish(event());
        feed.end();
        assert_eq!(ids(&viewers[0].next().await.unwrap()), [1]);
        assert!(viewers[0].next().await.is_none());
    }

    #[tokio::test]
    async fn streams_end_with_the_last_call_that_was_open() {
        let feed = watched_before();
        let mut viewer = feed.subscribe(None, HERE).unwrap();
        let [ended, open] = [CallId(1), CallId(2)];
        feed.call_began(ended);
        feed.call_began(open);
        feed.call_ended(ended);
        feed.end_after_open_calls();
        assert!(viewer.next().now_or_never().is_none());
        feed.publish(event());
        feed.call_ended(open);
        assert_eq!(ids(&viewer.next().await.unwrap()), [1]);
        assert!(viewer.next().await.is_none());

        // Of what was skipped, nothing is waited for, whether it was before the end or after it.
        for skips_first in [true, false] {
            let feed = watched_before();
            let mut viewer = feed.subscribe(None, HERE).unwrap();
            feed.call_began(open);
            if skips_first {
                feed.skip(1);
                feed.end_after_open_calls();
            } else {
                feed.end_after_open_calls();
                feed.skip(1);
            }
            assert_eq!(viewer.next().await.unwrap().missed, 1);
            assert!(viewer.next().now_or_never().unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn calls_whose_ends_were_not_reported_are_not_waited_for() {
        let feed = feed();
        feed.call_began(CallId(1));
        // As many as are kept for the first viewer.
        while feed.is_collecting() {
            feed.publish(event());
        }
        let mut viewer = feed.subscribe(None, HERE).unwrap();
        viewer.next().await.unwrap();
        feed.end_after_open_calls();
        assert!(viewer.next().now_or_never().unwrap().is_none());
    }
}
