//! The time of a command: handed in, because the chat itself has no clock.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// When a command happens, by the two clocks that the chat needs, in microseconds: that is what the log keeps.
///
/// They are apart because the wall clock can be set, and steps back an hour every autumn: how long a
/// room has been idle must not follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Time since the chat began, downtime included, by a clock that never steps back.
    pub elapsed: Duration,
    /// The wall clock where the server runs.
    pub wall: DateTime<FixedOffset>,
}

impl Moment {
    /// The wall clock as people read it: what a message shows.
    pub fn local(&self) -> NaiveDateTime {
        self.wall.naive_local()
    }

    /// Reads what [`Display`](fmt::Display) wrote, `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (wall, elapsed) = text.split_once(" +")?;
        let (seconds, microseconds) = elapsed.split_once('.')?;
        let microseconds: u32 = (microseconds.len() == 6).then(|| microseconds.parse().ok())??;
        Some(Self {
            elapsed: Duration::new(seconds.parse().ok()?, microseconds.checked_mul(1_000)?),
            wall: DateTime::parse_from_rfc3339(wall).ok()?,
        })
    }
}

/// As it stands in the log: `2025-03-09T12:00:01.000000+00:00 +1.000000`, the wall clock and the seconds
/// since the chat began.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wall = self.wall.to_rfc3339_opts(SecondsFormat::Micros, false);
        let (seconds, fraction) = (self.elapsed.as_secs(), self.elapsed.subsec_micros());
        write!(f, "{wall} +{seconds}.{fraction:06}")
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("not a moment: {text}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_reads_what_it_wrote() {
        for text in [
            "2025-03-09T12:00:01.000000+00:00 +1.000000",
            "2025-11-02T01:59:59.999999-03:00 +86400.000001",
        ] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "2025-03-09T12:00:01Z",
            "2025-03-09T12:00:01Z +1",
            "x +1.000000",
        ] {
            assert_eq!(Moment::parse(text), None, "{text:?}");
        }
    }
}
