//! Who was heard of, and when: what this server alone observes, beside the chat.
//!
//! A client that died says nothing. Its user is taken out of the chat when it has been silent for
//! long, and somebody who asks for the name gets it sooner. The time is handed in; what follows from
//! it is done by [`ChatService`](crate::service::ChatService).

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::chat::{Caller, Kind, Username};

/// How long silence is endured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After this long, a user who has been polling is gone.
    pub polling: Duration,
    /// After this long, a user who has never polled is gone: some clients only send, and some sit
    /// outside any room.
    pub never_polled: Duration,
    /// After this long, whoever asks for the name gets it. The Python client does not poll while its
    /// user is typing, so silence alone takes nobody's name.
    pub takeover: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            polling: Duration::from_secs(15 * 60),
            never_polled: Duration::from_secs(24 * 60 * 60),
            takeover: Duration::from_secs(60),
        }
    }
}

impl Patience {
    /// After how long a user who polls may lose its name at the earliest.
    #[must_use]
    pub fn of_who_polls(&self) -> Duration {
        self.polling.min(self.takeover)
    }
}

/// What a call says about its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It asks for messages, as a client does regularly as long as it lives.
    Poll,
    /// It does something else.
    Call,
    /// It asks for the name itself, or tries a password: that is not its holder, or not yet.
    Nothing,
}

#[derive(Debug)]
struct Heard {
    kind: Kind,
    last: Instant,
    has_polled: bool,
}

/// The registered users and when each was last heard of.
#[derive(Debug)]
pub struct Presence {
    patience: Patience,
    users: HashMap<Username, Heard>,
}

impl Presence {
    /// Nobody yet.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            users: HashMap::new(),
        }
    }

    /// A user was registered.
    pub fn begin(&mut self, now: Instant, caller: Caller) {
        let heard = Heard {
            kind: caller.kind,
            last: now,
            has_polled: false,
        };
        self.users.insert(caller.name, heard);
    }

    /// A user was unregistered.
    pub fn end(&mut self, name: &Username) {
        self.users.remove(name);
    }

    /// A call came under this name. It counts only for a user of the caller's kind.
    pub fn heard(&mut self, now: Instant, name: &str, kind: Kind, sign: Sign) {
        if sign != Sign::Nothing
            && let Some(heard) = self.users.get_mut(name)
            && heard.kind == kind
        {
            heard.last = now;
            heard.has_polled |= sign == Sign::Poll;
        }
    }

    /// Whether the name may be taken over from its holder. An account's never may: its password says
    /// whose it is.
    #[must_use]
    pub fn may_be_taken_over(&self, now: Instant, name: &Username) -> bool {
        self.users.get(name).is_some_and(|heard| {
            heard.kind == Kind::Guest
                && now.saturating_duration_since(heard.last) >= self.patience.takeover
        })
    }

    /// The users who have been silent for too long. They are given until they are ended or heard of,
    /// except that an account, which stays registered, is given once for each silence.
    pub fn sweep(&mut self, now: Instant) -> Vec<Caller> {
        let mut gone = Vec::new();
        for (name, heard) in &mut self.users {
            let patience = if heard.has_polled {
                self.patience.polling
            } else {
                self.patience.never_polled
            };
            if now.saturating_duration_since(heard.last) >= patience {
                gone.push(Caller {
                    name: name.clone(),
                    kind: heard.kind,
                });
                heard.last = now;
                heard.has_polled = false;
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn caller(name: &str, kind: Kind) -> Caller {
        Caller {
            name: Username::parse(name).unwrap(),
            kind,
        }
    }

    #[test]
    fn who_polled_goes_after_a_quarter_of_an_hour_and_others_after_a_day() {
        let (mut presence, now) = (Presence::new(Patience::default()), Instant::now());
        let (ana, bia) = (caller("ana", Kind::Guest), caller("bia", Kind::Guest));
        presence.begin(now, ana.clone());
        presence.begin(now, bia.clone());
        presence.heard(now, "ana", Kind::Guest, Sign::Poll);
        presence.heard(now, "bia", Kind::Guest, Sign::Call);
        assert!(presence.sweep(now + 14 * MINUTE).is_empty());
        // One call, of whatever kind, and the time begins anew.
        presence.heard(now + 14 * MINUTE, "ana", Kind::Guest, Sign::Call);
        assert!(presence.sweep(now + 28 * MINUTE).is_empty());
        let gone = presence.sweep(now + 29 * MINUTE);
        assert_eq!(gone, [ana]);
        presence.end(&gone[0].name);
        assert!(presence.sweep(now + 23 * 60 * MINUTE).is_empty());
        assert_eq!(presence.sweep(now + 24 * 60 * MINUTE), [bia]);
    }

    #[test]
    fn a_name_is_free_to_take_after_a_minute_of_silence_unless_it_is_an_accounts() {
        let (mut presence, now) = (Presence::new(Patience::default()), Instant::now());
        let (ana, bia) = (caller("ana", Kind::Guest), caller("bia", Kind::Account));
        presence.begin(now, ana.clone());
        presence.begin(now, bia.clone());
        let almost = now + Duration::from_secs(59);
        assert!(!presence.may_be_taken_over(almost, &ana.name));
        assert!(presence.may_be_taken_over(now + MINUTE, &ana.name));
        assert!(!presence.may_be_taken_over(now + 60 * MINUTE, &bia.name));
        // A call under the name from the other port is not a sign of this user.
        presence.heard(now + MINUTE, "ana", Kind::Account, Sign::Poll);
        // Nor is somebody who asks for the name.
        presence.heard(now + MINUTE, "ana", Kind::Guest, Sign::Nothing);
        assert!(presence.may_be_taken_over(now + MINUTE, &ana.name));
        presence.heard(now + MINUTE, "ana", Kind::Guest, Sign::Poll);
        assert!(!presence.may_be_taken_over(now + MINUTE, &ana.name));
    }

    #[test]
    fn a_silent_account_is_told_of_once() {
        let (mut presence, now) = (Presence::new(Patience::default()), Instant::now());
        let ana = caller("ana", Kind::Account);
        presence.begin(now, ana.clone());
        presence.heard(now, "ana", Kind::Account, Sign::Poll);
        assert_eq!(presence.sweep(now + 15 * MINUTE), [ana]);
        assert!(presence.sweep(now + 60 * MINUTE).is_empty());
    }
}
