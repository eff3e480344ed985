//! How a replica stands to its log.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local};

use crate::log::Position;

/// A replica that could not compare itself with the log for so long is out of touch. A server is then not
/// found any more by the binder.
pub(crate) const OUT_OF_TOUCH_AFTER: Duration = Duration::from_secs(2);

/// How a replica stands to its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The place of the last entry that was applied, where the log has places that are shared.
    pub position: Position,
    /// Since when the chat may not be as the log is; `None` when it is.
    pub stale_since: Option<DateTime<FixedOffset>>,
    /// Why the log cannot be followed any more.
    pub ended: Option<Arc<str>>,
}

impl Standing {
    pub(super) fn behind(position: Position) -> Self {
        Self {
            position,
            stale_since: Some(Local::now().fixed_offset()),
            ended: None,
        }
    }

    /// Whether the chat is as the log is.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.stale_since.is_none()
    }
}
