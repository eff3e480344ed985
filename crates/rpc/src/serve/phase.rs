//! The phase of a connection, and the deadline of its peer.
//!
//! hyper's own limit for headers also runs while a connection is idle between two calls, so it cannot
//! distinguish a slow peer (ten seconds) from an idle one (two minutes). The watchdog can: it knows the
//! [`Phase`] of the connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::limits::Limits;

/// What the peer of a connection has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// Make another call, or read the last answer.
    Resting,
    /// Complete the header, of which the first bytes have arrived.
    SendingHeader,
    /// Nothing: the server is working. The body has a timeout of its own, where it is read.
    Waiting,
    /// Take the events of a stream, and it does.
    Streaming,
    /// Take the events of a stream, for which the system's buffers have no room any more.
    Stalled,
}

/// How long the peer of a stream may take nothing: a browser on a laptop that sleeps, or a peer that never
/// reads.
const STALLED: Duration = Duration::from_secs(30);

/// The phase of a connection and its start.
#[derive(Debug)]
pub(super) struct ConnectionPhase {
    opened: Instant,
    phase: AtomicU8,
    /// Milliseconds after `opened`.
    since: AtomicU64,
    /// Whether a body was refused before it was complete.
    body_refused: AtomicBool,
    /// Whether the server has waited for the request that comes next: nothing was there to be read since the last
    /// answer.
    has_waited: AtomicBool,
    /// Held as long as the connection is open.
    liveness: Arc<Liveness>,
}

/// What the calls on a connection hold weakly: it exists as long as the connection is open, and signals that the client
/// of a call has hung up.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    /// Whether a call wants to know when its client hangs up. Only then is the stream looked at while a call is
    /// executed.
    is_watched: AtomicBool,
    /// Whether the client of the call that is executed has hung up.
    has_hung_up: AtomicBool,
    hang_up: Notify,
}

impl Liveness {
    /// Completes when the client does not wait for the answer any more.
    pub(super) async fn hung_up(&self) {
        let hang_up = self.hang_up.notified();
        if self.has_hung_up.load(Ordering::Relaxed) {
            return;
        }
        self.is_watched.store(true, Ordering::Relaxed);
        hang_up.await;
    }
}

impl ConnectionPhase {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            // A new connection that sends nothing counts as slow to send its header.
            phase: AtomicU8::new(Phase::SendingHeader as u8),
            since: AtomicU64::new(0),
            body_refused: AtomicBool::new(false),
            has_waited: AtomicBool::new(true),
            liveness: Arc::default(),
        }
    }

    /// What is held as long as the connection is open.
    pub(super) fn liveness(&self) -> &Arc<Liveness> {
        &self.liveness
    }

    /// Whether a call wants to know when its client hangs up.
    pub(super) fn is_watched(&self) -> bool {
        self.liveness.is_watched.load(Ordering::Relaxed)
    }

    /// The client has hung up, or sent something else, while a call is executed.
    pub(super) fn client_hung_up(&self) {
        self.liveness.is_watched.store(false, Ordering::Relaxed);
        self.liveness.has_hung_up.store(true, Ordering::Relaxed);
        self.liveness.hang_up.notify_waiters();
    }

    fn enter(&self, phase: Phase) {
        let elapsed = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since.store(elapsed, Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// A request's header is complete. Returns whether the request was sent ahead: before its client could have the
    /// last answer.
    pub(super) fn request_began(&self) -> bool {
        // This phase has no deadline, so its start is not recorded.
        self.phase.store(Phase::Waiting as u8, Ordering::Relaxed);
        self.liveness.is_watched.store(false, Ordering::Relaxed);
        self.liveness.has_hung_up.store(false, Ordering::Relaxed);
        !self.has_waited.swap(false, Ordering::Relaxed)
    }

    /// A body was refused before it was complete: the peer may still be sending.
    pub(super) fn body_refused(&self) {
        self.body_refused.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_body_refused(&self) -> bool {
        self.body_refused.load(Ordering::Relaxed)
    }

    /// The answer is ready to be written.
    pub(super) fn answer_ready(&self) {
        self.enter(Phase::Resting);
    }

    /// The answer is a stream that does not end.
    pub(super) fn stream_began(&self) {
        self.phase.store(Phase::Streaming as u8, Ordering::Relaxed);
    }

    /// Whether the answer is a stream that does not end.
    pub(super) fn is_streaming(&self) -> bool {
        let phase = self.phase.load(Ordering::Relaxed);
        phase == Phase::Streaming as u8 || phase == Phase::Stalled as u8
    }

    /// Something was written, or is `blocked` because the peer does not read.
    pub(super) fn wrote(&self, blocked: bool) {
        let phase = self.phase.load(Ordering::Relaxed);
        if blocked && phase == Phase::Streaming as u8 {
            self.enter(Phase::Stalled);
        } else if !blocked && phase == Phase::Stalled as u8 {
            self.stream_began();
        }
    }

    /// Nothing is there to be read.
    pub(super) fn nothing_arrived(&self) {
        // While a request is executed, that is the rest of its body.
        if self.phase.load(Ordering::Relaxed) != Phase::Waiting as u8 {
            self.has_waited.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn bytes_arrived(&self) {
        if self.phase.load(Ordering::Relaxed) == Phase::Resting as u8 {
            self.enter(Phase::SendingHeader);
        }
    }

    /// The peer's deadline in this phase, if it has one.
    fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let phase = self.phase.load(Ordering::Relaxed);
        let allowed = if phase == Phase::Resting as u8 {
            limits.idle
        } else if phase == Phase::SendingHeader as u8 {
            limits.request
        } else if phase == Phase::Stalled as u8 {
            STALLED
        } else {
            return None;
        };
        Some(self.opened + Duration::from_millis(self.since.load(Ordering::Relaxed)) + allowed)
    }

    /// Completes at the deadline. It sleeps through whole timeouts and checks again, so that a call costs
    /// no timer.
    pub(super) async fn expired(&self, limits: &Limits) {
        let patience = limits.request.min(limits.idle);
        loop {
            let now = Instant::now();
            match self.deadline(limits) {
                Some(deadline) if deadline <= now => return,
                Some(deadline) => tokio::time::sleep_until(deadline.min(now + patience)).await,
                None => tokio::time::sleep(patience).await,
            }
        }
    }
}
