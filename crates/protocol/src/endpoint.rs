//! Addresses of services, `HOST:PORT`.

use std::net::Ipv6Addr;

/// The address of a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Host name or IP address.
    pub address: String,
    /// TCP port.
    pub port: u16,
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
    /// The host is missing or not valid.
    #[error("expected HOST:PORT, and the host is missing")]
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

/// Excludes the characters that would redirect a URL with this host: `/`, `\`, `?`, `#`, `@`, `%`.
fn is_in_host_names(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
