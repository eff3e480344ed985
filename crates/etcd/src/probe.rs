//! Whether the member of a watch is in touch with the majority.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::client::Client;
use crate::error::Error;
use crate::watched::Watched;

/// How often the member is asked whether it is in touch.
const PROBE_EVERY: Duration = Duration::from_millis(500);

/// A member that has not answered for so long is silent: together with the pause before, 2 s.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// Asks the member of a watch whether it is in touch.
pub(crate) struct Prober {
    pub(crate) client: Client,
    pub(crate) endpoint: usize,
    pub(crate) key: String,
    pub(crate) watched: mpsc::Sender<Watched>,
    /// Whether the watch was opened: the user may be allowed to read the probed key alone.
    pub(crate) is_open: Arc<AtomicBool>,
}

impl Prober {
    /// Ends when the member fails, with the reason, or when the consumer is gone.
    pub(crate) async fn run(self) -> Option<Error> {
        let mut ticks = tokio::time::interval(PROBE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let asked_at = Instant::now();
            let probe = self.client.probe(self.endpoint, &self.key);
            let page = match tokio::time::timeout(PROBE_TIMEOUT, probe).await {
                Ok(Ok(page)) => page,
                Ok(Err(error)) => return Some(error),
                Err(_) => {
                    let address = self.client.endpoint(self.endpoint);
                    return Some(Error::Unknown(format!("{address}: silent")));
                }
            };
            if self.is_open.load(Ordering::Relaxed) {
                self.client.access().admitted();
            }
            let in_touch = Watched::InTouch {
                asked_at,
                probed: page.pairs.first().map(|pair| pair.mod_revision),
                revision: page.revision,
            };
            if self.watched.send(in_touch).await.is_err() {
                return None;
            }
        }
    }
}
