//! The calls that are open when the server stops, for which viewers wait.

use std::collections::HashSet;

use rpc::observe::CallId;

/// Calls that are remembered: as many as a server has connections, and more.
const MOST: usize = 4_000;

/// The calls that have begun and not ended, as far as that is seen.
#[derive(Debug, Default)]
pub(crate) struct OpenCalls {
    calls: HashSet<CallId>,
    is_stopping: bool,
}

impl OpenCalls {
    pub(crate) fn began(&mut self, call: CallId) {
        if self.calls.len() < MOST {
            self.calls.insert(call);
        }
    }

    /// Returns whether it was the last one of a server that stops.
    pub(crate) fn ended(&mut self, call: CallId) -> bool {
        self.calls.remove(&call);
        self.is_stopping && self.calls.is_empty()
    }

    /// The server stops. Returns whether no call is open.
    pub(crate) fn none_follow(&mut self) -> bool {
        self.is_stopping = true;
        self.calls.is_empty()
    }

    /// Ends may have been missed. Returns whether the server stops: then no call is waited for.
    pub(crate) fn forget(&mut self) -> bool {
        self.calls.clear();
        self.is_stopping
    }
}
