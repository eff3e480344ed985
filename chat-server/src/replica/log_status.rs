//! Whether a replica is up to date with its log.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local, TimeDelta};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::log::Position;

/// A replica that could not compare itself with the log for so long counts as behind. Look-ups then answer with the
/// server only if all servers of the chat are behind.
pub(crate) const BEHIND_AFTER: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogStatus {
    /// The place of the last entry that was applied, where the log has places that are shared.
    pub position: Position,
    /// Since when the chat may not be as the log is; `None` when it is.
    pub behind_since: Option<DateTime<FixedOffset>>,
    /// Why the log cannot be followed any more.
    pub ended: Option<Arc<str>>,
}

impl LogStatus {
    pub(super) fn behind(position: Position) -> Self {
        Self {
            position,
            behind_since: Some(Local::now().fixed_offset()),
            ended: None,
        }
    }

    /// Whether the chat may not be as the log is.
    pub fn is_behind(&self) -> bool {
        self.behind_since.is_some()
    }
}

/// Compares how far a replica is with where its log ends.
pub(super) struct Comparison {
    position: Position,
    /// Where the log ended when it was last asked, and when that was.
    end: Option<(Instant, Position)>,
    /// How far the replica was at a time: the log, asked later, must not end before that.
    reached: Option<(Instant, Position)>,
    /// When the chat was last known to be as the log is.
    current_at: Option<Instant>,
    log_status: watch::Sender<LogStatus>,
}

impl Comparison {
    pub(super) fn new(log_status: watch::Sender<LogStatus>) -> Self {
        let position = log_status.borrow().position;
        Self {
            position,
            end: None,
            reached: None,
            current_at: None,
            log_status,
        }
    }

    /// Notes that everything up to this place was applied.
    pub(super) const fn applied(&mut self, position: Position) {
        self.position = position;
    }

    /// Notes where the log ended at a time after `asked_at`. Returns false if that is before a place that was
    /// reached already: then this is not the log that was followed until now.
    #[must_use]
    pub(super) fn log_ended(&mut self, asked_at: Instant, end: Position) -> bool {
        self.end = Some((asked_at, end));
        match self.reached {
            Some((at, _)) if asked_at <= at => true,
            reached => {
                self.reached = Some((Instant::now(), self.position));
                reached.is_none_or(|(_, position)| position <= end)
            }
        }
    }

    /// Compares, and returns whether the replica is as the log is for the first time.
    pub(super) fn compare(&mut self) -> bool {
        let mut is_first = false;
        if let Some((asked_at, end)) = self.end
            && end <= self.position
        {
            is_first = self.current_at.is_none();
            self.current_at = self.current_at.max(Some(asked_at));
        }
        self.update();
        is_first
    }

    pub(super) fn is_behind(&self) -> bool {
        let current_at = self.current_at;
        current_at.is_none_or(|at| at.elapsed() >= BEHIND_AFTER)
    }

    /// Says how the replica stands, as time goes on.
    pub(super) fn update(&mut self) {
        let position = self.position;
        let before = self.log_status.borrow().behind_since;
        let behind_since = match (self.is_behind(), before) {
            (false, None) => None,
            (false, Some(_)) => {
                info!(%position, "the chat is as the log is");
                None
            }
            (true, Some(since)) => Some(since),
            (true, None) => {
                let ago = self.current_at.map(|at| at.elapsed()).unwrap_or_default();
                let since = Local::now() - TimeDelta::from_std(ago).unwrap_or_default();
                let since = since.fixed_offset();
                warn!(
                    since = %since.format("%H:%M:%S"),
                    "out of touch with the log: commands are refused, and what is read is stale"
                );
                Some(since)
            }
        };
        self.log_status.send_if_modified(|known| {
            let is_news = known.behind_since != behind_since;
            *known = LogStatus {
                position,
                behind_since,
                ended: None,
            };
            is_news
        });
    }

    /// Says that the log cannot be followed any more.
    pub(super) fn end(&self, reason: Arc<str>) {
        self.log_status.send_replace(LogStatus {
            ended: Some(reason),
            ..LogStatus::behind(self.position)
        });
    }
}
