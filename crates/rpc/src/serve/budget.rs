//! Memory for requests and answers, shared by all connections: one budget for requests, one for answers.
//!
//! The limits per body and per server bound the memory only as a product, which exceeds that of a machine.
//! So beyond its first bytes, which are free, a request reserves what its body and its values take, and an
//! answer its unsent bytes. When a budget is exhausted, a large body is refused at once: making it wait would let
//! slow peers block the others. An ordinary call needs nothing from the budget and is always answered. One
//! address gets at most a part of a budget, usually half, so that the rest is left for the others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use dxr::Fault;
use parking_lot::Mutex;
use protocol::fault;

use super::network::network;

/// Bytes of each request that are not counted; an ordinary call fits into them.
pub(super) const FREE_OF_REQUEST: usize = 2 << 10;

/// The same of each answer: a poll of fifty messages fits.
pub(super) const FREE_OF_ANSWER: usize = 16 << 10;

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

/// The fault in place of an answer that does not fit into the budget.
pub(super) fn no_budget_for_answer() -> Fault {
    let reason = "too many large answers at the same time; ask again later";
    Fault::new(fault::TRANSPORT, reason.to_owned())
}

/// The bytes that are left.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    free: usize,
    reserved: Arc<Mutex<Reserved>>,
}

#[derive(Debug)]
struct Reserved {
    limit: usize,
    limit_of_address: usize,
    total: usize,
    /// Without addresses that have nothing reserved.
    by_address: HashMap<IpAddr, usize>,
}

impl Reserved {
    fn add(&mut self, address: IpAddr, bytes: usize) -> Result<(), Exhausted> {
        let of_address = self.by_address.get(&address).copied().unwrap_or_default();
        if bytes > self.limit - self.total
            || bytes > self.limit_of_address.saturating_sub(of_address)
        {
            return Err(Exhausted);
        }
        self.total += bytes;
        self.by_address.insert(address, of_address + bytes);
        Ok(())
    }

    fn remove(&mut self, address: IpAddr, bytes: usize) {
        self.total -= bytes;
        if let Some(of_address) = self.by_address.get_mut(&address) {
            *of_address -= bytes;
            if *of_address == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

impl Budget {
    /// A budget of `bytes` for what has more than `free` of them, half of it for one address.
    pub(super) fn new(bytes: usize, free: usize) -> Self {
        Self::in_parts(bytes, free, 2)
    }

    /// The same of which one address has one of so many parts.
    pub(super) fn in_parts(bytes: usize, free: usize, parts: usize) -> Self {
        let reserved = Reserved {
            limit: bytes,
            limit_of_address: bytes / parts,
            total: 0,
            by_address: HashMap::new(),
        };
        Self {
            free,
            reserved: Arc::new(Mutex::new(reserved)),
        }
    }

    /// The bytes that are reserved now.
    pub(super) fn reserved(&self) -> usize {
        self.reserved.lock().total
    }

    /// An empty reservation, for one request or answer of a peer at this address.
    pub(super) fn reservation(&self, address: IpAddr) -> Reservation {
        Reservation {
            budget: self.clone(),
            address: network(address),
            taken: 0,
        }
    }

    /// Charges the budget for an answer until its last byte was sent.
    pub(super) fn charge(&self, address: IpAddr, body: Bytes) -> Result<Bytes, Exhausted> {
        if body.len() <= self.free {
            return Ok(body);
        }
        let mut reservation = self.reservation(address);
        reservation.resize(body.len())?;
        Ok(Bytes::from_owner(Charged {
            body,
            _reservation: reservation,
        }))
    }
}

/// A body with its reservation.
struct Charged {
    body: Bytes,
    _reservation: Reservation,
}

impl AsRef<[u8]> for Charged {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// The reservation of one request or answer, released on drop.
#[derive(Debug)]
pub(super) struct Reservation {
    budget: Budget,
    address: IpAddr,
    taken: usize,
}

impl Reservation {
    /// Changes the reservation to `bytes`, of which the first are free.
    pub(super) fn resize(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let wanted = bytes.saturating_sub(self.budget.free);
        if wanted > self.taken {
            let mut reserved = self.budget.reserved.lock();
            reserved.add(self.address, wanted - self.taken)?;
        } else if wanted < self.taken {
            let mut reserved = self.budget.reserved.lock();
            reserved.remove(self.address, self.taken - wanted);
        }
        self.taken = wanted;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // It cannot fail: nothing is added.
        let _ = self.resize(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: usize = 2_000;
    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn large_bodies_share_the_budget_and_small_ones_need_none() {
        let budget = Budget::new(20_000, FREE);
        let mut large = budget.reservation(ONE);
        large.resize(FREE + 4_000).unwrap();
        large.resize(FREE + 6_000).unwrap();
        let mut second = budget.reservation(ONE);
        second.resize(FREE + 4_000).unwrap();
        assert_eq!(second.resize(FREE + 4_001), Err(Exhausted));
        assert_eq!(budget.reservation(ONE).resize(FREE), Ok(()));
        assert_eq!(budget.reservation(ONE).resize(FREE + 1), Err(Exhausted));
        large.resize(FREE + 5_000).unwrap();
        assert_eq!(budget.reservation(ONE).resize(FREE + 1_000), Ok(()));
        drop(large);
        assert_eq!(second.resize(FREE + 10_000), Ok(()));
        assert_eq!(budget.reservation(ONE).resize(usize::MAX), Err(Exhausted));
    }

    #[test]
    fn one_address_leaves_half_of_the_budget_to_the_others() {
        let budget = Budget::new(20_000, FREE);
        let mut greedy = budget.reservation(ONE);
        assert_eq!(greedy.resize(FREE + 10_001), Err(Exhausted));
        greedy.resize(FREE + 10_000).unwrap();
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(budget.reservation(mapped).resize(FREE + 1), Err(Exhausted));
        let mut others = budget.reservation(OTHER);
        others.resize(FREE + 10_000).unwrap();
        let third = budget
            .reservation(IpAddr::from([192, 0, 2, 3]))
            .resize(usize::MAX);
        assert_eq!(third, Err(Exhausted));
        drop((greedy, others));
        assert!(budget.reserved.lock().by_address.is_empty());
    }

    #[test]
    fn a_body_holds_its_reservation_until_the_last_of_it_is_gone() {
        let budget = Budget::new(20_000, FREE);
        let mut body = budget
            .charge(ONE, vec![b'a'; FREE + 10_000].into())
            .unwrap();
        let part = body.split_to(1);
        drop(body);
        assert_eq!(part, "a");
        assert!(budget.charge(ONE, vec![b'a'; FREE].into()).is_ok());
        assert_eq!(budget.reservation(ONE).resize(FREE + 1), Err(Exhausted));
        drop(part);
        assert_eq!(budget.reservation(ONE).resize(FREE + 10_000), Ok(()));
    }
}
