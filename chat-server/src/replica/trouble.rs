//! Trouble with the log, as it is reported.

use std::time::{Duration, Instant};

use tracing::{error, info};

use crate::log::AppendError;

/// How long everything must have been written before the trouble is taken to be over: on a full disk a short command
/// may have room where a long one has none.
const OVER_AFTER: Duration = Duration::from_secs(5);

/// Trouble with the log, which is reported when it begins and when it is over, and not for each command.
#[derive(Default)]
pub(super) struct Trouble {
    /// When a command was refused last; `None` when the trouble is reported to be over.
    last_refusal: Option<Instant>,
    /// Whether the last command was written.
    is_written: bool,
}

impl Trouble {
    pub(super) fn occurred(&mut self, cause: &AppendError, now: Instant) {
        if self.last_refusal.replace(now).is_none() {
            error!(%cause, "commands are refused; reading goes on");
        }
        self.is_written = false;
    }

    pub(super) const fn written(&mut self) {
        self.is_written = true;
    }

    /// Reports that the trouble is over, if it is.
    pub(super) fn report_end(&mut self, now: Instant) {
        let is_over = self.is_written
            && self
                .last_refusal
                .is_some_and(|refusal| now.saturating_duration_since(refusal) >= OVER_AFTER);
        if is_over {
            self.last_refusal = None;
            info!("the chat can be written again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the beginning is reported and the end is not yet.
    fn goes_on(trouble: &Trouble) -> bool {
        trouble.last_refusal.is_some()
    }

    #[test]
    fn trouble_that_comes_and_goes_is_over_when_everything_was_written_for_a_while() {
        let (mut trouble, began) = (Trouble::default(), Instant::now());
        trouble.written();
        trouble.report_end(began);
        assert!(!goes_on(&trouble));
        let second = |number| began + Duration::from_secs(number);
        for number in 0..100 {
            trouble.occurred(&AppendError::DiskFull, second(number));
            trouble.written();
            trouble.report_end(second(number + 1));
            assert!(goes_on(&trouble));
        }
        trouble.report_end(second(103));
        assert!(goes_on(&trouble));
        trouble.report_end(second(104));
        assert!(!goes_on(&trouble));
    }

    #[test]
    fn trouble_is_not_over_because_nothing_is_written() {
        let (mut trouble, began) = (Trouble::default(), Instant::now());
        trouble.occurred(&AppendError::DiskFull, began);
        trouble.report_end(began + Duration::from_secs(3_600));
        assert!(goes_on(&trouble));
        trouble.written();
        trouble.report_end(began + Duration::from_secs(3_600));
        assert!(!goes_on(&trouble));
    }
}
