//! The measurement of one call, for the meter.

use tokio::time::Instant;

use super::meter::{Called, Ended, Meter};
use super::service::Shared;

/// Measures one call, and reports it when dropped: a call whose client hangs up is dropped before its end.
pub(super) struct Measurement<'a> {
    meter: &'a dyn Meter,
    called: Called,
    arrived: Instant,
    pub(super) ended: Ended,
}

impl<'a> Measurement<'a> {
    /// Begins to measure a call, if the server has a meter. Without a `method` it could not be read.
    pub(super) fn begin(
        shared: &'a Shared,
        arrived: Instant,
        method: Option<&str>,
    ) -> Option<Self> {
        let meter = shared.service.meter.as_deref()?;
        let called = match method {
            None => Called::Unreadable,
            Some(method) => match shared.service.procedure(method) {
                Some(procedure) => Called::Method(procedure.name),
                None => Called::Unknown,
            },
        };
        Some(Self {
            meter,
            called,
            arrived,
            ended: Ended::Nothing,
        })
    }
}

impl Drop for Measurement<'_> {
    fn drop(&mut self) {
        self.meter
            .ended(self.called, self.ended, self.arrived.elapsed());
    }
}
