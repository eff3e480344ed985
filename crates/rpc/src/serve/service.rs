//! A service, and the state that its connections share.

use std::sync::Arc;

use axum::Router;
use protocol::procedure::Procedure;

use super::budget::{Budget, FREE_OF_ANSWER, FREE_OF_REQUEST};
use super::forward::Forwarding;
use super::limits::Limits;
use super::meter::Usage;
use super::places::Places;
use super::{Lab, Meter, Methods};
use crate::Observers;

/// A server's procedures with everything around them.
pub struct Service {
    /// The procedures.
    pub methods: Methods,
    /// Another server that answers in place of the procedures, if calls are forwarded.
    pub forwarding: Option<Forwarding>,
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
            forwarding: None,
            limits: Limits::default(),
            observers: Observers::none(),
            lab: None,
            pages: None,
            meter: None,
        }
    }

    /// The declaration of a procedure, by its name.
    pub(super) fn procedure(&self, name: &str) -> Option<&'static Procedure> {
        match &self.forwarding {
            Some(forwarding) => forwarding.procedure(name),
            None => self.methods.procedure(name),
        }
    }
}

/// The connections and the memory of a server, or of several that share them.
#[derive(Clone, Debug)]
pub struct Capacity {
    pub(super) places: Arc<Places>,
    requests: Budget,
    answers: Budget,
}

impl Capacity {
    /// What these limits allow.
    pub fn of(limits: &Limits) -> Self {
        Self {
            places: Arc::new(Places::of(limits)),
            requests: Budget::in_parts(limits.requests, FREE_OF_REQUEST, limits.parts),
            // Half for one address in any case: a quarter would not hold the largest answer.
            answers: Budget::new(limits.answers, FREE_OF_ANSWER),
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
    pub(super) fn of(capacity: &Capacity, service: Arc<Service>) -> Arc<Self> {
        let (requests, answers) = (capacity.requests.clone(), capacity.answers.clone());
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
