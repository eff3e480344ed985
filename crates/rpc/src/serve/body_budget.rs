//! The memory that request bodies may take, those of all connections together.
//!
//! The limits of one body and of the connections bound the memory only as a product, which is more than
//! a machine has. So beyond its first [`OWN`] bytes, a body takes what it needs out of one budget. When
//! the budget is used up, a large body is refused and not made to wait: it would wait for peers who may
//! be slow on purpose. An ordinary call needs none of the budget and is always answered.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a body may have in any case: all of an ordinary call.
const OWN: usize = 16 << 10;

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UsedUp;

/// What is left of the budget, in bytes.
#[derive(Debug)]
pub(super) struct BodyBudget(Arc<Semaphore>);

impl BodyBudget {
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
}

/// What one body has taken out of the budget. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Takes what is missing for a body of this length.
    ///
    /// # Errors
    /// When that is not left.
    pub(super) fn grow_to(&mut self, length: usize) -> Result<(), UsedUp> {
        let taken = self
            .taken
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = length.saturating_sub(OWN).saturating_sub(taken);
        if missing == 0 {
            return Ok(());
        }
        let missing = u32::try_from(missing).map_err(|_| UsedUp)?;
        let more = Arc::clone(&self.budget)
            .try_acquire_many_owned(missing)
            .map_err(|_| UsedUp)?;
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
        let budget = BodyBudget::new(10_000);
        let mut large = budget.share();
        large.grow_to(OWN + 4_000).unwrap();
        large.grow_to(OWN + 6_000).unwrap();
        let mut other = budget.share();
        other.grow_to(OWN + 4_000).unwrap();
        assert_eq!(other.grow_to(OWN + 4_001), Err(UsedUp));
        assert_eq!(budget.share().grow_to(OWN), Ok(()));
        assert_eq!(budget.share().grow_to(OWN + 1), Err(UsedUp));
        drop(large);
        assert_eq!(other.grow_to(OWN + 10_000), Ok(()));
        assert_eq!(budget.share().grow_to(usize::MAX), Err(UsedUp));
    }
}
