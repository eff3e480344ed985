//! Whether etcd admits the user of a client that watches. It is logged when that changes, and not at each attempt.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::{info, warn};

/// Whether etcd admits the user.
#[derive(Debug, Default)]
pub(crate) struct Access {
    is_refused: AtomicBool,
}

impl Access {
    pub(crate) fn refused(&self, reason: &str, key: &str) {
        if !self.is_refused.swap(true, Ordering::Relaxed) {
            warn!(
                reason,
                key,
                "etcd does not admit the user of this program any more: grant it a role that may read and write these \
                 keys, or start the program with another user or password; trying until it is admitted"
            );
        }
    }

    pub(crate) fn admitted(&self) {
        if self.is_refused.swap(false, Ordering::Relaxed) {
            info!("etcd admits the user of this program again");
        }
    }
}
