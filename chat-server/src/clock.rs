//! The clock by which commands are stamped.

use std::time::Duration;

use chrono::{
    DateTime, FixedOffset, Local, Offset as _, SubsecRound as _, TimeDelta, TimeZone as _,
};
use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::warn;

use crate::chat::{Moment, Timeouts};

/// How much a gap between two readings counts at most. The clock is read several times in this time while the
/// server runs ([`Clock::tick`]), so a longer gap means that the process was stopped or the machine slept, and
/// could not hear any client.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// What a timer can tell apart, and a busy machine can keep up with.
const SHORTEST_GAP: Duration = Duration::from_millis(40);

/// How often activity is recorded.
pub(crate) const TICK: Duration = Duration::from_secs(3);

/// Gives the time in the chat's terms: time since the chat began, and the wall clock here.
///
/// Idle times are counted on the monotonic clock, which no summer time and no correction moves. The wall
/// clock is for what a message shows, and for how long no server ran.
#[derive(Debug)]
pub struct Clock {
    reading: Mutex<Reading>,
    zones: Mutex<Zones>,
}

#[derive(Debug)]
struct Reading {
    at: Instant,
    elapsed: Duration,
    longest_gap: Duration,
}

impl Clock {
    /// A clock for a chat with its last command at `last`, and that goes on now: the time since then
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
                longest_gap: LONGEST_GAP,
            }),
            zones: Mutex::default(),
        }
    }

    /// Counts gaps for so little that the one in which the server was stopped removes no user, however
    /// short the timeouts are: a quarter of the shortest.
    pub fn adapt_to(&self, timeouts: &Timeouts) {
        let shortest = timeouts.shortest().min(timeouts.never_polled);
        self.reading.lock().longest_gap = (shortest / 4).clamp(SHORTEST_GAP, LONGEST_GAP);
    }

    /// Moves on to the time of the log, which a server with another clock has moved on.
    pub(crate) fn catch_up(&self, at: Moment) {
        let mut reading = self.reading.lock();
        reading.elapsed = reading.elapsed.max(at.elapsed);
        drop(reading);
        if self.zones.lock().differ_first(&at.wall) {
            warn!(
                here = %wall().offset(),
                there = %at.wall.offset(),
                "another server of this chat writes in another time zone: a message shows the time of the server that \
                 stored it, or of a later one before it. Set the same zone (TZ) for all of them"
            );
        }
    }

    /// Goes on after the last command of the log as it was found now: see [`after`](Self::after).
    pub(crate) fn resume(&self, last: Option<Moment>) {
        let after = Self::after(last).reading.into_inner();
        let mut reading = self.reading.lock();
        (reading.at, reading.elapsed) = (after.at, reading.elapsed.max(after.elapsed));
    }

    /// How often the clock must be read at least.
    pub fn tick(&self) -> Duration {
        (self.reading.lock().longest_gap / 4).min(TICK)
    }

    pub fn now(&self) -> Moment {
        let mut reading = self.reading.lock();
        let now = Instant::now();
        let passed = now
            .saturating_duration_since(reading.at)
            .min(reading.longest_gap);
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

/// Whether all moments of a log are in the time zone of this machine.
#[derive(Debug, Default)]
struct Zones {
    compared: Option<FixedOffset>,
    has_differed: bool,
}

impl Zones {
    /// Whether this is the first moment in another time zone.
    fn differ_first(&mut self, moment: &DateTime<FixedOffset>) -> bool {
        let there = *moment.offset();
        if self.has_differed || self.compared.replace(there) == Some(there) {
            return false;
        }
        // As it was here at that moment: summer time changes it in either place.
        let here = Local.offset_from_utc_datetime(&moment.naive_utc()).fix();
        self.has_differed = here != there;
        self.has_differed
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

    #[test]
    fn another_time_zone_is_noticed_once() {
        let mut zones = Zones::default();
        let here = wall();
        assert!(!zones.differ_first(&here));
        let east = here.offset().local_minus_utc() + 3_600;
        let there = here.with_timezone(&FixedOffset::east_opt(east).unwrap());
        assert!(zones.differ_first(&there));
        for moment in [here, there] {
            assert!(!zones.differ_first(&moment));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn with_short_timeouts_it_counts_for_less() {
        let clock = Clock::after(None);
        clock.adapt_to(&Timeouts {
            polling: Duration::from_secs(4),
            ..Timeouts::default()
        });
        assert_eq!(clock.tick(), Duration::from_millis(250));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(clock.now().elapsed, Duration::from_secs(1));
        clock.adapt_to(&Timeouts::default());
        assert!(4 * clock.tick() <= LONGEST_GAP);
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
