//! The headers that belong to a hop, and those that are passed on as they are.

use hyper::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

/// Headers of one connection (RFC 9110, 7.6.1). Trailers are not passed on, nor is the wish to be permitted to
/// send a body, which has arrived.
const OF_A_HOP: [HeaderName; 8] = [
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// The headers of a request to the server `host`, with a body of this length.
pub(super) fn of_request(headers: HeaderMap, host: &str, length: usize) -> HeaderMap {
    let mut passed = passed_on(headers);
    // As the client would name the server itself. The request is one of HTTP/1.1, which needs it.
    if let Ok(host) = HeaderValue::from_str(host) {
        passed.insert(HOST, host);
    }
    passed.insert(CONTENT_LENGTH, HeaderValue::from(length));
    passed
}

/// The headers of an answer with a body of this length.
pub(super) fn of_answer(headers: HeaderMap, length: usize) -> HeaderMap {
    let mut passed = passed_on(headers);
    passed.insert(CONTENT_LENGTH, HeaderValue::from(length));
    passed
}

/// In their order, without those of the hop and those that `Connection` declares to be.
fn passed_on(mut headers: HeaderMap) -> HeaderMap {
    if !OF_A_HOP.iter().any(|name| headers.contains_key(name)) {
        return headers;
    }
    let declared: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let is_of_hop = |name: &HeaderName| OF_A_HOP.contains(name) || declared.contains(name);
    let mut passed = HeaderMap::with_capacity(headers.len());
    let mut last = None;
    for (name, value) in headers.drain() {
        // Further values of a header come without its name.
        last = name.or(last);
        if let Some(name) = last.as_ref().filter(|name| !is_of_hop(name)) {
            passed.append(name.clone(), value);
        }
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        headers
    }

    fn lines(headers: &HeaderMap) -> Vec<(&str, &str)> {
        let lines = headers.iter();
        lines
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect()
    }

    #[test]
    fn only_the_headers_of_the_hop_are_left_out_and_the_order_stays() {
        let request = headers(&[
            ("host", "proxy:5001"),
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("transfer-encoding", "chunked"),
            ("x-end", "one"),
            ("cookie", "a"),
            ("x-end", "two"),
            ("keep-alive", "5"),
            ("user-agent", "Python"),
        ]);
        assert_eq!(
            lines(&of_request(request, "localhost:9000", 7)),
            [
                ("host", "localhost:9000"),
                ("x-end", "one"),
                ("x-end", "two"),
                ("cookie", "a"),
                ("user-agent", "Python"),
                ("content-length", "7"),
            ]
        );
        let answer = headers(&[("server", "x"), ("content-length", "3"), ("date", "y")]);
        let same = answer.clone();
        assert_eq!(of_answer(answer, 3), same);
    }
}
