//! Slowing down the guessing of passwords: after a few attempts for one name, each next one has to wait
//! longer. The time is handed in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::chat::Username;

/// Attempts without a pause: people mistype.
const FREE: u32 = 3;

/// The longest pause between two attempts: some three thousand guesses a day.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest an attempt is held back before it is looked at; beyond it the caller is refused and may try
/// again, so that guesses do not pile up here.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// After this time without an attempt, what happened before is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// The addresses remembered for each name from which the right password came.
const KNOWN_ADDRESSES: usize = 8;

/// Attempts that wait for each other.
#[derive(Debug)]
struct Queue {
    /// Attempts since the last success.
    failures: u32,
    /// When the next one may be looked at.
    next: Instant,
}

impl Queue {
    const fn new(now: Instant) -> Self {
        Self {
            failures: 0,
            next: now,
        }
    }
}

/// The attempts to log in to one account.
#[derive(Debug)]
struct AccountAttempts {
    /// Those from addresses from which the right password has never come.
    strangers: Queue,
    /// Those from addresses from which it has, each apart: guessing elsewhere does not keep the owner out.
    /// The latest is last.
    known: Vec<(IpAddr, Queue)>,
}

impl AccountAttempts {
    fn of(&mut self, from: IpAddr) -> &mut Queue {
        let known = self.known.iter_mut().find(|(address, _)| *address == from);
        known.map_or(&mut self.strangers, |(_, history)| history)
    }
}

/// The attempts to log in, by name. Only names with an account are in it.
#[derive(Debug, Default)]
pub(super) struct LoginAttempts {
    accounts: HashMap<Username, AccountAttempts>,
}

impl LoginAttempts {
    /// Counts an attempt for `name`, and says how long it must be held back.
    ///
    /// It counts as failed until [`succeeded`](Self::succeeded) says otherwise, so that attempts made
    /// at the same time wait for each other.
    /// When too many wait already, the error is how long to wait; such an attempt is not counted.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        name: &Username,
        from: IpAddr,
    ) -> Result<Duration, Duration> {
        let history = self.of(now, name).of(from);
        if now.saturating_duration_since(history.next) > FORGOTTEN_AFTER {
            history.failures = 0;
        }
        let start = history.next.max(now);
        let wait = start - now;
        if wait > LONGEST_WAIT {
            return Err(wait);
        }
        history.failures += 1;
        history.next = start + pause_after(history.failures);
        Ok(wait)
    }

    /// The attempt was not compared with the password, so it does not count.
    pub(super) fn refund(&mut self, name: &Username, from: IpAddr) {
        if let Some(histories) = self.accounts.get_mut(name) {
            let history = histories.of(from);
            let pause = pause_after(history.failures);
            history.next = history.next.checked_sub(pause).unwrap_or(history.next);
            history.failures = history.failures.saturating_sub(1);
        }
    }

    /// The password was right: attempts from there need not wait any more, and from now on do not wait for
    /// those from elsewhere.
    pub(super) fn succeeded(&mut self, now: Instant, name: &Username, from: IpAddr) {
        let histories = self.of(now, name);
        *histories.of(from) = Queue::new(now);
        histories.known.retain(|(address, _)| *address != from);
        histories.known.push((from, Queue::new(now)));
        if histories.known.len() > KNOWN_ADDRESSES {
            histories.known.remove(0);
        }
    }

    fn of(&mut self, now: Instant, name: &Username) -> &mut AccountAttempts {
        self.accounts
            .entry(name.clone())
            .or_insert(AccountAttempts {
                strangers: Queue::new(now),
                known: Vec::new(),
            })
    }
}

fn pause_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        // One second, then twice as long each time.
        Some(doublings) => Duration::from_secs(1 << doublings.min(5)).min(LONGEST_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = address(1);

    const fn address(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    fn ana() -> Username {
        Username::parse("ana").unwrap()
    }

    #[test]
    fn a_few_attempts_are_free_and_the_next_wait_ever_longer() {
        let (mut attempts, mut now) = (LoginAttempts::default(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..8 {
            match attempts.begin(now, &ana(), HERE) {
                Ok(wait) => {
                    now += wait;
                    waits.push(wait.as_secs());
                }
                Err(wait) => {
                    now += wait;
                    waits.push(wait.as_secs());
                    assert_eq!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));
                }
            }
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16]);
    }

    #[test]
    fn attempts_at_the_same_time_wait_for_each_other() {
        let (mut attempts, now) = (LoginAttempts::default(), Instant::now());
        let looked_at = (0..100)
            .filter(|_| attempts.begin(now, &ana(), HERE).is_ok())
            .count();
        assert!(looked_at <= 6, "{looked_at} guesses at once");
        // Another name is another matter.
        let bia = Username::parse("bia").unwrap();
        assert_eq!(attempts.begin(now, &bia, HERE), Ok(Duration::ZERO));
    }

    #[test]
    fn guessing_elsewhere_does_not_keep_the_owner_out() {
        let (mut attempts, now) = (LoginAttempts::default(), Instant::now());
        assert_eq!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));
        attempts.succeeded(now, &ana(), HERE);
        // However many addresses guess, they wait for each other.
        let looked_at = (2..100)
            .filter(|last| attempts.begin(now, &ana(), address(*last)).is_ok())
            .count();
        assert!(looked_at <= 6, "{looked_at} guesses at once");
        for _ in 0..FREE {
            assert_eq!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));
        }
        // An owner who mistypes waits as others do.
        assert_ne!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));
        // The owner's success is none of those who guess.
        attempts.succeeded(now, &ana(), HERE);
        assert!(attempts.begin(now, &ana(), address(2)).is_err());
    }

    #[test]
    fn a_number_of_addresses_is_remembered_the_latest() {
        let (mut attempts, now) = (LoginAttempts::default(), Instant::now());
        for last in 0..200 {
            attempts.succeeded(now, &ana(), address(last));
        }
        let known: Vec<IpAddr> = attempts.accounts[&ana()]
            .known
            .iter()
            .map(|(address, _)| *address)
            .collect();
        let latest: Vec<IpAddr> = (192..200).map(address).collect();
        assert_eq!(known, latest);
    }

    #[test]
    fn a_refunded_attempt_delays_no_other() {
        let (mut attempts, now) = (LoginAttempts::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));
            attempts.refund(&ana(), HERE);
        }
        for _ in 0..FREE {
            assert_eq!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));
        }
        let second = Duration::from_secs(1);
        assert_eq!(attempts.begin(now, &ana(), HERE), Ok(second));
        attempts.refund(&ana(), HERE);
        assert_eq!(attempts.begin(now, &ana(), HERE), Ok(second));
    }

    #[test]
    fn a_success_or_a_long_silence_ends_the_waiting() {
        let (mut attempts, now) = (LoginAttempts::default(), Instant::now());
        for _ in 0..5 {
            let _ = attempts.begin(now, &ana(), HERE);
        }
        assert_ne!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));
        attempts.succeeded(now, &ana(), HERE);
        assert_eq!(attempts.begin(now, &ana(), HERE), Ok(Duration::ZERO));

        for _ in 0..5 {
            let _ = attempts.begin(now, &ana(), HERE);
        }
        let later = now + Duration::from_secs(60) + FORGOTTEN_AFTER;
        for _ in 0..FREE {
            assert_eq!(attempts.begin(later, &ana(), HERE), Ok(Duration::ZERO));
        }
    }
}
