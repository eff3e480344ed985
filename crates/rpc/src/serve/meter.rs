//! Counting what a server does, for a monitor.
//!
//! A meter is cheaper than an observer: it gets no bodies and no texts of the caller, so that it may count every call
//! of a busy server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::budget::Budget;
use super::limits::Limits;

/// Which method was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Called {
    /// One that the server has.
    Method(&'static str),
    /// One that it does not have. Its name is the caller's choice, so it is not kept.
    Unknown,
    /// The request could not be read as a call.
    Unreadable,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// With an answer.
    Answered,
    /// With a fault.
    Fault,
    /// Without an answer: the client hung up, or the lab dropped it.
    Nothing,
}

/// Counts calls. It runs in the path of the call and must not block.
pub trait Meter: Send + Sync {
    /// A server begins to serve. Its use of what is limited can be read from now on.
    fn serving(&self, usage: Usage);

    /// A call has ended, so long after its request arrived.
    fn ended(&self, called: Called, ended: Ended, duration: Duration);
}

/// What a running server uses of its limits.
#[derive(Clone, Debug)]
pub struct Usage {
    connections: Arc<AtomicUsize>,
    requests: Budget,
    answers: Budget,
    limits: Limits,
}

/// A part of something limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// How much is used now.
    pub now: usize,
    /// How much may be used.
    pub limit: usize,
}

impl Usage {
    pub(super) fn new(limits: &Limits, requests: &Budget, answers: &Budget) -> Self {
        Self {
            connections: Arc::default(),
            requests: requests.clone(),
            answers: answers.clone(),
            limits: limits.clone(),
        }
    }

    pub(super) fn set_connections(&self, open: usize) {
        self.connections.store(open, Ordering::Relaxed);
    }

    /// Open connections.
    pub fn connections(&self) -> Used {
        Used {
            now: self.connections.load(Ordering::Relaxed),
            limit: self.limits.connections,
        }
    }

    /// Bytes that large requests have reserved.
    pub fn requests(&self) -> Used {
        Used {
            now: self.requests.reserved(),
            limit: self.limits.requests,
        }
    }

    /// Bytes that large answers have reserved which their peers have not read.
    pub fn answers(&self) -> Used {
        Used {
            now: self.answers.reserved(),
            limit: self.limits.answers,
        }
    }
}
