//! What a binder says of itself to a monitor.

use std::sync::Arc;

use metrics::Metrics;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::directory::Directory;

/// Adds the gauges of the binder, and the reason for which its answers may be old.
pub(crate) fn describe(metrics: Metrics, directory: &Arc<Mutex<Directory>>, capacity: usize) {
    let (of_names, of_cut_off, of_reason) = (
        Arc::clone(directory),
        Arc::clone(directory),
        Arc::clone(directory),
    );
    let _ = metrics
        .with_gauge("binder_names", "Registered names", move || {
            Some(count(of_names.lock().len()))
        })
        .with_gauge("binder_names_limit", "Limit of binder_names", move || {
            Some(count(capacity))
        })
        .with_gauge(
            "binder_stale_seconds",
            "How long the names have not been those in etcd; 0 when they are, or without etcd",
            move || Some(seconds_cut_off(&of_cut_off).unwrap_or_default()),
        )
        .ready_unless(move || {
            let seconds = seconds_cut_off(&of_reason)?;
            Some(format!(
                "the names have not been those in etcd for {seconds:.1} s"
            ))
        });
}

fn seconds_cut_off(directory: &Mutex<Directory>) -> Option<f64> {
    let since = directory.lock().cut_off_since()?;
    // Not zero, which would say that they are current.
    Some((Instant::now() - since).as_secs_f64().max(0.001))
}

fn count(count: usize) -> f64 {
    // Up to 2^53 a float is exact, which no directory reaches.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let count = count as f64;
    count
}
