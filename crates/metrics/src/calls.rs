//! Calls, by dialect, method and end, and what each port uses of its limits.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Unit;
use rpc::serve::Meter;
use rpc::serve::meter::{Called, Ended, Usage, Used};

/// Upper bounds of the histogram's buckets, in seconds. An ordinary call takes some 10 µs and one that waits for the
/// disk some milliseconds; a client waits for messages for up to 30 s.
const BUCKETS: [f64; 12] = [
    0.000_05, 0.000_2, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0, 30.0,
];

/// The method of calls to methods that the server does not have.
const UNKNOWN: &str = "unknown";

/// The method of requests that were not read as calls.
const UNREADABLE: &str = "unreadable";

/// The calls of one method.
#[derive(Debug)]
struct OfMethod {
    answered: Counter,
    faults: Counter,
    unanswered: Counter,
    durations: Histogram,
}

impl Default for OfMethod {
    fn default() -> Self {
        Self {
            answered: Counter::default(),
            faults: Counter::default(),
            unanswered: Counter::default(),
            durations: Histogram::new(BUCKETS),
        }
    }
}

impl OfMethod {
    fn ends(&self) -> [(&'static str, &Counter); 3] {
        [
            ("answer", &self.answered),
            ("fault", &self.faults),
            ("nothing", &self.unanswered),
        ]
    }

    fn has_calls(&self) -> bool {
        self.ends().iter().any(|(_, counter)| counter.get() > 0)
    }
}

/// The calls of one port.
pub(crate) struct CallMetrics {
    dialect: &'static str,
    /// Filled once, so that a call takes no lock to find its own.
    methods: HashMap<&'static str, OfMethod>,
    unknown: OfMethod,
    unreadable: OfMethod,
    usage: OnceLock<Usage>,
    /// Whether what one server uses of its limits is all that there is to report.
    is_of_one_server: bool,
}

impl CallMetrics {
    pub(crate) fn new(
        dialect: &'static str,
        methods: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self {
            dialect,
            methods: methods
                .into_iter()
                .map(|method| (method, OfMethod::default()))
                .collect(),
            unknown: OfMethod::default(),
            unreadable: OfMethod::default(),
            usage: OnceLock::new(),
            is_of_one_server: true,
        }
    }

    /// The same for several servers, of which only the calls are reported.
    pub(crate) fn of_several_servers(self) -> Self {
        Self {
            is_of_one_server: false,
            ..self
        }
    }

    /// All methods, in the order of their names.
    fn methods(&self) -> Vec<(&'static str, &OfMethod)> {
        let mut methods: Vec<_> = self
            .methods
            .iter()
            .map(|(name, method)| (*name, method))
            .collect();
        methods.sort_unstable_by_key(|(name, _)| *name);
        methods.extend([(UNKNOWN, &self.unknown), (UNREADABLE, &self.unreadable)]);
        methods
    }
}

impl Meter for CallMetrics {
    fn serving(&self, usage: Usage) {
        if self.is_of_one_server {
            // It serves once.
            let _ = self.usage.set(usage);
        }
    }

    fn ended(&self, called: Called, ended: Ended, duration: Duration) {
        let method = match called {
            Called::Method(name) => self.methods.get(name).unwrap_or(&self.unknown),
            Called::Unknown => &self.unknown,
            Called::Unreadable => &self.unreadable,
        };
        let counter = match ended {
            Ended::Answered => &method.answered,
            Ended::Fault => &method.faults,
            Ended::Nothing => &method.unanswered,
        };
        counter.inc();
        method.durations.observe(duration.as_secs_f64());
    }
}

/// The calls of all ports of a server.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Vec<Arc<CallMetrics>>>);

impl fmt::Debug for Calls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Calls")
    }
}

/// Something that a port uses of a limit: its name, the help for its use, that for its limit, and how it is read.
type Limited = (&'static str, &'static str, fn(&Usage) -> Used);

const LIMITED: [Limited; 3] = [
    ("rpc_connections", "Open connections", Usage::connections),
    (
        "rpc_request_memory_bytes",
        "Memory that large requests have reserved",
        Usage::requests,
    ),
    (
        "rpc_answer_memory_bytes",
        "Memory of large answers that are not read yet",
        Usage::answers,
    ),
];

impl Calls {
    pub(crate) fn add(&self, port: Arc<CallMetrics>) {
        self.0.lock().push(port);
    }

    fn encode_gauges(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        read: impl Fn(&Usage) -> usize,
    ) -> fmt::Result {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for port in &*self.0.lock() {
            if let Some(usage) = port.usage.get() {
                let value = i64::try_from(read(usage)).unwrap_or(i64::MAX);
                let labels = [("dialect", port.dialect)];
                ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

impl Collector for Calls {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        {
            let help = "Calls by their end: with an answer, with a fault, or with nothing";
            let mut family =
                encoder.encode_descriptor("rpc_calls", help, None, MetricType::Counter)?;
            for port in &*self.0.lock() {
                for (method, calls) in port.methods() {
                    for (end, counter) in calls.ends() {
                        let labels = [("dialect", port.dialect), ("method", method), ("end", end)];
                        counter.encode(family.encode_family(&labels)?)?;
                    }
                }
            }
        }
        {
            let help = "Time from the arrival of a request to the answer, waiting included";
            let mut family = encoder.encode_descriptor(
                "rpc_call_duration",
                help,
                Some(&Unit::Seconds),
                MetricType::Histogram,
            )?;
            for port in &*self.0.lock() {
                // The buckets of methods without a call would be most of the text.
                let called = port.methods().into_iter();
                for (method, calls) in called.filter(|(_, calls)| calls.has_calls()) {
                    let labels = [("dialect", port.dialect), ("method", method)];
                    calls.durations.encode(family.encode_family(&labels)?)?;
                }
            }
        }
        for (name, help, read) in LIMITED {
            self.encode_gauges(&mut encoder, name, help, |usage| read(usage).now)?;
            let (name, help) = (format!("{name}_limit"), format!("Limit of {name}"));
            self.encode_gauges(&mut encoder, &name, &help, |usage| read(usage).limit)?;
        }
        Ok(())
    }
}
