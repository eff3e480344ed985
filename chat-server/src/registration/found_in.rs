//! How many binders send clients to this server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many binders send clients to this server. It is not the same as being registered: the names may be another
/// server's, behind which this one waits in line. Clones share the count.
#[derive(Clone, Debug, Default)]
pub struct FoundIn(Arc<AtomicUsize>);

impl FoundIn {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one binder does, in the count of all.
#[derive(Debug)]
pub(super) struct OfOneBinder {
    count: FoundIn,
    is_found: bool,
}

impl OfOneBinder {
    pub(super) const fn in_count(count: FoundIn) -> Self {
        Self {
            count,
            is_found: false,
        }
    }

    pub(super) fn set(&mut self, is_found: bool) {
        let FoundIn(count) = &self.count;
        match (std::mem::replace(&mut self.is_found, is_found), is_found) {
            (false, true) => count.fetch_add(1, Ordering::Relaxed),
            (true, false) => count.fetch_sub(1, Ordering::Relaxed),
            _ => 0,
        };
    }
}
