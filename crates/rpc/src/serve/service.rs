//! A service, and the state that its connections share.

use std::sync::Arc;

use axum::Router;

use super::budget::{Budget, FREE_OF_ANSWER, FREE_OF_REQUEST};
use super::limits::Limits;
use super::meter::Usage;
use super::{Lab, Meter, Methods};
use crate::Observers;

/// A server's procedures with everything around them.
pub struct Service {
    /// The procedures.
    pub methods: Methods,
    /// Bounds on what peers may use.
    pub limits: Limits,
    /// What sees each call.
    pub observers: Observers,
    /// Faults injected on purpose, if any.
    pub lab: Option<Arc<Lab>>,
    /// The pages on other paths, if any.
    pub pages: Option<Router>,
    /// What counts each call, if anything does.
    pub meter: Option<Arc<dyn Meter>>,
}

impl Service {
    /// These procedures with default limits, and nothing else.
    pub fn new(methods: Methods) -> Self {
        Self {
            methods,
            limits: Limits::default(),
            observers: Observers::none(),
            lab: None,
            pages: None,
            meter: None,
        }
    }
}

/// A service in operation, shared by its connections.
pub(super) struct Shared {
    pub(super) service: Arc<Service>,
    pub(super) requests: Budget,
    pub(super) answers: Budget,
    pub(super) usage: Usage,
}

impl Shared {
    pub(super) fn of(service: Arc<Service>) -> Arc<Self> {
        let requests = Budget::new(service.limits.requests, FREE_OF_REQUEST);
        let answers = Budget::new(service.limits.answers, FREE_OF_ANSWER);
        let usage = Usage::new(&service.limits, &requests, &answers);
        if let Some(meter) = &service.meter {
            meter.serving(usage.clone());
        }
        Arc::new(Self {
            requests,
            answers,
            usage,
            service,
        })
    }
}
