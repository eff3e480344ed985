//! What a service manager hears of a server: that it is ready, that it still works, and that it stops.
//!
//! systemd names a socket for this in `NOTIFY_SOCKET`. Without that variable nothing is sent.

use std::future::Future;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Working,
    Stopping,
}

/// Reports that the server is ready from now on, reports that it works for as long as it does, and reports
/// that it stops when `shutdown` ends. What this returns ends with `shutdown`.
///
/// # Panics
/// Outside of a tokio runtime, if the service manager watches.
pub fn report<F>(shutdown: F) -> impl Future<Output = ()> + use<F>
where
    F: Future<Output = ()>,
{
    send(State::Ready);
    if let Some(timeout) = watchdog_timeout() {
        // On the threads that answer calls: when all of them are stuck, so is this task, and the service
        // manager starts the server again.
        tokio::spawn(keep_reporting(timeout / 2, send));
    }
    async {
        shutdown.await;
        send(State::Stopping);
    }
}

async fn keep_reporting(period: Duration, send: impl Fn(State)) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        send(State::Working);
    }
}

/// After which time without a report the service manager takes the server for stuck, if it watches.
#[cfg(target_os = "linux")]
fn watchdog_timeout() -> Option<Duration> {
    sd_notify::watchdog_enabled().filter(|timeout| !timeout.is_zero())
}

#[cfg(target_os = "linux")]
fn send(state: State) {
    use sd_notify::NotifyState;
    let state = match state {
        State::Ready => NotifyState::Ready,
        State::Working => NotifyState::Watchdog,
        State::Stopping => NotifyState::Stopping,
    };
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

#[cfg(not(target_os = "linux"))]
fn watchdog_timeout() -> Option<Duration> {
    None
}

#[cfg(not(target_os = "linux"))]
fn send(_: State) {}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_server_whose_threads_are_all_stuck_reports_nothing() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap();
        let (reports, reported) = mpsc::channel();
        runtime.spawn(keep_reporting(Duration::from_millis(5), move |state| {
            let _ = reports.send(state);
        }));
        let patience = Duration::from_secs(10);
        for _ in 0..3 {
            assert_eq!(reported.recv_timeout(patience), Ok(State::Working));
        }
        let (stuck, is_stuck) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        runtime.spawn(async move {
            let _ = stuck.send(());
            let _ = released.recv();
        });
        is_stuck.recv_timeout(patience).unwrap();
        while reported.try_recv().is_ok() {}
        let silence = Duration::from_millis(100);
        assert_eq!(
            reported.recv_timeout(silence),
            Err(mpsc::RecvTimeoutError::Timeout)
        );
        drop(release);
        assert_eq!(reported.recv_timeout(patience), Ok(State::Working));
    }
}
