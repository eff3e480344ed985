//! Which address of a registered server is called: one of the machine that registered it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use protocol::binder::Endpoint;
use thiserror::Error;

use crate::directory::{Registrant, Registration};

/// How long a name may take to be resolved.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(2);

/// A server that may be called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    /// As it was registered.
    pub(crate) endpoint: Endpoint,
    /// The only address at which it is called, if it was registered from the network.
    machine: Option<IpAddr>,
}

/// Why a registered server is not called.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotCalled {
    /// Anyone could make the binder call any address otherwise.
    #[error("it was registered from {0}, which is not the machine that it names")]
    Elsewhere(IpAddr),
    /// Binders of earlier versions do not write it into etcd.
    #[error("it is not known who registered it")]
    Unknown,
    /// The name of its machine cannot be resolved.
    #[error("its machine is not found: {0}")]
    NotFound(String),
    /// A call would come back to the binder.
    #[error("it is a port of this binder")]
    Own,
}

impl Target {
    /// A server that another binder names, which this one trusts.
    pub(crate) const fn trusted(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            machine: None,
        }
    }

    /// Admits a server that names the machine from which it was registered. A program on the binder's machine
    /// may name any machine: it could call it itself. `localhost` from the network means the machine that
    /// says so, because the binder's own is another one.
    pub(crate) async fn admit(registration: Registration) -> Result<Self, NotCalled> {
        let Registration { endpoint, from } = registration;
        let Registrant::At(from) = from else {
            return Err(NotCalled::Unknown);
        };
        if from.is_loopback() {
            return Ok(Self::trusted(endpoint));
        }
        if !endpoint.is_on_own_machine() {
            let named = resolve(&endpoint).await;
            let named = named.map_err(|error| NotCalled::NotFound(error.to_string()))?;
            if named
                .iter()
                .all(|address| address.ip().to_canonical() != from)
            {
                return Err(NotCalled::Elsewhere(from));
            }
        }
        Ok(Self {
            endpoint,
            machine: Some(from),
        })
    }

    /// The addresses at which it is called.
    pub(crate) async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        match self.machine {
            Some(machine) => Ok(vec![SocketAddr::new(machine, self.endpoint.port)]),
            None => resolve(&self.endpoint).await,
        }
    }

    /// Whether it is this machine, at one of these ports.
    pub(crate) async fn is_here(&self, ports: &[u16]) -> bool {
        if !ports.contains(&self.endpoint.port) {
            return false;
        }
        let addresses = self.addresses().await.unwrap_or_default();
        // Only own addresses can be taken.
        addresses
            .iter()
            .any(|address| UdpSocket::bind((address.ip(), 0)).is_ok())
    }
}

fn is_localhost(address: &str) -> bool {
    address.eq_ignore_ascii_case("localhost")
}

async fn resolve(endpoint: &Endpoint) -> io::Result<Vec<SocketAddr>> {
    let Endpoint { address, port } = endpoint;
    if let Ok(ip) = address.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, *port)]);
    }
    if is_localhost(address) {
        // The system need not be asked, and Python's servers listen on the first of these.
        let both = [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            Ipv6Addr::LOCALHOST.into(),
        ];
        return Ok(both.map(|ip| SocketAddr::new(ip, *port)).to_vec());
    }
    let resolving = tokio::net::lookup_host((address.as_str(), *port));
    match tokio::time::timeout(RESOLVE_TIMEOUT, resolving).await {
        Ok(addresses) => Ok(addresses?.collect()),
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn admitted(address: &str, from: &str) -> Result<Vec<String>, NotCalled> {
        let registration = Registration {
            endpoint: Endpoint {
                address: address.to_owned(),
                port: 9000,
            },
            from: Registrant::At(from.parse().unwrap()),
        };
        let addresses = Target::admit(registration)
            .await?
            .addresses()
            .await
            .unwrap();
        Ok(addresses.iter().map(ToString::to_string).collect())
    }

    #[tokio::test]
    async fn from_the_network_only_the_own_machine_is_named() {
        let other = "192.0.2.7".parse().unwrap();
        let refused = Err(NotCalled::Elsewhere(other));
        assert_eq!(
            admitted("192.0.2.7", "192.0.2.7").await.unwrap(),
            ["192.0.2.7:9000"]
        );
        assert_eq!(admitted("192.0.2.8", "192.0.2.7").await, refused);
        assert_eq!(admitted("169.254.169.254", "192.0.2.7").await, refused);
        assert_eq!(admitted("::ffff:192.0.2.8", "192.0.2.7").await, refused);
        assert!(matches!(
            admitted("name.invalid", "192.0.2.7").await,
            Err(NotCalled::NotFound(_))
        ));
        // The binder's own machine is another one.
        for own in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "0.0.0.0",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(
                admitted(own, "192.0.2.7").await.unwrap(),
                ["192.0.2.7:9000"],
                "{own}"
            );
        }
    }

    #[tokio::test]
    async fn from_this_machine_any_machine_is_named() {
        for from in ["127.0.0.1", "::1", "127.0.0.9"] {
            assert_eq!(
                admitted("192.0.2.8", from).await.unwrap(),
                ["192.0.2.8:9000"]
            );
            assert_eq!(
                admitted("localhost", from).await.unwrap(),
                ["127.0.0.1:9000", "[::1]:9000"]
            );
        }
        let unknown = Registration {
            endpoint: "localhost:9000".parse().unwrap(),
            from: Registrant::Unknown,
        };
        assert_eq!(Target::admit(unknown).await, Err(NotCalled::Unknown));
    }
}
