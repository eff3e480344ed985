//! What ends the client from outside.

/// Ends when the system asks the client to terminate, or its terminal is closed.
///
/// Ctrl-C is a key here, which clears the line. Between two lines, when the terminal is for a moment
/// not in the hands of the editor, it comes as a signal, and must not end the client either.
pub async fn ended_from_outside() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let streams = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
            signal(SignalKind::interrupt()),
        );
        if let (Ok(mut terminate), Ok(mut hangup), Ok(_interrupt)) = streams {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    program::termination::listen().await;
}
