//! The ports on which the binder takes calls for other servers.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;
use tokio::net::TcpListener;

use super::addresses::Target;

/// Servers that calls are passed on to at the same time, unless the flag says otherwise.
const USUAL: u16 = 64;

/// The ports that may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// From the first to the last.
    Range(u16, u16),
    /// Any free ones.
    Free,
}

/// Why a text names no ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected FIRST-LAST, such as 5001-5064")]
pub struct PortsError;

impl FromStr for Ports {
    type Err = PortsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').ok_or(PortsError)?;
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) if 0 < first && first <= last => Ok(Self::Range(first, last)),
            _ => Err(PortsError),
        }
    }
}

impl Ports {
    /// Those after the binder's own; any free ones if the system chose its own.
    #[must_use]
    pub const fn after(own: u16) -> Self {
        match own.checked_add(USUAL) {
            Some(last) if own > 0 => Self::Range(own + 1, last),
            _ => Self::Free,
        }
    }

    /// How many there are.
    pub(super) fn count(self) -> usize {
        match self {
            Self::Range(first, last) => usize::from(last - first) + 1,
            Self::Free => usize::from(USUAL),
        }
    }

    /// Takes a port for a server. In a range it is the same each time, as long as it is free: clients go on
    /// after a restart of the binder.
    pub(super) async fn take(self, ip: IpAddr, target: &Target) -> io::Result<TcpListener> {
        let (first, last) = match self {
            Self::Free => return TcpListener::bind((ip, 0)).await,
            Self::Range(first, last) => (u64::from(first), u64::from(last)),
        };
        let mut hasher = DefaultHasher::new();
        target.hash(&mut hasher);
        let (count, hash) = (last - first + 1, hasher.finish());
        let mut failure = io::Error::from(io::ErrorKind::AddrInUse);
        for offset in 0..count {
            let port = first + (hash % count + offset) % count;
            let port = u16::try_from(port).unwrap_or_default();
            // It may be the port of the server itself, which does not listen at the moment.
            if port == target.endpoint.port {
                continue;
            }
            match TcpListener::bind((ip, port)).await {
                Ok(listener) => return Ok(listener),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_it_is_typed() {
        assert_eq!("5001-5064".parse(), Ok(Ports::Range(5001, 5064)));
        assert_eq!("7-7".parse::<Ports>().unwrap().count(), 1);
        for wrong in ["", "5001", "0-1", "2-1", "1-70000", "a-b", "-5"] {
            assert_eq!(wrong.parse::<Ports>(), Err(PortsError), "{wrong}");
        }
        assert_eq!(Ports::after(5000), Ports::Range(5001, 5064));
        assert_eq!(Ports::after(0), Ports::Free);
        assert_eq!(Ports::after(65_500), Ports::Free);
    }

    #[tokio::test]
    async fn a_server_gets_the_same_port_again_or_the_next_free_one() {
        let ip = IpAddr::from([127, 0, 0, 1]);
        // Some consecutive ports that are free at the moment.
        let start = TcpListener::bind((ip, 0))
            .await
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let ports = Ports::Range(start.min(65_000), start.min(65_000) + 20);
        let target = Target::trusted("localhost:9000".parse().unwrap());
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let first = ports.take(ip, &target).await.unwrap();
        let taken = port(&first);
        let other = ports.take(ip, &target).await.unwrap();
        assert_ne!(port(&other), taken);
        drop((first, other));
        assert_eq!(port(&ports.take(ip, &target).await.unwrap()), taken);
    }
}
