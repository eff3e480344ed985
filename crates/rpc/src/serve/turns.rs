//! Turns at something that one connection uses at a time: round-robin by address, so that an address with
//! many connections waits for itself and not the others for it.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::network::network;

/// The queue for a turn.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<Option<Queue>>);

/// Who waits while a turn is taken.
#[derive(Debug, Default)]
struct Queue {
    waiting: HashMap<IpAddr, VecDeque<oneshot::Sender<Turn>>>,
    /// The keys of `waiting`; the first is next.
    order: VecDeque<IpAddr>,
}

/// A turn, which ends on drop.
#[derive(Debug)]
pub(super) struct Turn(Option<&'static Turns>);

impl Turns {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Waits for a turn.
    pub(super) async fn wait(&'static self, address: IpAddr) -> Turn {
        let turn = {
            let mut queue = self.0.lock();
            let Some(queue) = &mut *queue else {
                *queue = Some(Queue::default());
                return Turn(Some(self));
            };
            let (sender, receiver) = oneshot::channel();
            queue.push(network(address), sender);
            receiver
        };
        match turn.await {
            Ok(turn) => turn,
            // A sender leaves the queue only to be used.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Queue {
    fn push(&mut self, address: IpAddr, sender: oneshot::Sender<Turn>) {
        let of_address = self.waiting.entry(address).or_default();
        if of_address.is_empty() {
            self.order.push_back(address);
        }
        of_address.push_back(sender);
    }

    /// The next that is still waiting, of the address that is next.
    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        loop {
            let address = self.order.pop_front()?;
            let of_address = self.waiting.get_mut(&address)?;
            let next = std::iter::from_fn(|| of_address.pop_front()).find(|one| !one.is_closed());
            if of_address.is_empty() {
                self.waiting.remove(&address);
            } else {
                self.order.push_back(address);
            }
            if next.is_some() {
                return next;
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(turns) = self.0 else {
            return;
        };
        let mut state = turns.0.lock();
        while let Some(next) = state.as_mut().and_then(Queue::pop) {
            match next.send(Turn(Some(turns))) {
                Ok(()) => return,
                // The connection is gone. Dropping its turn here would take the lock again.
                Err(mut unused) => unused.0 = None,
            }
        }
        *state = None;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn addresses_take_turns_and_connections_that_are_gone_have_none() {
        static TURNS: Turns = Turns::new();
        let first = TURNS.wait(ONE).now_or_never().expect("it is free");
        let mut waiting: Vec<_> = [ONE, ONE, ONE, OTHER, OTHER]
            .into_iter()
            .map(|address| Some(Box::pin(TURNS.wait(address))))
            .collect();
        for turn in waiting.iter_mut().flatten() {
            assert!(turn.as_mut().now_or_never().is_none());
        }
        // The second of the first address hangs up.
        waiting[1] = None;
        let mut held = first;
        for expected in [0, 3, 2, 4] {
            drop(held);
            let mut ready = Vec::new();
            for (index, waiting) in waiting.iter_mut().enumerate() {
                let turn = waiting
                    .as_mut()
                    .and_then(|turn| turn.as_mut().now_or_never());
                ready.extend(turn.map(|turn| (index, turn)));
            }
            let (index, turn) = ready.pop().expect("one is next");
            assert_eq!((index, ready.len()), (expected, 0));
            waiting[index] = None;
            held = turn;
        }
        drop(held);
        assert!(
            TURNS.wait(OTHER).now_or_never().is_some(),
            "it is free again"
        );
    }
}
