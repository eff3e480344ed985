//! Access to the board: only from its own page or its binder's, under its own name.
//!
//! The page is the binder's, and gets the events of each server from that server. A page of another site in the
//! same browser must neither read the events nor change the lab. Browsers report the page that sends a request
//! (`Origin`) and the name that it was sent to (`Host`), which a site that points its own name at this machine
//! ("DNS rebinding") cannot fake.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue};
use protocol::endpoint::Endpoint;

/// The names of a server, for its board, and the pages of others that may read it.
#[derive(Clone, Debug)]
pub struct Guard {
    hosts: BTreeSet<String>,
    /// In lower case.
    pages: BTreeSet<String>,
}

/// Whether a request may access the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access<'a> {
    Refused,
    /// It comes from the server's own page, or from no page.
    Own,
    /// It comes from the page with this origin, which must be given the permission to read the answer.
    BindersPage(&'a HeaderValue),
}

/// The names under which a machine reaches itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The origins that the page of the binder at `binder` may have, for a server that others reach as `own`.
/// `names` are further names of the binder's machine.
pub fn page_origins(binder: &Endpoint, own: &str, names: &[String]) -> Vec<String> {
    let is_loopback = LOOPBACK.contains(&binder.address.as_str());
    let mut hosts = vec![binder.address.as_str()];
    // A binder on this machine is opened here under any of its names.
    if is_loopback || binder.address.eq_ignore_ascii_case(own) {
        hosts.push(own);
        hosts.extend(LOOPBACK);
    }
    hosts.extend(names.iter().map(String::as_str));
    let port = binder.port;
    let origin = |host: &str| {
        let address = host.to_owned();
        let endpoint = Endpoint { address, port }.to_string();
        // Browsers leave the usual port out.
        format!(
            "http://{}",
            endpoint.strip_suffix(":80").unwrap_or(&endpoint)
        )
    };
    hosts.into_iter().map(origin).collect()
}

impl Guard {
    /// `localhost`, every address, and `others`: the names of this machine in the network.
    pub fn new<'a>(others: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            hosts: std::iter::once("localhost")
                .chain(others)
                .map(str::to_ascii_lowercase)
                .collect(),
            pages: BTreeSet::new(),
        }
    }

    /// Admits the pages with these origins, too.
    pub fn and_pages(mut self, origins: impl IntoIterator<Item = String>) -> Self {
        let lower = origins
            .into_iter()
            .map(|origin| origin.to_ascii_lowercase());
        self.pages.extend(lower);
        self
    }

    /// Whether a request with these headers may access the board.
    pub(crate) fn access<'a>(&self, headers: &'a HeaderMap) -> Access<'a> {
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
            return Access::Refused;
        };
        let name = without_port(host);
        if !is_address(name) && !self.hosts.contains(&name.to_ascii_lowercase()) {
            return Access::Refused;
        }
        match headers.get(ORIGIN) {
            Some(origin) if self.is_binders_page(origin) => Access::BindersPage(origin),
            Some(origin) if !is_origin_of(origin, host) => Access::Refused,
            _ if is_embedded_elsewhere(headers) => Access::Refused,
            _ => Access::Own,
        }
    }

    fn is_binders_page(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().map(str::to_ascii_lowercase);
        origin.is_ok_and(|origin| self.pages.contains(&origin))
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
        Guard::new(["sala-3.local"]).access(&headers) != Access::Refused
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
            let admitted = Guard::new([]).access(&headers) == Access::Own;
            assert_eq!(admitted, is_admitted, "{site} {destination}");
        }
    }

    #[test]
    fn the_page_of_its_own_binder_may_read_it_and_no_other_page() {
        let origins = |binder: &str, own: &str| {
            let names = ["sala-3.local".to_owned()];
            page_origins(&binder.parse().unwrap(), own, &names)
        };
        let here = origins("localhost:5000", "localhost");
        let guard = Guard::new(["localhost"]).and_pages(here);
        let access = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "localhost:9000".parse().unwrap());
            headers.insert(ORIGIN, origin.parse().unwrap());
            // To a browser, another port of this machine is the same site, and another name another one.
            headers.insert("sec-fetch-site", "same-site".parse().unwrap());
            guard.access(&headers) == Access::BindersPage(&origin.parse().unwrap())
        };
        for own in [
            "http://localhost:5000",
            "http://127.0.0.1:5000",
            "http://[::1]:5000",
            "http://sala-3.local:5000",
        ] {
            assert!(access(own), "{own}");
        }
        for other in [
            "http://localhost:5001",
            "http://localhost",
            "https://localhost:5000",
            "http://192.0.2.2:5000",
            "http://localhost:5000.evil.example",
            "null",
        ] {
            assert!(!access(other), "{other}");
        }

        // A binder on another machine has its page there, and not on ours.
        let elsewhere = origins("192.0.2.9:5000", "192.0.2.2");
        assert_eq!(
            elsewhere,
            ["http://192.0.2.9:5000", "http://sala-3.local:5000"]
        );
        let same_machine = origins("192.0.2.2:80", "192.0.2.2");
        for origin in ["http://192.0.2.2", "http://localhost"] {
            assert!(same_machine.contains(&origin.to_owned()), "{origin}");
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
