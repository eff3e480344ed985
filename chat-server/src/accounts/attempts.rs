//! Slowing down whoever guesses passwords: after a few attempts for one name, each next one has to
//! wait longer. The time is handed in.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::chat::Username;

/// Attempts that nobody has to wait for: people mistype.
const FREE: u32 = 3;

/// The longest pause between two attempts: some three thousand guesses a day.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest an attempt is held back before it is looked at; beyond it the caller is told to come
/// again, so that guesses do not pile up here.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// After this time without an attempt, what happened before is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

#[derive(Debug)]
struct History {
    /// Attempts since the last success.
    failures: u32,
    /// When the next one may be looked at.
    next: Instant,
}

/// The attempts to log in, by name. Only names with an account are in it.
#[derive(Debug, Default)]
pub struct Attempts {
    histories: HashMap<Username, History>,
}

impl Attempts {
    /// Counts an attempt for `name`, and says how long it must be held back.
    ///
    /// It counts as failed until [`succeeded`](Self::succeeded) says otherwise, so that attempts made
    /// at the same time wait for each other.
    ///
    /// # Errors
    /// How long to wait before coming again, when too many wait already. Such an attempt is not
    /// counted.
    pub fn begin(&mut self, now: Instant, name: &Username) -> Result<Duration, Duration> {
        let history = self.histories.entry(name.clone()).or_insert(History {
            failures: 0,
            next: now,
        });
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

    /// The attempt was not looked at, so it counts for nothing.
    pub fn not_looked_at(&mut self, name: &Username) {
        if let Some(history) = self.histories.get_mut(name) {
            let pause = pause_after(history.failures);
            history.next = history.next.checked_sub(pause).unwrap_or(history.next);
            history.failures = history.failures.saturating_sub(1);
        }
    }

    /// The password was right: nobody has to wait any more.
    pub fn succeeded(&mut self, name: &Username) {
        self.histories.remove(name);
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
    use super::*;

    fn ana() -> Username {
        Username::parse("ana").unwrap()
    }

    #[test]
    fn a_few_attempts_are_free_and_the_next_wait_ever_longer() {
        let (mut attempts, mut now) = (Attempts::default(), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..8 {
            match attempts.begin(now, &ana()) {
                Ok(wait) => {
                    now += wait;
                    waits.push(wait.as_secs());
                }
                Err(wait) => {
                    now += wait;
                    waits.push(wait.as_secs());
                    assert_eq!(attempts.begin(now, &ana()), Ok(Duration::ZERO));
                }
            }
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16]);
    }

    #[test]
    fn attempts_at_the_same_time_wait_for_each_other() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        let looked_at = (0..100)
            .filter(|_| attempts.begin(now, &ana()).is_ok())
            .count();
        assert!(looked_at <= 6, "{looked_at} guesses at once");
        // Another name is another matter.
        let bia = Username::parse("bia").unwrap();
        assert_eq!(attempts.begin(now, &bia), Ok(Duration::ZERO));
    }

    #[test]
    fn an_attempt_that_was_not_looked_at_makes_nobody_wait() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(attempts.begin(now, &ana()), Ok(Duration::ZERO));
            attempts.not_looked_at(&ana());
        }
        for _ in 0..FREE {
            assert_eq!(attempts.begin(now, &ana()), Ok(Duration::ZERO));
        }
        let second = Duration::from_secs(1);
        assert_eq!(attempts.begin(now, &ana()), Ok(second));
        attempts.not_looked_at(&ana());
        assert_eq!(attempts.begin(now, &ana()), Ok(second));
    }

    #[test]
    fn a_success_or_a_long_silence_ends_the_waiting() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..5 {
            let _ = attempts.begin(now, &ana());
        }
        assert_ne!(attempts.begin(now, &ana()), Ok(Duration::ZERO));
        attempts.succeeded(&ana());
        assert_eq!(attempts.begin(now, &ana()), Ok(Duration::ZERO));

        for _ in 0..5 {
            let _ = attempts.begin(now, &ana());
        }
        let later = now + Duration::from_secs(60) + FORGOTTEN_AFTER;
        for _ in 0..FREE {
            assert_eq!(attempts.begin(later, &ana()), Ok(Duration::ZERO));
        }
    }
}
