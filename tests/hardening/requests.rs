//! HTTP in all the ways in which it may be spoken, and in those in which it may not.

use std::sync::atomic::Ordering;
use std::time::Duration;

use dxr::Value;
use rpc::Limits;

use support::{
    InProcess,
    in_process::pong,
    wire::{Connection, Response, call, chunks, head, post, post_with, respond},
};

fn ping() -> String {
    call("ping", &[])
}

#[track_caller]
fn is_served(connection: &mut Connection) -> Response {
    let response = connection.response();
    assert_eq!(response.answer(), Ok(pong()));
    response
}

#[test]
fn calls_are_served_however_the_request_is_made() {
    let (server, count) = InProcess::counting(Limits::default());
    let body = ping();
    let length = body.len().to_string();
    let python = format!(
        "POST /RPC2 HTTP/1.1\r\nHost: localhost:9000\r\nAccept-Encoding: gzip\r\nContent-Type: text/xml\r\n\
         User-Agent: Python-xmlrpc/3.11\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let in_chunks = |size| {
        let head = head(&[("Transfer-Encoding", "chunked")]).into_bytes();
        [head, chunks(body.as_bytes(), size)].concat()
    };
    #[rustfmt::skip]
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("as Python does", python.clone().into_bytes()),
        ("at /", python.replace("/RPC2", "/").into_bytes()),
        ("with a query", python.replace("/RPC2", "/RPC2?a=b").into_bytes()),
        ("with a whole address", python.replace("/RPC2", "http://localhost:9000/RPC2").into_bytes()),
        ("without a content type", python.replace("Content-Type: text/xml\r\n", "").into_bytes()),
        ("with another content type", python.replace("text/xml", "application/xml").into_bytes()),
        ("in one chunk", in_chunks(10_000)),
        ("in many chunks", in_chunks(3)),
        ("in chunks with extensions", {
            let chunked = String::from_utf8(in_chunks(10_000)).unwrap();
            chunked
                .replacen("\r\n<?xml", ";a=b\r\n<?xml", 1)
                .into_bytes()
        }),
        (
            "with headers in lower case",
            python
                .to_lowercase()
                .replace("post /rpc2 http", "POST /RPC2 HTTP")
                .replace("methodcall", "methodCall")
                .replace("methodname", "methodName")
                .into_bytes(),
        ),
        ("with fifty more headers", post_with(&[("X-More", "value"); 50], &body)),
        ("after an empty line", [b"\r\n".as_slice(), python.as_bytes()].concat()),
    ];
    for (made, request) in &rows {
        let mut connection = Connection::open(&server.address);
        assert_eq!(connection.ask(request).answer(), Ok(pong()), "{made}");
        // And once more on the same connection.
        assert_eq!(
            connection.ask(request).answer(),
            Ok(pong()),
            "{made}, again"
        );
    }
    assert_eq!(count.load(Ordering::Relaxed), 2 * rows.len());
}

#[test]
fn a_request_may_come_byte_by_byte_or_many_at_once() {
    let (server, count) = InProcess::counting(Limits::default());
    let request = post(ping());
    let mut connection = Connection::open(&server.address);
    for byte in &request {
        connection.send([*byte]);
    }
    is_served(&mut connection);
    connection.send(request.repeat(100));
    for _ in 0..100 {
        is_served(&mut connection);
    }
    assert_eq!(count.load(Ordering::Relaxed), 101);
}

#[test]
fn connections_are_closed_when_their_client_wants_it() {
    let (server, _) = InProcess::counting(Limits::default());
    let soon = Duration::from_secs(5);
    let mut connection = Connection::open(&server.address);
    connection.send(post_with(&[("Connection", "close")], ping()));
    is_served(&mut connection);
    connection.closes_within(soon);

    let old = String::from_utf8(post(ping()))
        .unwrap()
        .replace("HTTP/1.1", "HTTP/1.0");
    let mut connection = Connection::open(&server.address);
    connection.send(&old);
    is_served(&mut connection);
    connection.closes_within(soon);

    let kept = old.replace("Host: chat", "Connection: keep-alive");
    let mut connection = Connection::open(&server.address);
    connection.send(&kept);
    is_served(&mut connection);
    connection.send(&kept);
    is_served(&mut connection);
    // A half-closed connection is answered all the same.
    connection.send(post(ping()));
    connection.end_sending();
    is_served(&mut connection);
    connection.closes_within(soon);
}

#[test]
fn a_client_that_asks_before_sending_the_body_is_answered_to_continue() {
    let (server, _) = InProcess::counting(Limits::default());
    let body = ping();
    let length = body.len().to_string();
    let mut connection = Connection::open(&server.address);
    assert_eq!(
        connection
            .ask(head(&[
                ("Content-Length", &length),
                ("Expect", "100-continue"),
            ]))
            .status,
        100
    );
    connection.send(&body);
    is_served(&mut connection);
}

#[test]
fn answers_are_packed_only_where_that_was_asked_for_on_both_sides() {
    let long = "á".repeat(5_000);
    for (compress, accepts, text, packed) in [
        (false, "gzip", long.as_str(), false),
        (true, "gzip", &long, true),
        (true, "deflate, GZIP;q=0.5", &long, true),
        (true, "gzip;q=0", &long, false),
        (true, "deflate", &long, false),
        (true, "gzip", "short", false),
    ] {
        let limits = Limits {
            compress,
            ..Limits::default()
        };
        let (server, _) = InProcess::counting(limits);
        let mut response = respond(
            &server.address,
            post_with(&[("Accept-Encoding", accepts)], call("echo", &[text])),
        );
        let encoding = response.header("content-encoding");
        assert_eq!(encoding, packed.then_some("gzip"), "{compress} {accepts}");
        if packed {
            assert!(response.body.len() < 2_000);
            let mut plain = Vec::new();
            let mut decoder = flate2::read::GzDecoder::new(response.body.as_slice());
            std::io::Read::read_to_end(&mut decoder, &mut plain).unwrap();
            response.body = plain;
        }
        assert_eq!(response.answer(), Ok(Value::String(text.to_owned())));
    }
}

#[test]
fn what_a_page_sends_is_not_carried_out() {
    let (server, count) = InProcess::counting(Limits::default());
    for origin in [
        "https://example.org",
        "http://localhost:9000",
        "http://127.0.0.1:9000",
        "null",
        "",
    ] {
        let response = respond(&server.address, post_with(&[("Origin", origin)], ping()));
        assert_eq!(response.status, 403, "{origin}");
        assert!(response.text().contains("refused"));
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
    // The preflight that a browser sends before such a request is refused, too.
    let response = respond(
        &server.address,
        "OPTIONS /RPC2 HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    );
    assert_eq!(response.status, 405);
    assert_eq!(response.header("access-control-allow-methods"), None);
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn other_paths_and_verbs_are_answered_with_where_calls_go() {
    let (server, count) = InProcess::counting(Limits::default());
    let rows = [
        ("GET /RPC2", 405),
        ("GET /", 405),
        ("PUT /RPC2", 405),
        ("DELETE /", 405),
        ("OPTIONS /RPC2", 405),
        ("PATCH /RPC2", 405),
        ("WHATEVER /RPC2", 405),
        ("POST /rpc2", 404),
        ("POST /RPC2/", 404),
        ("POST /RPC2/../", 404),
        ("POST //RPC2", 404),
        ("GET /favicon.ico", 404),
        ("POST /xmlrpc.php", 404),
    ];
    for (request, status) in rows {
        let mut connection = Connection::open(&server.address);
        let body = ping();
        let response = connection.ask(format!(
            "{request} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        assert_eq!(response.status, status, "{request}");
        let allow = (status == 405).then_some("POST");
        assert_eq!(response.header("allow"), allow, "{request}");
        assert!(response.text().contains("/RPC2"), "{request}");
        assert!(response.text().len() < 200, "{request}");
    }
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn a_large_request_to_a_wrong_path_gets_the_answer() {
    let (server, _) = InProcess::counting(Limits::default());
    for (path, headers, status) in [
        ("/elsewhere", "", 404),
        ("/RPC2", "Origin: http://a\r\n", 403),
    ] {
        let mut connection = Connection::open(&server.address);
        let body = vec![b'x'; 8 << 20];
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        connection.send_all([head.as_bytes(), &body].concat());
        assert_eq!(connection.response().status, status, "{path}");
    }
}
