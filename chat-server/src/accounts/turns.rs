//! Turns for work of which little is done at the same time: hashing passwords.
//!
//! Logins to accounts that exist and new accounts wait apart and take turns, and so do the addresses that they
//! come from. Many callers of one kind, or at one address, do not keep others out.

use std::collections::VecDeque;
use std::sync::Arc;

use hashlink::LinkedHashMap;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::chat::Address;

/// How many may wait for their turn, of each kind. At some thirty milliseconds each, the last one waits
/// several seconds; the next one is refused.
const WAITING: usize = 256;

/// Too many wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// What a password is hashed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Login,
    NewAccount,
}

/// Those who wait, and how many are at work.
#[derive(Debug)]
pub(super) struct Turns(Mutex<State>);

#[derive(Debug)]
struct State {
    /// How many may be at work besides those who are.
    free: usize,
    logins: Waiting,
    new_accounts: Waiting,
    /// What had the last turn.
    last: Work,
}

/// Those who wait for one kind of work, by address; the first address has the next turn.
#[derive(Debug, Default)]
struct Waiting {
    by_address: LinkedHashMap<Address, VecDeque<oneshot::Sender<Turn>>>,
    count: usize,
}

/// A turn, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Option<Arc<Turns>>);

impl Turns {
    /// Turns of which so many are taken at the same time.
    pub(super) fn new(at_work: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            free: at_work,
            logins: Waiting::default(),
            new_accounts: Waiting::default(),
            last: Work::Login,
        })))
    }

    /// Waits for a turn. One address has at most `share` of the places for those who wait.
    pub(super) async fn take(
        self: &Arc<Self>,
        work: Work,
        from: Address,
        share: usize,
    ) -> Result<Turn, Busy> {
        let turn = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Turn(Some(Arc::clone(self))));
            }
            state.waiting(work).push(from, share)?
        };
        turn.await.map_err(|_| Busy)
    }
}

impl State {
    fn waiting(&mut self, work: Work) -> &mut Waiting {
        match work {
            Work::Login => &mut self.logins,
            Work::NewAccount => &mut self.new_accounts,
        }
    }

    /// The caller that has the next turn. Without one, a place is free again.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (first, then) = match self.last {
            Work::Login => (Work::NewAccount, Work::Login),
            Work::NewAccount => (Work::Login, Work::NewAccount),
        };
        for work in [first, then] {
            if let Some(next) = self.waiting(work).pop() {
                self.last = work;
                return Some(next);
            }
        }
        self.free += 1;
        None
    }
}

impl Waiting {
    fn push(&mut self, from: Address, share: usize) -> Result<oneshot::Receiver<Turn>, Busy> {
        let own = self.by_address.get(&from).map_or(0, VecDeque::len);
        if self.count >= WAITING || own >= share {
            return Err(Busy);
        }
        let (sender, turn) = oneshot::channel();
        match self.by_address.get_mut(&from) {
            Some(own) => own.push_back(sender),
            None => drop(self.by_address.insert(from, VecDeque::from([sender]))),
        }
        self.count += 1;
        Ok(turn)
    }

    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (address, mut own) = self.by_address.pop_front()?;
        let next = own.pop_front();
        if !own.is_empty() {
            self.by_address.insert(address, own);
        }
        self.count -= 1;
        next
    }
}

/// How many of those who wait for one kind of work may come from one address.
pub(super) const fn share(per_address: bool) -> usize {
    if per_address { WAITING / 2 } else { WAITING }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(turns) = self.0.take() else {
            return;
        };
        loop {
            // Not in the condition below, where the lock would be held.
            let next = turns.0.lock().next();
            let Some(next) = next else {
                return;
            };
            match next.send(Self(Some(Arc::clone(&turns)))) {
                Ok(()) => return,
                // It was given up. What comes back is not to end a turn, or this would never end.
                Err(mut turn) => turn.0 = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures_util::FutureExt as _;

    use super::*;

    fn from(last: u8) -> Address {
        IpAddr::from([192, 0, 2, last]).into()
    }

    /// Those who wait with this one turn taken, and who has the turns, in order.
    fn order(waiting: &[(Work, u8)]) -> Vec<usize> {
        let turns = Turns::new(1);
        let take = |work, last| Box::pin(turns.take(work, from(last), share(true)));
        let mut turn = take(Work::Login, 9).now_or_never().unwrap().unwrap();
        let mut takes: Vec<_> = waiting
            .iter()
            .map(|(work, last)| Some(take(*work, *last)))
            .collect();
        for take in takes.iter_mut().flatten() {
            assert!(take.now_or_never().is_none());
        }
        let mut order = Vec::new();
        while order.len() < waiting.len() {
            drop(turn);
            let ready = takes.iter_mut().enumerate().find_map(|(number, take)| {
                let turn = take.as_mut()?.now_or_never()?.unwrap();
                Some((number, turn))
            });
            let (number, next) = ready.unwrap();
            (takes[number], turn) = (None, next);
            order.push(number);
        }
        drop(turn);
        assert_eq!(turns.0.lock().free, 1);
        order
    }

    #[test]
    fn kinds_take_turns_and_so_do_the_addresses_of_one_kind() {
        use Work::{Login, NewAccount};
        let flood = [
            (NewAccount, 1),
            (NewAccount, 1),
            (NewAccount, 1),
            (Login, 1),
        ];
        assert_eq!(order(&flood), [0, 3, 1, 2]);
        let addresses = [(Login, 1), (Login, 1), (Login, 1), (Login, 2), (Login, 3)];
        assert_eq!(order(&addresses), [0, 3, 4, 1, 2]);
    }

    #[test]
    fn one_kind_and_one_address_do_not_take_the_places_of_others() {
        let turns = Turns::new(1);
        let take = |work, last| {
            let mut take = Box::pin(turns.take(work, from(last), share(true)));
            (&mut take)
                .now_or_never()
                .map(|turn| turn.map(drop))
                .map_or(Ok(take), |turn| turn.map(|()| unreachable!()))
        };
        let _turn = turns
            .take(Work::Login, from(1), 1)
            .now_or_never()
            .unwrap()
            .unwrap();
        let mut waiting = Vec::new();
        for last in [1, 2] {
            waiting.extend((0..WAITING / 2).map(|_| take(Work::NewAccount, last).unwrap()));
            assert!(take(Work::NewAccount, last).is_err());
        }
        assert!(take(Work::NewAccount, 3).is_err(), "all places are taken");
        waiting.push(take(Work::Login, 1).unwrap());
        waiting.push(take(Work::Login, 2).unwrap());
    }

    #[test]
    fn a_turn_of_one_who_gave_up_goes_to_the_next() {
        let turns = Turns::new(1);
        let take = |last| Box::pin(turns.take(Work::Login, from(last), share(true)));
        let turn = take(1).now_or_never().unwrap().unwrap();
        let (mut gone, mut next) = (take(2), take(3));
        assert!((&mut gone).now_or_never().is_none() && (&mut next).now_or_never().is_none());
        drop(gone);
        drop(turn);
        let turn = next.now_or_never().unwrap().unwrap();
        // It is given up after it came.
        let mut late = take(4);
        assert!((&mut late).now_or_never().is_none());
        drop(turn);
        drop(late);
        assert!(take(5).now_or_never().unwrap().is_ok());
    }
}
