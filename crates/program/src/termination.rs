//! The signals that end a program.

use std::future::Future;
use std::pin::Pin;

/// A future that ends when the program must end: the user presses Ctrl-C, closes the terminal, or the
/// system asks the program to terminate. The program then finishes what is in flight, and exits.
///
/// The signals are caught from the moment of this call, not from the first poll: a program that says
/// it is ready must already end properly.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn listen() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::SignalKind;
        let interrupt = caught(SignalKind::interrupt());
        let terminate = caught(SignalKind::terminate());
        let hangup = caught(SignalKind::hangup());
        Box::pin(async {
            tokio::select! {
                () = interrupt => {}
                () = terminate => {}
                () = hangup => {}
            }
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

/// Catches the signal from now on; ends when it comes.
#[cfg(unix)]
fn caught(kind: tokio::signal::unix::SignalKind) -> impl Future<Output = ()> {
    let signal = tokio::signal::unix::signal(kind);
    async {
        match signal {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::warn!(%error, "cannot catch a signal");
                std::future::pending().await
            }
        }
    }
}
