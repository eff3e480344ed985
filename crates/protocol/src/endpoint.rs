//! Addresses of services: `HOST:PORT`, and `HOST[:PORT]` where a service has a usual port.

use std::net::{IpAddr, Ipv6Addr};

use crate::characters::is_deceptive;

/// The address of a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Host name or IP address.
    pub address: String,
    /// TCP port.
    pub port: u16,
}

/// The longest address of a machine: no host name is longer (RFC 1035).
pub const LONGEST_ADDRESS: usize = 255;

impl Endpoint {
    /// Whether the address can be that of a machine. Binders of others answer what they like.
    pub fn is_possible(&self) -> bool {
        let length = self.address.chars().count();
        (1..=LONGEST_ADDRESS).contains(&length) && !self.address.chars().any(is_deceptive)
    }

    /// Whether it means the machine of the program that says it.
    pub fn is_on_own_machine(&self) -> bool {
        match self.address.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().is_loopback() || ip.is_unspecified(),
            Err(_) => self.address.eq_ignore_ascii_case("localhost"),
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An IPv6 address needs brackets before a port can follow it.
        if self.address.contains(':') {
            write!(formatter, "[{}]:{}", self.address, self.port)
        } else {
            write!(formatter, "{}:{}", self.address, self.port)
        }
    }
}

/// Why a text is not an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The port is missing, or not a number from 0 to 65535.
    #[error("expected HOST:PORT with a port from 0 to 65535, such as localhost:5000")]
    Port,
    /// The host is missing or not one, for example because of a scheme or a path.
    #[error(
        "expected HOST:PORT, such as localhost:5000, with the name or address of a host and without http://"
    )]
    Host,
}

impl std::str::FromStr for Endpoint {
    type Err = EndpointError;

    /// Parses `HOST:PORT`, with brackets around an IPv6 address: `[::1]:5000`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(EndpointError::Port)?;
        let port = port.parse().map_err(|_| EndpointError::Port)?;
        let bracketed = host
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'));
        let address = bracketed.unwrap_or(host);
        let is_host = match bracketed {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !address.is_empty() && address.chars().all(is_in_host_names),
        };
        if !is_host {
            return Err(EndpointError::Host);
        }
        Ok(Self {
            address: address.to_owned(),
            port,
        })
    }
}

/// An address as it is typed in a flag, in which the port may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: Option<u16>,
}

impl Address {
    /// Host name or IP address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The endpoint: with the port that was typed, or else with this one.
    pub fn or_port(&self, usual: u16) -> Endpoint {
        Endpoint {
            address: self.host.clone(),
            port: self.port.unwrap_or(usual),
        }
    }
}

impl From<Endpoint> for Address {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            host: endpoint.address,
            port: Some(endpoint.port),
        }
    }
}

impl std::str::FromStr for Address {
    type Err = EndpointError;

    /// Parses `HOST:PORT` or `HOST`, with brackets around an IPv6 address.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A colon inside of brackets belongs to an IPv6 address.
        let has_port = text.rsplit(']').next().is_some_and(|end| end.contains(':'));
        if has_port {
            return text.parse().map(Endpoint::into);
        }
        // The port is there for the parser alone.
        let endpoint: Endpoint = format!("{text}:0").parse()?;
        Ok(Self {
            host: endpoint.address,
            port: None,
        })
    }
}

/// Excludes the characters that would redirect a URL with this host: `/`, `\`, `?`, `#`, `@`, `%`.
fn is_in_host_names(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_port_where_there_is_a_usual_one() {
        for (text, endpoint) in [
            ("localhost", "localhost:5000"),
            ("192.0.2.2", "192.0.2.2:5000"),
            ("[::1]", "[::1]:5000"),
            ("localhost:5001", "localhost:5001"),
            ("[::1]:5001", "[::1]:5001"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.or_port(5000).to_string(), endpoint);
        }
        for text in [
            "",
            ":5000",
            "localhost:",
            "localhost:x",
            "::1",
            "[::1",
            "x/a",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_are_read_as_people_type_them() {
        for text in ["localhost:5000", "127.0.0.1:0", "[::1]:9000"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        for text in [
            "localhost",
            "localhost:",
            "localhost:70000",
            ":5000",
            "::1:5000",
            "http://x:1",
            "x/a:1",
            "x\\a:1",
            "x?a:1",
            "x#:1",
            "me@x:1",
            "x%2fa:1",
            "[x]:1",
            "[::1/a]:1",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_endless_address_and_one_that_acts_on_a_terminal_are_of_no_machine() {
        let is_possible = |address: &str| {
            let address = address.to_owned();
            Endpoint { address, port: 1 }.is_possible()
        };
        assert!(is_possible("localhost") && is_possible("2001:db8::1") && is_possible("máquina"));
        assert!(is_possible(&"é".repeat(255)) && !is_possible(&"é".repeat(256)));
        assert!(!is_possible("") && !is_possible("a\nb") && !is_possible("a\u{202e}b"));
    }

    #[test]
    fn an_address_that_leaves_no_machine_means_the_own_one() {
        for (text, is_own) in [
            ("localhost:5000", true),
            ("LocalHost:5000", true),
            ("127.0.0.1:5000", true),
            ("127.1.2.3:5000", true),
            ("[::1]:5000", true),
            ("[::ffff:127.0.0.1]:5000", true),
            ("0.0.0.0:5000", true),
            ("192.0.2.1:5000", false),
            ("[2001:db8::1]:5000", false),
            ("localhost.example.org:5000", false),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.is_on_own_machine(), is_own, "{text}");
        }
    }
}
