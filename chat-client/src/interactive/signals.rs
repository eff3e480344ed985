//! Signals: the client is to terminate, or continues after it was stopped.

/// Ends when the system asks the client to terminate, or its terminal is closed.
///
/// Ctrl-C is a key here. Another program may send SIGINT, which Ctrl-C is elsewhere; that must not end the client in
/// the middle of a line.
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

/// `SIGCONT`: the process continues after it was stopped.
#[derive(Debug)]
pub(super) struct Continued {
    #[cfg(unix)]
    signals: Option<tokio::signal::unix::Signal>,
}

impl Continued {
    pub(super) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            signals: {
                use rustix::process::Signal;
                use tokio::signal::unix::{SignalKind, signal};
                // If this fails, the screen is redrawn only with the next line.
                signal(SignalKind::from_raw(Signal::CONT.as_raw())).ok()
            },
        }
    }

    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signals) = &mut self.signals
            && signals.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
