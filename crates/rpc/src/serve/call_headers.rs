//! What the headers of a call say.

use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, EXPECT, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, USER_AGENT,
};
use hyper::{Request, Version};

use crate::observe::HttpFacts;

/// What the headers of a call say, apart from its length.
#[derive(Default)]
pub(super) struct CallHeaders {
    /// Only browsers send `Origin`, and the board's page makes no calls: this is another site's page that tries
    /// to use the visitor's machine.
    pub(super) are_from_web_page: bool,
    /// Whether the body may be compressed.
    pub(super) have_encoding: bool,
    /// Whether the answer may be compressed.
    pub(super) accept_gzip: bool,
    /// Whether the client waits for the permission to send the body.
    pub(super) expect_permission: bool,
}

impl CallHeaders {
    /// Goes through the few headers of a call once, which is less work than looking for each. In a server that does not
    /// `compress` its answers, nothing is read about that.
    pub(super) fn read(headers: &HeaderMap, compress: bool) -> Self {
        let mut read = Self::default();
        for (name, value) in headers {
            if *name == ACCEPT_ENCODING {
                read.accept_gzip |= compress && accepts_gzip(value);
            } else if *name == ORIGIN {
                read.are_from_web_page = true;
            } else if *name == CONTENT_ENCODING {
                read.have_encoding = true;
            } else if *name == EXPECT {
                read.expect_permission = true;
            }
        }
        read
    }
}

fn accepts_gzip(accepted: &HeaderValue) -> bool {
    let Ok(accepted) = accepted.to_str() else {
        return false;
    };
    accepted.split(',').any(|encoding| {
        let mut parts = encoding.split(';');
        let is_gzip = parts
            .next()
            .is_some_and(|name| name.trim().eq_ignore_ascii_case("gzip"));
        // A quality of zero excludes the encoding.
        is_gzip && !parts.any(|quality| quality.replace(' ', "") == "q=0")
    })
}

/// Facts for observers.
pub(super) fn http_facts(request: &Request<Incoming>) -> HttpFacts {
    let connection = text_of(request, CONNECTION);
    let connection = connection.unwrap_or_default().to_ascii_lowercase();
    let (version, keep_alive) = if request.version() == Version::HTTP_10 {
        ("HTTP/1.0", connection.contains("keep-alive"))
    } else {
        ("HTTP/1.1", !connection.contains("close"))
    };
    HttpFacts {
        version,
        path: request.uri().path().to_owned(),
        agent: agent(request).map(str::to_owned),
        keep_alive,
    }
}

/// The `User-Agent`, if it is text.
pub(super) fn agent(request: &Request<Incoming>) -> Option<&str> {
    text_of(request, USER_AGENT)
}

/// A header, if it is text.
fn text_of(request: &Request<Incoming>, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}
