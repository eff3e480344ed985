//! A timer that is kept from call to call.

use std::pin::Pin;

use tokio::time::{Instant, Sleep};

/// The timer of one connection.
///
/// Nearly all calls are answered long before their deadline, and setting a timer takes a lock of the runtime and often
/// wakes its thread. So a timer that was set for an earlier call is left as it is: when it fires too early, it is
/// set to the deadline of the call that is executed then.
#[derive(Default)]
pub(in crate::serve) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Completes at the deadline.
    pub(super) async fn until(&mut self, deadline: Instant) {
        let sleep = self
            .0
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        // A call that took longer has set it to a later time.
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            sleep.as_mut().await;
            if sleep.deadline() >= deadline {
                return;
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_fires_at_each_deadline_whatever_the_one_before_was() {
        let mut timer = Timer::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        // Left to run by a call that was answered in time.
        let early = tokio::time::timeout(second / 2, timer.until(start + second)).await;
        assert!(early.is_err());
        // The next one ends later, the one after it earlier than what was set, and the last one is over already.
        for (deadline, at) in [(3, 3), (10, 10), (2, 10)] {
            timer.until(start + deadline * second).await;
            assert_eq!(start.elapsed().as_secs(), at);
        }
        let long = start + 60 * second;
        let stopped = tokio::time::timeout(second, timer.until(long)).await;
        assert!(stopped.is_err());
        timer.until(start + 12 * second).await;
        assert_eq!(start.elapsed().as_secs(), 12);
    }
}
