//! A service: what it answers, within which limits, and what its connections share.

use std::sync::Arc;
use std::time::Duration;

use dxr_server::axum::Router;

use super::budget::Budget;
use super::{Lab, Methods};
use crate::Observers;
use crate::xml::values::DEPTH;

/// The limits of a server. They exist so that no single peer can take the memory, the connections or
/// the time that belong to all.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest body of a request in bytes. A message may have 16 KiB; a mebibyte leaves room for
    /// batches of calls.
    pub body: usize,
    /// Bytes of all bodies at the same time, besides the first 16 KiB of each, which an ordinary call
    /// does not exceed. When they are used up, larger bodies are refused.
    pub bodies: usize,
    /// Bytes of all answers that their peers have not taken yet, besides the first 16 KiB of each. When
    /// they are used up, calls with larger answers are refused.
    pub answers: usize,
    /// Values inside values. The default is far more than any call of the chat needs.
    pub depth: usize,
    /// Connections at the same time. Beyond it accepting waits until one of them closes.
    pub connections: usize,
    /// How long the header of a request may take, from its first byte, and its body after that.
    pub request: Duration,
    /// How long a connection may stay open between calls. Python's client reconnects by itself.
    pub idle: Duration,
    /// Whether answers are compressed for clients that ask for it. It costs more time than it saves,
    /// except on slow links.
    pub compress: bool,
    /// How long calls in flight may take to finish after shutdown began.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            bodies: 128 << 20,
            answers: 256 << 20,
            depth: DEPTH,
            connections: 10_000,
            request: Duration::from_secs(10),
            idle: Duration::from_secs(120),
            compress: false,
            shutdown: Duration::from_secs(5),
        }
    }
}

/// What a server answers and within which limits.
pub struct Service {
    /// The procedures.
    pub methods: Methods,
    /// What a stranger may ask of us.
    pub limits: Limits,
    /// Who watches the calls.
    pub observers: Observers,
    /// What breaks calls on purpose, if anything does.
    pub lab: Option<Arc<Lab>>,
    /// What is answered on other paths than those of calls, if anything is.
    pub pages: Option<Router>,
}

impl Service {
    /// These procedures with the default limits, unobserved, and nothing else.
    pub fn new(methods: Methods) -> Self {
        Self {
            methods,
            limits: Limits::default(),
            observers: Observers::none(),
            lab: None,
            pages: None,
        }
    }
}

/// A service while it is served, with what its connections share.
pub(super) struct Shared {
    pub(super) service: Arc<Service>,
    pub(super) bodies: Budget,
    pub(super) answers: Budget,
}

impl Shared {
    pub(super) fn of(service: Arc<Service>) -> Arc<Self> {
        Arc::new(Self {
            bodies: Budget::new(service.limits.bodies),
            answers: Budget::new(service.limits.answers),
            service,
        })
    }
}
