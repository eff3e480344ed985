//! The holder of a name in the model, and when its silence has a consequence.

use std::time::Duration;

use crate::chat::commands::RecordActivity;
use crate::chat::{Kind, PersonId, Timeouts};

/// A time since the chat began, and the downtime up to it.
#[derive(Clone, Copy, Default)]
pub(super) struct Time {
    pub(super) elapsed: Duration,
    pub(super) downtime: Duration,
}

pub(super) struct Holder {
    pub(super) person: PersonId,
    pub(super) kind: Kind,
    last_call: Time,
    last_seen: Time,
    pub(super) has_polled: bool,
    /// Whether its silence has a consequence: not that of an account which was taken out of its rooms.
    pub(super) has_timeout: bool,
}

impl Holder {
    pub(super) fn new(person: PersonId, kind: Kind, now: Time) -> Self {
        Self {
            person,
            kind,
            last_call: now,
            last_seen: now,
            has_polled: false,
            has_timeout: true,
        }
    }

    pub(super) fn record(&mut self, activity: &RecordActivity, now: Time) {
        let polled = activity.polled.contains(&self.person);
        let called = activity.called.contains(&self.person);
        if polled || called {
            self.last_call = now;
            self.has_polled |= polled;
            self.has_timeout = true;
        }
        if polled || called || activity.connected.contains(&self.person) {
            self.last_seen = now;
        }
    }

    pub(super) fn can_take_over(&self, now: Time, timeouts: &Timeouts) -> bool {
        let silence = now.elapsed - self.last_seen.elapsed;
        let downtime = now.downtime - self.last_seen.downtime;
        self.kind == Kind::Guest
            && (silence - downtime >= timeouts.takeover
                || downtime > Duration::ZERO && silence >= timeouts.polling)
    }

    pub(super) fn is_silent(&self, now: Time, timeouts: &Timeouts) -> bool {
        let timeout = [timeouts.never_polled, timeouts.polling][usize::from(self.has_polled)];
        self.has_timeout && now.elapsed - self.last_call.elapsed >= timeout
    }
}
