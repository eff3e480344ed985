//! When a message was sent, as short as can be.

use chrono::{NaiveDate, NaiveDateTime};

/// How dialect classic writes a moment, a fraction of the second aside.
pub(super) const WITH_DATE: &str = "%Y-%m-%d %H:%M:%S";

/// A server's timestamp, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// The day, where the server tells it: dialect accounts does not.
    pub(super) day: Option<NaiveDate>,
    /// The hour and the minute, or whatever the server wrote.
    pub(super) time: String,
}

impl Moment {
    pub(super) fn read(timestamp: &str) -> Self {
        let whole_seconds = timestamp.split('.').next().unwrap_or(timestamp);
        NaiveDateTime::parse_from_str(whole_seconds, WITH_DATE).map_or_else(
            |_| Self {
                day: None,
                time: timestamp.to_owned(),
            },
            |moment| Self {
                day: Some(moment.date()),
                time: moment.format("%H:%M").to_string(),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_and_anything_else_can_be_shown() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 9);
        for timestamp in ["2026-03-09 07:05:01", "2026-03-09 07:05:01.000001"] {
            let time = "07:05".to_owned();
            assert_eq!(Moment::read(timestamp), Moment { day, time });
        }
        for other in ["07:05", "agora", ""] {
            let time = other.to_owned();
            assert_eq!(Moment::read(other), Moment { day: None, time });
        }
    }
}
