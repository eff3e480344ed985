//! What a monitor asks a server: `GET /healthz`, whether it is ready, and `GET /metrics`, what it does, as Prometheus
//! reads it.
//!
//! A server puts into a [`Metrics`] what it has to say: a meter for each port, gauges that are read when they are
//! asked for, and reasons for which it is not ready. [`Metrics::serve`] answers on a port of its own, so that a monitor
//! still gets an answer when all connections of the server are taken, and so that access to the calls does not mean
//! access to the metrics. Labels come from the server alone, never from a caller, so that their number is bounded.

mod calls;
mod gauges;
mod routes;

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use rpc::serve::Meter;

use calls::{CallMetrics, Calls};
use gauges::Gauges;

/// What a server says of itself. Clones share it.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    calls: Arc<Calls>,
    gauges: Arc<Gauges>,
    reasons: Mutex<Vec<Reason>>,
}

/// Says why the server is not ready, if that is so.
type Reason = Box<dyn Fn() -> Option<String> + Send + Sync>;

impl Default for Metrics {
    fn default() -> Self {
        let (calls, gauges) = (Arc::<Calls>::default(), Arc::<Gauges>::default());
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Arc::clone(&calls)));
        registry.register_collector(Box::new(Arc::clone(&gauges)));
        Self(Arc::new(Inner {
            registry,
            calls,
            gauges,
            reasons: Mutex::default(),
        }))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

impl Metrics {
    /// A meter for the port of one dialect, which has these methods.
    pub fn meter(
        &self,
        dialect: &'static str,
        methods: impl IntoIterator<Item = &'static str>,
    ) -> Arc<dyn Meter> {
        self.add_meter(CallMetrics::new(dialect, methods))
    }

    /// A meter for several ports of one dialect, which may open and close. It reports their calls together, and not
    /// what they use of their limits.
    #[must_use]
    pub fn meter_of_several(
        &self,
        dialect: &'static str,
        methods: impl IntoIterator<Item = &'static str>,
    ) -> Arc<dyn Meter> {
        self.add_meter(CallMetrics::new(dialect, methods).of_several_servers())
    }

    fn add_meter(&self, meter: CallMetrics) -> Arc<dyn Meter> {
        let meter = Arc::new(meter);
        self.0.calls.add(Arc::clone(&meter));
        meter
    }

    /// Adds a gauge, which is read at each request. It is left out while it has no value.
    pub fn with_gauge(
        self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> Option<f64> + Send + Sync + 'static,
    ) -> Self {
        self.0.gauges.add(name, help, Box::new(read));
        self
    }

    /// Adds a reason for which the server may not be ready.
    pub fn ready_unless(self, reason: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.0.reasons.lock().push(Box::new(reason));
        self
    }

    /// Why the server is not ready; nothing when it is.
    pub fn not_ready(&self) -> Vec<String> {
        let reasons = self.0.reasons.lock();
        reasons.iter().filter_map(|reason| reason()).collect()
    }
}
