//! How many accounts one address may create: a class at once, and from then on one a second.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::chat::Address;

/// Accounts that an address creates without waiting: a large class behind one address, and some more.
const AT_ONCE: u32 = 100;

/// How long each account beyond them takes.
const EVERY: Duration = Duration::from_secs(1);

/// From how many addresses on those are looked for that need not be remembered any more.
const MANY: usize = 1_000;

/// When each address may create as many at once again.
#[derive(Debug, Default)]
pub(super) struct NewAccounts(HashMap<Address, Instant>);

impl NewAccounts {
    /// Counts an account.
    ///
    /// # Errors
    /// How long to wait for the next one.
    pub(super) fn begin(&mut self, now: Instant, from: Address) -> Result<(), Duration> {
        if self.0.len() >= MANY {
            self.0.retain(|_, full_again| *full_again > now);
        }
        let full_again = self.0.entry(from).or_insert(now);
        let used = full_again.saturating_duration_since(now);
        let most = EVERY * (AT_ONCE - 1);
        if used > most {
            return Err(used - most);
        }
        *full_again = now + used + EVERY;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn an_address_creates_a_hundred_at_once_and_then_one_a_second() {
        let (mut accounts, now) = (NewAccounts::default(), Instant::now());
        let from = |last| IpAddr::from([192, 0, 2, last]).into();
        let mut created = |now, last| {
            (0..200)
                .filter(|_| accounts.begin(now, from(last)).is_ok())
                .count()
        };
        assert_eq!(created(now, 1), 100);
        assert_eq!(created(now + EVERY, 1), 1);
        assert_eq!(created(now + EVERY, 2), 100);
        assert_eq!(created(now + 1_000 * EVERY, 1), 100);
        assert_eq!(accounts.begin(now + 1_000 * EVERY, from(1)), Err(EVERY));
    }

    #[test]
    fn addresses_that_created_nothing_for_long_are_forgotten() {
        let (mut accounts, now) = (NewAccounts::default(), Instant::now());
        for number in 0..3_000_u32 {
            let from = IpAddr::from(number.to_be_bytes()).into();
            accounts.begin(now + number * EVERY, from).unwrap();
        }
        assert!(accounts.0.len() <= MANY, "{}", accounts.0.len());
    }
}
