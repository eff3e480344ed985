//! The load: calls as Python's client makes them, over hyper's client.
//!
//! [`call`] writes a request, [`client`] is one connection that makes calls, [`closed_loop`] and
//! [`open_loop`] are the two ways of letting sixteen of them work, [`crowd`] opens thousands.

pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod closed_loop;
pub(crate) mod crowd;
pub(crate) mod open_loop;

use std::time::Duration;

use crate::figures::at_share;

#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    fn of(measured: impl IntoIterator<Item = Vec<Duration>>) -> Self {
        let mut all: Vec<Duration> = measured.into_iter().flatten().collect();
        all.sort_unstable();
        Self(all)
    }

    pub(crate) const fn calls(&self) -> usize {
        self.0.len()
    }

    /// The latency that this share of the calls stayed below.
    pub(crate) fn at_share(&self, share: f64) -> Duration {
        at_share(&self.0, share).unwrap_or_default()
    }
}
