//! The holder of a name in the model, and when its silence has a consequence.

use std::time::Duration;

use crate::chat::commands::{RecordActivity, RecordLogin, RegisterUser};
use crate::chat::{Address, Kind, PersonId, Timeouts};

/// A time since the chat began, and the downtime up to it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time {
    pub(super) elapsed: Duration,
    pub(super) downtime: Duration,
}

pub(super) struct Holder {
    pub(super) person: PersonId,
    pub(super) from: Option<Address>,
    pub(super) logins: Vec<Address>,
    pub(super) kind: Kind,
    last_call: Time,
    pub(super) last_seen: Time,
    pub(super) has_polled: bool,
    /// Whether its silence has a consequence: not that of an account which was taken out of its rooms.
    pub(super) has_timeout: bool,
}

impl Holder {
    pub(super) fn new(person: PersonId, command: &RegisterUser, now: Time) -> Self {
        let kind = command.credential.kind();
        let logins = command.from.filter(|_| kind == Kind::Account);
        Self {
            person,
            from: command.from,
            logins: logins.into_iter().collect(),
            kind,
            last_call: now,
            last_seen: now,
            has_polled: false,
            has_timeout: true,
        }
    }

    pub(super) fn record_login(&mut self, login: &RecordLogin) {
        let is_own = self.person == login.person && self.kind == Kind::Account;
        if is_own && !self.logins.contains(&login.from) {
            self.logins.push(login.from);
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
