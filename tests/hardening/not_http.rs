//! Bytes that are not HTTP, and HTTP beyond the limits.

use std::sync::atomic::Ordering;

use rpc::Limits;

use support::{
    InProcess,
    in_process::pong,
    wire::{Connection, ask, call, head, post_with, respond},
};

#[test]
fn a_header_that_does_not_end_is_refused_when_it_is_too_large() {
    let (server, count) = InProcess::counting(Limits::default());
    let endless = format!("POST /RPC2 HTTP/1.1\r\nX-Long: {}", "x".repeat(40 << 10));
    assert_eq!(respond(&server.address, endless).status, 431);
    // What browsers and proxies add fits.
    let long = "x".repeat(20 << 10);
    let with_cookie = post_with(&[("Cookie", &long)], call("ping", &[]));
    assert_eq!(respond(&server.address, with_cookie).answer(), Ok(pong()));
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn what_is_not_http_is_refused_and_harms_no_other_client() {
    let (server, count) = InProcess::counting(Limits::default());
    let body = call("ping", &[]);
    let length = body.len();
    #[rustfmt::skip]
    let rows = [
        ("noise", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned()),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned()),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("no version", format!("POST /RPC2\r\nContent-Length: {length}\r\n\r\n{body}")),
        ("a space in a header's name", format!("POST /RPC2 HTTP/1.1\r\nContent Length: {length}\r\n\r\n{body}")),
        ("a length that is none", format!("POST /RPC2 HTTP/1.1\r\nContent-Length: abc\r\n\r\n{body}")),
        ("a length below zero", format!("POST /RPC2 HTTP/1.1\r\nContent-Length: -1\r\n\r\n{body}")),
        ("two lengths", format!("POST /RPC2 HTTP/1.1\r\nContent-Length: {length}\r\nContent-Length: 5\r\n\r\n{body}")),
        ("a header of a mebibyte", format!("POST /RPC2 HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20))),
        ("a thousand headers", format!("POST /RPC2 HTTP/1.1\r\n{}\r\n", "X-More: value\r\n".repeat(1_000))),
    ];
    for (name, request) in rows {
        let mut connection = Connection::open(&server.address);
        connection.send(&request);
        match connection.try_response() {
            Ok(response) => assert!(
                (400..500).contains(&response.status),
                "{name}: {}",
                response.status
            ),
            // It is closed without an answer.
            Err(error) => assert_ne!(
                error.kind(),
                std::io::ErrorKind::WouldBlock,
                "{name}: {error}"
            ),
        }
    }
    // A chunk that is none breaks the body, not the header: that is a fault.
    let mut connection = Connection::open(&server.address);
    connection.send(format!(
        "{}zz\r\n",
        head(&[("Transfer-Encoding", "chunked")])
    ));
    assert_eq!(
        connection.response().fault().code(),
        protocol::fault::TRANSPORT
    );
    // A request without any length has no body.
    let mut connection = Connection::open(&server.address);
    connection.send(head(&[]));
    assert_eq!(
        connection.response().fault().code(),
        protocol::fault::NOT_WELL_FORMED
    );
    assert_eq!(count.load(Ordering::Relaxed), 0);
    assert_eq!(ask(&server.address, body), Ok(pong()));
}
