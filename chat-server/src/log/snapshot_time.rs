//! When the newest snapshot was taken, for a monitor.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};

/// When the newest snapshot was taken, by the wall clock, in seconds. Clones share it.
#[derive(Clone, Debug)]
pub struct SnapshotTime(Arc<AtomicI64>);

const NONE: i64 = i64::MIN;

impl Default for SnapshotTime {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(NONE)))
    }
}

impl SnapshotTime {
    /// A snapshot of the chat at this time is the newest now.
    pub fn set<Zone: TimeZone>(&self, time: &DateTime<Zone>) {
        self.0.store(time.timestamp(), Ordering::Relaxed);
    }

    /// How old the newest snapshot is; `None` where there is none.
    pub fn age(&self) -> Option<Duration> {
        let taken = self.0.load(Ordering::Relaxed);
        if taken == NONE {
            return None;
        }
        // The wall clock may have been set back meanwhile.
        let seconds = Utc::now().timestamp().saturating_sub(taken);
        Some(Duration::from_secs(
            u64::try_from(seconds).unwrap_or_default(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_snapshot_has_an_age_as_soon_as_there_is_one() {
        let time = SnapshotTime::default();
        assert_eq!(time.age(), None);
        time.clone().set(&(Utc::now() - TimeDelta::seconds(90)));
        let age = time.age().unwrap().as_secs();
        assert!((90..95).contains(&age), "{age}");
        time.set(&(Utc::now() + TimeDelta::seconds(90)));
        assert_eq!(time.age(), Some(Duration::ZERO));
    }
}
