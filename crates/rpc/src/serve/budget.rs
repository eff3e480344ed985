//! Memory for bodies, shared by all connections: one budget for requests, one for answers.
//!
//! The limits per body and per server bound the memory only as a product, which exceeds that of a machine.
//! So beyond its first [`FREE_BYTES`], a body reserves what it needs from its budget. When the budget is
//! exhausted, a large body is refused at once: making it wait would let slow peers block the others. An
//! ordinary call needs nothing from the budget and is always answered.

use std::sync::Arc;

use bytes::Bytes;
use dxr::Fault;
use protocol::fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of each body that are not counted; an ordinary call fits into them.
const FREE_BYTES: usize = 16 << 10;

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

/// The fault in place of an answer that does not fit into the budget.
pub(super) fn no_budget_for_answer() -> Fault {
    let reason = "too many large answers at the same time; ask again later";
    Fault::new(fault::TRANSPORT, reason.to_owned())
}

/// The bytes that are left.
#[derive(Debug)]
pub(super) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// An empty share, for one body.
    pub(super) fn share(&self) -> Share {
        Share {
            budget: Arc::clone(&self.0),
            taken: None,
        }
    }

    /// Charges the budget for a body until its last byte was sent.
    pub(super) fn charge(&self, body: Bytes) -> Result<Bytes, Exhausted> {
        let mut share = self.share();
        share.reserve(body.len())?;
        Ok(match share.taken {
            None => body,
            Some(taken) => Bytes::from_owner(Charged {
                body,
                _taken: taken,
            }),
        })
    }
}

/// A body with its reservation.
struct Charged {
    body: Bytes,
    _taken: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// The reservation of one body, released on drop.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Extends the reservation to a body of this length.
    pub(super) fn reserve(&mut self, length: usize) -> Result<(), Exhausted> {
        let taken = self
            .taken
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = length.saturating_sub(FREE_BYTES).saturating_sub(taken);
        if missing == 0 {
            return Ok(());
        }
        let missing = u32::try_from(missing).map_err(|_| Exhausted)?;
        let more = Arc::clone(&self.budget)
            .try_acquire_many_owned(missing)
            .map_err(|_| Exhausted)?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_the_budget_and_small_ones_need_none() {
        let budget = Budget::new(10_000);
        let mut large = budget.share();
        large.reserve(FREE_BYTES + 4_000).unwrap();
        large.reserve(FREE_BYTES + 6_000).unwrap();
        let mut other = budget.share();
        other.reserve(FREE_BYTES + 4_000).unwrap();
        assert_eq!(other.reserve(FREE_BYTES + 4_001), Err(Exhausted));
        assert_eq!(budget.share().reserve(FREE_BYTES), Ok(()));
        assert_eq!(budget.share().reserve(FREE_BYTES + 1), Err(Exhausted));
        drop(large);
        assert_eq!(other.reserve(FREE_BYTES + 10_000), Ok(()));
        assert_eq!(budget.share().reserve(usize::MAX), Err(Exhausted));
    }

    #[test]
    fn a_body_holds_its_share_until_the_last_of_it_is_gone() {
        let budget = Budget::new(10_000);
        let mut body = budget
            .charge(vec![b'a'; FREE_BYTES + 10_000].into())
            .unwrap();
        let part = body.split_to(1);
        drop(body);
        assert_eq!(part, "a");
        assert!(budget.charge(vec![b'a'; FREE_BYTES].into()).is_ok());
        assert_eq!(budget.share().reserve(FREE_BYTES + 1), Err(Exhausted));
        drop(part);
        assert_eq!(budget.share().reserve(FREE_BYTES + 10_000), Ok(()));
    }
}
