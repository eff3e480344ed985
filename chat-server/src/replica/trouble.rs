//! Trouble with the log, which is reported when it begins and ends, and not for each command.

use std::time::{Duration, Instant};

use tracing::{error, info};

use crate::log::AppendError;

/// How long nothing is said of trouble that comes and goes: on a full disk a short command may have room
/// where a long one has none.
const QUIET_FOR: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Trouble {
    is_reported: bool,
    last_report: Option<Instant>,
}

impl Trouble {
    pub(super) fn occurred(&mut self, cause: &AppendError) {
        let is_recent = self
            .last_report
            .is_some_and(|report| report.elapsed() < QUIET_FOR);
        if !self.is_reported && !is_recent {
            error!(%cause, "commands are refused; reading goes on");
            self.is_reported = true;
            self.last_report = Some(Instant::now());
        }
    }

    pub(super) fn ended(&mut self) {
        if std::mem::take(&mut self.is_reported) {
            info!("the chat can be written again");
        }
    }
}
