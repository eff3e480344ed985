//! How long the header of a request may be, to a server and through a proxy.

use support::{
    Caller, InProcess, Seen,
    raw_server::{RawServer, Reply},
    wire::{Connection, call},
};

use binder::proxy::Ports;
use binder::{ProxySettings, Settings};
use serde_json::json;

/// The largest header, its first line and its last two line breaks included.
const LARGEST: usize = 32 << 10;

/// A call with a header of so many bytes.
fn request(length: usize) -> String {
    let body = call("ping", &[]);
    let with = |filling: &str| {
        let body = body.len();
        format!(
            "POST /RPC2 HTTP/1.1\r\nHost: a\r\nX-Long: {filling}\r\nContent-Length: {body}\r\n\r\n"
        )
    };
    let head = with(&"x".repeat(length - with("").len()));
    assert_eq!(head.len(), length);
    head + &body
}

/// The address of a server, and that at which a binder passes calls on to it.
fn places(server: &RawServer, binder: &InProcess) -> [String; 2] {
    let mut caller = Caller::rust(&binder.address);
    let parameters = [json!("ping"), json!("127.0.0.1"), json!(server.port())];
    let registered = caller.call("register_procedure", &parameters);
    assert!(matches!(registered, Seen::Value(_)), "{registered:?}");
    let found = caller.answer("lookup_procedure", &["ping"]);
    let through = format!("{}:{}", found[0].as_str().unwrap(), found[1]);
    assert_ne!(through, server.address);
    [binder.address.clone(), through]
}

#[test]
fn a_header_beyond_32_kib_is_refused_by_a_server_and_by_a_proxy_alike() {
    let binder = InProcess::binder_with(Settings {
        proxy: Some(ProxySettings::new(Ports::Free)),
        ..Settings::default()
    });
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let server = RawServer::start(Reply::Bytes(answer.as_bytes().to_vec()));
    for place in places(&server, &binder) {
        let passed_on = server.requests().len();
        for (length, status) in [
            (LARGEST, 200),
            (LARGEST + 1, 431),
            (33 << 10, 431),
            (36 << 10, 431),
            (40 << 10, 431),
            (1 << 20, 431),
        ] {
            let request = request(length);
            // At once, and in pieces that arrive one after the other.
            for piece in [request.len(), 10_000] {
                let mut connection = Connection::open(&place);
                for piece in request.as_bytes().chunks(piece) {
                    connection.send(piece);
                    // So that the server reads it before the next one.
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
                let response = connection.response();
                assert_eq!(response.status, status, "{length} at {place}");
            }
        }
        assert!(server.requests().len() <= passed_on + 2, "at {place}");
    }
    assert_eq!(server.requests().len(), 2);
}
