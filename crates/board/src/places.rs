//! Places for viewers, some for each address.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// A projector and some students' machines. Each viewer is a connection that stays open.
pub(crate) const MOST_VIEWERS: usize = 32;

/// One address cannot take all places. Behind one address may be a classroom, so it has half of them.
pub(crate) const MOST_OF_ONE_ADDRESS: usize = MOST_VIEWERS / 2;

/// Which addresses watch, and how many times.
#[derive(Debug, Default)]
pub(crate) struct Places {
    viewers: BTreeMap<IpAddr, usize>,
}

impl Places {
    /// Takes a place; false when there is none for this address.
    pub(crate) fn take(&mut self, address: IpAddr) -> bool {
        let all: usize = self.viewers.values().sum();
        let own = self.viewers.get(&address).copied().unwrap_or_default();
        let is_free = all < MOST_VIEWERS && own < MOST_OF_ONE_ADDRESS;
        if is_free {
            self.viewers.insert(address, own + 1);
        }
        is_free
    }

    /// Gives a place back.
    pub(crate) fn give_back(&mut self, address: IpAddr) {
        match self.viewers.get_mut(&address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(self.viewers.remove(&address)),
        }
    }

    pub(crate) fn are_empty(&self) -> bool {
        self.viewers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_half_of_the_places() {
        let mut places = Places::default();
        let [ana, bia, caio] = [1, 2, 3].map(|last| IpAddr::from([192, 0, 2, last]));
        let taken = |places: &mut Places, address| (0..99).filter(|_| places.take(address)).count();
        assert_eq!(taken(&mut places, ana), MOST_OF_ONE_ADDRESS);
        assert_eq!(taken(&mut places, bia), MOST_VIEWERS - MOST_OF_ONE_ADDRESS);
        assert_eq!(taken(&mut places, caio), 0);
        places.give_back(ana);
        assert_eq!(taken(&mut places, caio), 1);
        for _ in 0..99 {
            for address in [ana, bia, caio] {
                places.give_back(address);
            }
        }
        assert!(places.are_empty());
    }
}
