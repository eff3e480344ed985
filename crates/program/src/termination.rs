//! The signals that end a program.

use std::future::Future;
use std::pin::Pin;

/// A future that ends when the program shall end: the user presses Ctrl-C, closes the terminal, or the
/// system asks the program to terminate. All mean the same here: finish what is in flight, leave
/// nothing behind, go.
///
/// The signals are caught from the moment of this call, not from the first poll: a program that says
/// it is ready must already end properly.
///
/// # Panics
/// Outside of a tokio runtime.
#[must_use]
pub fn listen() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals: Vec<_> = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ]
        .into_iter()
        .filter_map(|kind| {
            signal(kind)
                .inspect_err(|error| tracing::warn!(%error, "cannot catch a signal"))
                .ok()
        })
        .collect();
        Box::pin(async move {
            let mut waiting: Vec<_> = signals
                .into_iter()
                .map(|mut signal| {
                    Box::pin(async move {
                        signal.recv().await;
                    })
                })
                .collect();
            std::future::poll_fn(|context| {
                let is_over = waiting
                    .iter_mut()
                    .any(|signal| signal.as_mut().poll(context).is_ready());
                if is_over {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
        })
    }
    #[cfg(not(unix))]
    Box::pin(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "cannot listen for Ctrl-C");
            std::future::pending::<()>().await;
        }
    })
}
