//! Gauges that are read when they are asked for.

use std::fmt;

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;

type Read = Box<dyn Fn() -> Option<f64> + Send + Sync>;

struct Gauge {
    name: &'static str,
    help: &'static str,
    read: Read,
}

/// The gauges of a server.
#[derive(Default)]
pub(crate) struct Gauges(Mutex<Vec<Gauge>>);

impl fmt::Debug for Gauges {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Gauges")
    }
}

impl Gauges {
    pub(crate) fn add(&self, name: &'static str, help: &'static str, read: Read) {
        self.0.lock().push(Gauge { name, help, read });
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Gauge { name, help, read } in &*self.0.lock() {
            if let Some(value) = read() {
                let gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                ConstGauge::new(value).encode(gauge)?;
            }
        }
        Ok(())
    }
}
