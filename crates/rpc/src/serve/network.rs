//! Addresses as limits count them.

use std::net::{IpAddr, Ipv6Addr};

/// Of an IPv6 address the network of 64 bits, in which one machine has as many addresses as it likes.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        // These networks are those of all machines of a link, and of this machine.
        IpAddr::V6(one) if one.is_unicast_link_local() || one.is_loopback() => one.into(),
        IpAddr::V6(one) => Ipv6Addr::from(u128::from(one) & (u128::MAX << 64)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_with_many_addresses_counts_as_one() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1:2:3"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("fe80::1"), network("fe80::2"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("::1"), network("::2"));
    }
}
