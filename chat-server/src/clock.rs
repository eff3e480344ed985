//! The clock that the chat is told the time by.

use tokio::time::Instant;

use crate::chat::Moment;

/// Tells the time in the chat's terms: how long it runs, and what the wall clock shows here.
///
/// Idle times are counted on the monotonic clock, which no summer time and no correction moves; the
/// wall clock is only for what a message shows.
#[derive(Debug)]
pub struct Clock {
    began: Instant,
}

impl Clock {
    /// A clock that begins now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            began: Instant::now(),
        }
    }

    /// This moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment {
            elapsed: self.began.elapsed(),
            local: chrono::Local::now().naive_local(),
        }
    }
}
