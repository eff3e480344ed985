//! The headers that belong to a hop, and those that are passed on as they are.

use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue};

/// Headers of one connection (RFC 9110, 7.6.1). Trailers are not passed on, nor is the wish to be permitted to
/// send a body, which has arrived.
fn is_of_a_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "expect"
            | "keep-alive"
            | "proxy-connection"
    )
}

/// The headers of a request to the server `host`, with a body of this length.
pub(super) fn of_request(
    headers: HeaderMap,
    host: Option<HeaderValue>,
    length: usize,
) -> HeaderMap {
    let mut passed = passed_on(headers);
    // As the client would name the server itself. The request is one of HTTP/1.1, which needs it.
    if let Some(host) = host {
        passed.insert(HOST, host);
    }
    set_length(&mut passed, length);
    passed
}

/// The headers of an answer with a body of this length.
pub(super) fn of_answer(headers: HeaderMap, length: usize) -> HeaderMap {
    let mut passed = passed_on(headers);
    set_length(&mut passed, length);
    passed
}

/// Declares the length of the body, if that is not done already.
fn set_length(headers: &mut HeaderMap, length: usize) {
    let mut declared = headers.get_all(CONTENT_LENGTH).iter();
    let first = declared.next().and_then(|value| value.to_str().ok());
    let is_declared = first.and_then(|value| value.parse().ok()) == Some(length);
    if !is_declared || declared.next().is_some() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// In their order, without those of the hop and those that `Connection` declares to be.
fn passed_on(mut headers: HeaderMap) -> HeaderMap {
    if !headers.keys().any(is_of_a_hop) {
        return headers;
    }
    let declared: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let is_of_hop = |name: &HeaderName| is_of_a_hop(name) || declared.contains(name);
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
            lines(&of_request(
                request,
                Some(HeaderValue::from_static("localhost:9000")),
                7
            )),
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
        // A length that is wrong, or declared twice, is that of the body.
        for declared in [&["4"][..], &["3", "3"], &["+3x"]] {
            let lines: Vec<_> = declared
                .iter()
                .map(|length| ("content-length", *length))
                .collect();
            let answer = of_answer(headers(&lines), 3);
            let lengths: Vec<_> = answer.get_all(CONTENT_LENGTH).iter().collect();
            assert_eq!(lengths, ["3"], "{declared:?}");
        }
    }
}
