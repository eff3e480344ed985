//! The memory that bodies may take, those of all connections together: one budget for those of
//! requests, one for those of answers.
//!
//! The limits of one body and of the connections bound the memory only as a product, which is more than
//! a machine has. So beyond its first [`FREE_BYTES`] bytes, a body takes what it needs out of its budget. When
//! the budget is used up, a large body is refused and not made to wait: it would wait for peers who may
//! be slow on purpose. An ordinary call needs none of the budget and is always answered.

use std::sync::Arc;

use bytes::Bytes;
use dxr::Fault;
use protocol::fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a body may have in any case: all of an ordinary call.
const FREE_BYTES: usize = 16 << 10;

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

/// The fault instead of an answer for which nothing is left.
pub(super) fn no_budget_for_answer() -> Fault {
    let reason = "too many large answers at the same time; ask again later";
    Fault::new(fault::TRANSPORT, reason.to_owned())
}

/// What is left of the budget, in bytes.
#[derive(Debug)]
pub(super) struct Budget(Arc<Semaphore>);

impl Budget {
    /// A budget of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// The share of one body, which has nothing yet.
    pub(super) fn share(&self) -> Share {
        Share {
            budget: Arc::clone(&self.0),
            taken: None,
        }
    }

    /// The body, with a share of its own that is given back when the last of it was sent.
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

/// A body and what it has taken.
struct Charged {
    body: Bytes,
    _taken: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// What one body has taken out of the budget. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Takes what is missing for a body of this length.
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
