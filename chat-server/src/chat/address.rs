//! Where callers are, as limits count them.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The address of a caller, as `rpc::network` makes it. All programs of one machine that call over loopback
/// share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Address {
        Address(address)
    }
}

/// How many places of one sort each address has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places(HashMap<Address, usize>);

impl Places {
    pub(super) fn of(&self, address: Address) -> usize {
        self.0.get(&address).copied().unwrap_or_default()
    }

    pub(super) fn take(&mut self, address: Option<Address>) {
        if let Some(address) = address {
            *self.0.entry(address).or_default() += 1;
        }
    }

    pub(super) fn give_back(&mut self, address: Option<Address>) {
        if let Some(address) = address
            && let Some(places) = self.0.get_mut(&address)
        {
            *places -= 1;
            if *places == 0 {
                self.0.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_places_is_forgotten() {
        let mut places = Places::default();
        let here = Address::from(IpAddr::from([192, 0, 2, 1]));
        places.take(Some(here));
        places.take(None);
        assert_eq!(places.of(here), 1);
        places.give_back(Some(here));
        assert_eq!(places, Places::default());
    }
}
