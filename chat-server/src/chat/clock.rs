//! The time of the log: never earlier than before, and aware of the time in which no server ran.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::moment::Moment;

/// How long after a start no user and no room is removed: clients come back within seconds.
const GRACE: Duration = Duration::from_secs(60);

/// A time of the log, and how much of the time up to it no server ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct LogTime {
    /// Since the chat began.
    pub(super) elapsed: Duration,
    /// The part of `elapsed` in which no server ran.
    pub(super) downtime: Duration,
}

impl LogTime {
    /// The time since `earlier`, downtime included.
    pub(super) fn since(self, earlier: LogTime) -> Duration {
        self.elapsed.saturating_sub(earlier.elapsed)
    }

    /// The time since `earlier` in which a server ran and could have been called.
    pub(super) fn running_since(self, earlier: LogTime) -> Duration {
        let downtime = self.downtime.saturating_sub(earlier.downtime);
        self.since(earlier).saturating_sub(downtime)
    }
}

/// Follows the moments of the commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LogClock {
    now: LogTime,
    /// The present command's moment.
    last: Option<Moment>,
    /// The time of the command before the present one.
    before: Duration,
    /// Until when no user and no room is removed.
    grace_ends: Duration,
}

impl LogClock {
    /// Moves on to the moment of the next command. Several servers stamp with clocks of their own, so a
    /// moment may come out of order; it is then taken for the latest one.
    pub(super) fn advance(&mut self, at: Moment) -> Moment {
        self.before = self.now.elapsed;
        self.now.elapsed = self.now.elapsed.max(at.elapsed);
        let at = Moment {
            elapsed: self.now.elapsed,
            wall: at.wall,
        };
        self.last = Some(at);
        at
    }

    /// The present command is the first one after a start: nothing ran since the command before it.
    pub(super) fn restarted(&mut self) {
        self.now.downtime += self.now.elapsed.saturating_sub(self.before);
        self.grace_ends = self.now.elapsed + GRACE;
    }

    /// The moment of the last command; `None` before the first.
    pub(super) fn last(&self) -> Option<Moment> {
        self.last
    }

    pub(super) fn now(&self) -> LogTime {
        self.now
    }

    /// Whether a server started so recently that the clients may not be back yet.
    pub(super) fn is_in_grace(&self) -> bool {
        self.is_in_grace_at(self.now.elapsed)
    }

    /// Whether it is so at a later time, unless a server starts before it.
    pub(super) fn is_in_grace_at(&self, elapsed: Duration) -> bool {
        elapsed < self.grace_ends
    }
}
