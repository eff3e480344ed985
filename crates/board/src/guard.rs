//! Access to the board: only from its own page, under its own name.
//!
//! A page of another site in the same browser must neither read the events nor change the lab. Browsers
//! report the page that sends a request (`Origin`) and the name that it was sent to (`Host`), which a site
//! that points its own name at this machine ("DNS rebinding") cannot fake.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue};

/// The names of a server, for its board.
#[derive(Clone, Debug)]
pub struct Guard {
    hosts: BTreeSet<String>,
}

impl Guard {
    /// `localhost`, every address, and `others`: the names of this machine in the network.
    pub fn new<'a>(others: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            hosts: std::iter::once("localhost")
                .chain(others)
                .map(str::to_ascii_lowercase)
                .collect(),
        }
    }

    /// Whether a request with these headers may access the board.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
            return false;
        };
        let name = without_port(host);
        !is_embedded_elsewhere(headers)
            && (is_address(name) || self.hosts.contains(&name.to_ascii_lowercase()))
            && headers
                .get(ORIGIN)
                .is_none_or(|origin| is_origin_of(origin, host))
    }
}

/// For images and scripts in another site's page, browsers send this header and no `Origin`. Links to the
/// board are allowed.
fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let says = |name, values: &[&str]| {
        headers
            .get(name)
            .is_some_and(|value| values.iter().any(|known| value == known))
    };
    says("sec-fetch-site", &["cross-site", "same-site"]) && !says("sec-fetch-dest", &["document"])
}

fn is_origin_of(origin: &HeaderValue, host: &str) -> bool {
    origin
        .to_str()
        .ok()
        .and_then(|origin| origin.strip_prefix("http://"))
        .is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

/// Whether a host is an address, which a site cannot use as a name of its own.
fn is_address(host: &str) -> bool {
    let inner = host
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'));
    inner.map_or_else(
        || host.parse::<Ipv4Addr>().is_ok(),
        |inner| inner.parse::<Ipv6Addr>().is_ok(),
    )
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The last colon of "[::1]" is part of the address.
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(host: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [(HOST, host), (ORIGIN, origin)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        Guard::new(["sala-3.local"]).admits(&headers)
    }

    #[test]
    fn other_sites_may_link_to_it_and_not_make_it_a_part_of_theirs() {
        for (site, destination, is_admitted) in [
            ("same-origin", "empty", true),
            ("none", "document", true),
            ("cross-site", "document", true),
            ("cross-site", "empty", false),
            ("cross-site", "image", false),
            ("cross-site", "iframe", false),
            ("same-site", "empty", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "localhost:5000".parse().unwrap());
            headers.insert("sec-fetch-site", site.parse().unwrap());
            headers.insert("sec-fetch-dest", destination.parse().unwrap());
            let admitted = Guard::new([]).admits(&headers);
            assert_eq!(admitted, is_admitted, "{site} {destination}");
        }
    }

    #[test]
    fn only_its_own_pages_under_its_own_names_are_admitted() {
        for host in [
            "localhost:5000",
            "[::1]:5000",
            "[::1]",
            "Sala-3.local:5000",
            "192.0.2.2:5000",
        ] {
            assert!(admits(Some(host), None), "{host:?}");
        }
        let own = "127.0.0.1:5000";
        assert!(admits(Some(own), Some(&format!("http://{own}"))));

        assert!(!admits(None, None));
        let others = [
            "evil.example:5000",
            "127.0.0.1.evil.example",
            "[evil]",
            "2130706433",
            "",
        ];
        for host in others {
            assert!(!admits(Some(host), None), "{host:?}");
        }
        let evil = "evil.example:5000";
        assert!(!admits(Some(evil), Some(&format!("http://{evil}"))));
        for origin in [
            "http://evil.example",
            "http://localhost:8080",
            "https://localhost:5000",
            "null",
        ] {
            assert!(!admits(Some("localhost:5000"), Some(origin)), "{origin}");
        }
    }
}
