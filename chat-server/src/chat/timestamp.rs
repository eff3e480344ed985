//! The time a message shows, which also orders the messages of a room.
//!
//! The classic Python client keeps only what is strictly later, as a string, than the last timestamp
//! it saw. So within a room no two messages may show the same one, and none an earlier one than the
//! message before it, not even when the clock is set back.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MICROSECONDS: i64 = 1_000_000;

/// 0000-01-01 00:00:00. Before it, and after 9999, years do not have four digits, and the order of
/// the strings would no longer be the order in time.
const EARLIEST: i64 = -62_167_219_200 * MICROSECONDS;

/// 9999-12-31 00:00:00, the latest that a clock is believed. A day short of the end of the four-digit
/// years, so that a room at that time still has microseconds to count with.
const LATEST_CLOCK: i64 = 253_402_214_400 * MICROSECONDS;

/// A local time in microseconds, of the years 0000 to 9999: in this range the order of the strings is
/// the order in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(
    /// Microseconds since 1970-01-01 00:00:00, both local time.
    i64,
);

impl Timestamp {
    /// The timestamp of a message sent when the clock shows `clock`, in a room where the timestamp before
    /// it is `last`.
    ///
    /// `last` is the latest timestamp that a client in the room may have: that of the last message, or
    /// the whole second in which a guest joined (see `Room::enter`).
    ///
    /// The first message of a second shows the whole second, as the original's messages do. A later
    /// one shows the last timestamp and a microsecond: the true microseconds would say no more, since
    /// the first message has dropped its own, and this way the same rule covers a clock that stepped
    /// back and a second that ran out of microseconds.
    pub(super) fn following(last: Option<Timestamp>, clock: NaiveDateTime) -> Timestamp {
        let second = Timestamp::second_of(clock);
        last.map_or(second, |Timestamp(last)| second.max(Timestamp(last + 1)))
    }

    /// The whole second that the clock shows: what the original's client asks from when it starts.
    pub(super) fn second_of(clock: NaiveDateTime) -> Timestamp {
        let clock = clock
            .and_utc()
            .timestamp_micros()
            .clamp(EARLIEST, LATEST_CLOCK);
        Timestamp(clock - clock.rem_euclid(MICROSECONDS))
    }

    /// Reads `YYYY-MM-DD HH:MM:SS`, also with a fraction of one to six digits (`.f`), and nothing
    /// else; `None` for any other text and for days and times that do not exist.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let (whole, microsecond) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, microseconds(fraction)?),
            None => (text, 0),
        };
        let (date, time) = whole.split_once(' ')?;
        let (year, date) = date.split_once('-')?;
        let (month, day) = date.split_once('-')?;
        let (hour, time) = time.split_once(':')?;
        let (minute, second) = time.split_once(':')?;
        let local = NaiveDate::from_ymd_opt(
            i32::try_from(number(year, 4)?).ok()?,
            number(month, 2)?,
            number(day, 2)?,
        )?
        .and_hms_micro_opt(
            number(hour, 2)?,
            number(minute, 2)?,
            number(second, 2)?,
            microsecond,
        )?;
        Some(Timestamp(local.and_utc().timestamp_micros()))
    }

    /// The hour and the minute, as `HH:MM`.
    pub fn hour_minute(self) -> String {
        let local = self.local();
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    fn local(self) -> NaiveDateTime {
        // Years of four digits are far inside what chrono can hold, so the default never shows.
        DateTime::from_timestamp_micros(self.0)
            .unwrap_or_default()
            .naive_utc()
    }
}

/// Whole seconds as `YYYY-MM-DD HH:MM:SS`, anything finer with six more digits: the two forms sort
/// as strings, because the first is the beginning of all the second ones of its second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.local().format("%Y-%m-%d %H:%M:%S"))?;
        match self.0.rem_euclid(MICROSECONDS) {
            0 => Ok(()),
            fraction => write!(f, ".{fraction:06}"),
        }
    }
}

/// In the log a timestamp stands as a message shows it.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("not a timestamp: {text}")))
    }
}

/// A number of exactly so many digits. The parsers of std and chrono also take signs and fewer or
/// more digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let exact = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    exact.then(|| text.parse().ok()).flatten()
}

fn microseconds(fraction: &str) -> Option<u32> {
    let missing = 6_usize.checked_sub(fraction.len())?;
    let digits = number(fraction, fraction.len())?;
    Some(digits * 10_u32.pow(u32::try_from(missing).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn clock(text: &str) -> NaiveDateTime {
        at(text).local()
    }

    #[test]
    fn the_bounds_are_the_days_they_are_said_to_be() {
        assert_eq!(Timestamp(EARLIEST).to_string(), "0000-01-01 00:00:00");
        assert_eq!(Timestamp(LATEST_CLOCK).to_string(), "9999-12-31 00:00:00");
    }

    #[test]
    fn both_forms_are_read_and_shown() {
        for (text, shown) in [
            ("2025-03-09 07:05:01", "2025-03-09 07:05:01"),
            ("2025-03-09 07:05:01.5", "2025-03-09 07:05:01.500000"),
            ("2025-03-09 07:05:01.000001", "2025-03-09 07:05:01.000001"),
            ("2025-03-09 07:05:01.000000", "2025-03-09 07:05:01"),
            ("1969-12-31 23:59:59.25", "1969-12-31 23:59:59.250000"),
            ("0000-01-01 00:00:00", "0000-01-01 00:00:00"),
            ("9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"),
            ("2024-02-29 00:00:00", "2024-02-29 00:00:00"),
        ] {
            assert_eq!(at(text).to_string(), shown);
        }
        assert_eq!(at("2025-03-09 07:05:59.9").hour_minute(), "07:05");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "0",
            "2025-03-09",
            "2025-03-09T07:05:01",
            "2025-03-09 07:05",
            "2025-03-09 07:05:01.",
            "2025-03-09 07:05:01.1234567",
            "2025-03-09 07:05:01.12a",
            "2025-03-09 07:05:01.+1",
            "2025-03-09 07:05:01Z",
            " 2025-03-09 07:05:01",
            "2025-03-09 07:05:01 ",
            "2025-03-09  07:05:01",
            "2025-3-9 7:5:1",
            "+025-03-09 07:05:01",
            "12025-03-09 07:05:01",
            "2025-02-29 07:05:01",
            "2025-13-01 07:05:01",
            "2025-03-09 24:00:00",
            "2025-03-09 07:05:60",
            "２０２５-03-09 07:05:01",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_first_message_of_a_second_shows_it_whole_and_later_ones_count_on() {
        let mut last = None;
        let mut shown = Vec::new();
        for now in [
            "2025-03-09 07:05:01.9",
            "2025-03-09 07:05:01.95",
            "2025-03-09 07:05:01.99",
            "2025-03-09 07:05:02.1",
            "2025-03-09 06:00:00",
            "2025-03-09 07:05:03",
        ] {
            let next = Timestamp::following(last, clock(now));
            shown.push(next.to_string());
            last = Some(next);
        }
        assert_eq!(
            shown,
            [
                "2025-03-09 07:05:01",
                "2025-03-09 07:05:01.000001",
                "2025-03-09 07:05:01.000002",
                "2025-03-09 07:05:02",
                "2025-03-09 07:05:02.000001",
                "2025-03-09 07:05:03",
            ]
        );
    }

    #[test]
    fn a_full_second_carries_into_the_next_one() {
        let last = at("2025-12-31 23:59:59.999999");
        let next = Timestamp::following(Some(last), clock("2025-12-31 23:59:59.5"));
        assert_eq!(next.to_string(), "2026-01-01 00:00:00");
        assert!(next.to_string() > last.to_string());
    }

    #[test]
    fn a_clock_beyond_four_digit_years_still_counts_up() {
        for wild in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
            let first = Timestamp::following(None, wild);
            let second = Timestamp::following(Some(first), wild);
            assert_eq!(first.to_string().len(), 19);
            assert!(second.to_string() > first.to_string());
        }
    }

    #[test]
    fn a_leap_second_is_the_beginning_of_the_next_minute() {
        let leap = NaiveDate::from_ymd_opt(2016, 12, 31)
            .unwrap()
            .and_hms_micro_opt(23, 59, 59, 1_500_000)
            .unwrap();
        let shown = Timestamp::following(None, leap).to_string();
        assert_eq!(shown, "2017-01-01 00:00:00");
    }
}
