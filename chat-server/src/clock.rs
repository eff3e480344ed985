//! The clock by which commands are stamped.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local, SubsecRound as _, TimeDelta};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::chat::Moment;

/// The clock is read at least every few seconds while the server runs ([`TICK`]). A longer gap means that
/// the process was stopped or the machine slept, and could not hear any client: it does not count.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// How often the clock must be read at least.
pub(crate) const TICK: Duration = Duration::from_secs(3);

/// Gives the time in the chat's terms: time since the chat began, and the wall clock here.
///
/// Idle times are counted on the monotonic clock, which no summer time and no correction moves. The wall
/// clock is for what a message shows, and for how long no server ran.
#[derive(Debug)]
pub struct Clock {
    reading: Mutex<Reading>,
}

#[derive(Debug)]
struct Reading {
    at: Instant,
    elapsed: Duration,
}

impl Clock {
    /// A clock for a chat whose last command happened at `last`, and that goes on now: the time since then
    /// counts, unless the wall clock says that it was negative.
    pub fn after(last: Option<Moment>) -> Self {
        let now = wall();
        let elapsed = last.map_or(Duration::ZERO, |last| {
            let downtime = now.signed_duration_since(last.wall);
            last.elapsed + downtime.max(TimeDelta::zero()).to_std().unwrap_or_default()
        });
        Self {
            reading: Mutex::new(Reading {
                at: Instant::now(),
                elapsed,
            }),
        }
    }

    /// This moment.
    pub fn now(&self) -> Moment {
        let mut reading = self.reading.lock();
        let now = Instant::now();
        let passed = now.saturating_duration_since(reading.at).min(LONGEST_GAP);
        reading.elapsed += passed;
        reading.at = now;
        Moment {
            // To microseconds, as the log keeps it.
            elapsed: Duration::from_micros(
                u64::try_from(reading.elapsed.as_micros()).unwrap_or(u64::MAX),
            ),
            wall: wall(),
        }
    }
}

fn wall() -> DateTime<FixedOffset> {
    Local::now().fixed_offset().trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_in_which_the_process_was_stopped_does_not_count() {
        let clock = Clock::after(None);
        for _ in 0..5 {
            tokio::time::advance(TICK).await;
            clock.now();
        }
        assert_eq!(clock.now().elapsed, 5 * TICK);
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(clock.now().elapsed, 5 * TICK + LONGEST_GAP);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_no_server_ran_counts() {
        let last = |seconds| Moment {
            elapsed: Duration::from_secs(100),
            wall: wall() - TimeDelta::seconds(seconds),
        };
        let elapsed = |seconds| Clock::after(Some(last(seconds))).now().elapsed.as_secs();
        assert_eq!(elapsed(3_600), 3_700);
        assert_eq!(
            elapsed(-3_600),
            100,
            "the wall clock was set back meanwhile"
        );
    }
}
