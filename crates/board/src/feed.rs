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
mod tests;
