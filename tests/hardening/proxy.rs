//! What `binder --proxy` passes on: calls and answers as they are, also of servers that misbehave, and not too much
//! of them.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use binder::proxy::Ports;
use binder::{ProxySettings, Settings};
use protocol::fault;
use support::{
    Caller, InProcess, Seen, Server, eventually,
    raw_server::{RawServer, Reply},
    wire::{Connection, Response, call, post, respond},
};

pub(crate) const ANSWER: &str = "<?xml version='1.0'?>\n<methodResponse><params><param><value><string>é</string></value>\
                      </param></params></methodResponse>";

/// An answer as Python's server writes it, with headers that it never writes.
pub(crate) fn answer(more: &str) -> Vec<u8> {
    let length = ANSWER.len();
    format!(
        "HTTP/1.1 200 OK\r\nServer: BaseHTTP/0.6 Python/3.11.2\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n\
         X-oDd: a  b\r\nset-cookie: 1\r\nset-cookie: 2\r\n{more}Content-type: text/xml\r\n\
         Content-length: {length}\r\n\r\n{ANSWER}"
    )
    .into_bytes()
}

/// A binder that waits for servers and answers only for a short time.
pub(crate) fn binder(patience: Duration, timeout: Duration) -> InProcess {
    InProcess::binder_with(Settings {
        proxy: Some(ProxySettings {
            patience,
            timeout,
            ..ProxySettings::new(Ports::Free)
        }),
        ..Settings::default()
    })
}

pub(crate) const SHORT: Duration = Duration::from_millis(600);

pub(crate) fn register(binder: &str, name: &str, address: &str, port: u16) {
    let parameters = [json!(name), json!(address), json!(port)];
    let answer = Caller::rust(binder).call("register_procedure", &parameters);
    assert!(matches!(answer, Seen::Value(_)), "{answer:?}");
}

pub(crate) fn look_up(binder: &str, name: &str) -> String {
    let found = Caller::rust(binder).answer("lookup_procedure", &[name]);
    format!("{}:{}", found[0].as_str().unwrap(), found[1])
}

/// The port at which `binder` passes calls on to the server.
pub(crate) fn through(binder: &InProcess, server: &RawServer) -> String {
    register(&binder.address, "echo", "127.0.0.1", server.port());
    let through = look_up(&binder.address, "echo");
    assert_ne!(through, server.address);
    through
}

/// Makes a call of a method that no server needs to know.
pub(crate) fn call_at(address: &str) -> Response {
    respond(address, post(call("m", &[])))
}

#[test]
fn a_call_and_its_answer_are_passed_on_unchanged_to_the_byte() {
    let server = RawServer::start(Reply::Bytes(answer("")));
    let binder = binder(SHORT, SHORT);
    let through = through(&binder, &server);
    let body = "<?xml version=\"1.0\"?>\r\n<methodCall >  <methodName>é&#x20;nope</methodName></methodCall>\n\n";
    let request = |host: &str, hop: &str| {
        let length = body.len();
        format!(
            "POST /RPC2?x=%20y HTTP/1.1\r\nHost: {host}\r\n{hop}Accept-Encoding: gzip\r\n\
             CONTENT-TYPE: text/xml\r\nx-Two: 1\r\nX-TWO: 2\r\nUser-Agent: Python-xmlrpc/3.11\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let mut connection = Connection::open(&through);
    for hop in [
        "",
        "Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nTE: trailers\r\n",
    ] {
        let response = connection.ask(request(&through, hop));
        assert_eq!(response.text(), ANSWER);
    }
    // The server cannot tell a passed on call from one that came from the client itself.
    let expected = request(&server.address, "");
    for seen in server.requests() {
        assert_eq!(String::from_utf8_lossy(&seen), expected);
    }
    assert_eq!(server.requests().len(), 2);
    drop(connection);

    // The answer, byte by byte; only the header that ends this connection is the hop's own.
    let mut connection = Connection::open(&through);
    connection.send(request(&through, "Connection: close\r\n"));
    let got = String::from_utf8(connection.read_to_end()).unwrap();
    let own = got
        .replace("connection: close\r\n", "")
        .replace("Connection: close\r\n", "");
    assert_eq!(own, String::from_utf8(answer("")).unwrap());
}

#[test]
fn packed_and_chunked_bodies_and_other_statuses_are_passed_on_as_they_are() {
    let odd = "HTTP/1.1 418 Bule\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\
               Content-Length: 3\r\n\r\n\x1f\x00x";
    let server = RawServer::start(Reply::Bytes(odd.as_bytes().to_vec()));
    let binder = binder(SHORT, SHORT);
    let through = through(&binder, &server);
    let chunked = "POST /RPC2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\
                   Expect: 100-continue\r\n\r\n3\r\n\x01\x02\x03\r\n1\r\n!\r\n0\r\n\r\n";
    let mut connection = Connection::open(&through);
    let mut response = connection.ask(chunked);
    if response.status == 100 {
        response = connection.response();
    }
    assert_eq!(response.status, 418);
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert_eq!(response.body, b"\x1f\x00x");
    let [seen] = &server.requests()[..] else {
        panic!("one request");
    };
    let seen = String::from_utf8_lossy(seen);
    assert!(seen.ends_with("\r\n\r\n\x01\x02\x03!"), "{seen:?}");
    assert!(!seen.to_lowercase().contains("expect"), "{seen:?}");

    // An answer without a length ends with its connection, as Python's HTTP/1.0 may have it.
    let bare = format!("HTTP/1.0 200 OK\r\nContent-type: text/xml\r\n\r\n{ANSWER}");
    let server = RawServer::start(Reply::BytesAndClose(bare.into_bytes()));
    let through = self::through(&binder, &server);
    let mut connection = Connection::open(&through);
    for _ in 0..2 {
        assert_eq!(connection.ask(post(call("m", &[]))).text(), ANSWER);
    }
}

#[test]
fn only_calls_are_passed_on() {
    let server = RawServer::start(Reply::Bytes(answer("")));
    let binder = binder(SHORT, SHORT);
    let through = through(&binder, &server);
    let with_body =
        |start: &str| format!("{start} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}");
    for (request, status) in [
        (with_body("GET /RPC2"), 405),
        (with_body("GET /"), 405),
        (with_body("GET /board/events"), 404),
        (with_body("POST /board/lab"), 404),
        (with_body("POST /RPC2/"), 404),
        (
            with_body("POST /RPC2").replace("Host: x", "Host: x\r\nOrigin: http://evil.example"),
            403,
        ),
    ] {
        assert_eq!(respond(&through, &request).status, status, "{request}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_call_that_may_have_arrived_is_not_sent_again() {
    let binder = binder(SHORT, SHORT);
    // The server closes the connection: so does the proxy, and the client decides.
    let closing = RawServer::start(Reply::BytesAndClose(Vec::new()));
    let at = through(&binder, &closing);
    let mut connection = Connection::open(&at);
    connection.send(post(call("m", &[])));
    assert_eq!(connection.read_to_end(), b"");
    assert_eq!(closing.requests().len(), 1);
    // Python's client makes such a call once more by itself, with a proxy or without.
    let seen = Caller::python(&at).call("m", &[]);
    assert!(
        matches!(&seen, Seen::Nothing(text) if text.contains("RemoteDisconnected")),
        "{seen:?}"
    );
    assert_eq!(closing.requests().len(), 3);

    // Half of an answer is none, and Python's client does not repeat the call.
    let whole = answer("");
    for cut in [5, 60, whole.len() - 1] {
        let half = RawServer::start(Reply::BytesAndClose(whole[..cut].to_vec()));
        let at = through(&binder, &half);
        assert_eq!(call_at(&at).status, 502, "{cut}");
        let seen = Caller::python(&at).call("m", &[]);
        assert!(
            matches!(&seen, Seen::Nothing(text) if text.contains("502")),
            "{seen:?}"
        );
        assert_eq!(half.requests().len(), 2, "{cut}");
    }

    // What is no HTTP.
    let odd = RawServer::start(Reply::BytesAndClose(b"220 ftp\r\n\r\n".to_vec()));
    assert_eq!(call_at(&through(&binder, &odd)).status, 502);
    assert_eq!(odd.requests().len(), 1);
    let odd = RawServer::start(Reply::Silence);
    let began = Instant::now();
    let response = call_at(&through(&binder, &odd));
    assert_eq!(response.status, 504);
    assert!(began.elapsed() >= SHORT);
    assert_eq!(odd.requests().len(), 1);
}

#[test]
fn what_one_peer_may_take_is_bounded_as_everywhere() {
    // All large answers are to be there at the same time.
    let binder = binder(SHORT, Duration::from_secs(60));
    let large = "x".repeat(4 << 20);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", large.len());
    let server = RawServer::start(Reply::Bytes((head + &large).into_bytes()));
    let through = through(&binder, &server);
    // A body beyond the limit does not reach the server.
    let response = respond(&through, post("x".repeat((1 << 20) + 1)));
    assert_eq!(response.fault().code(), fault::TRANSPORT);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(call_at(&through).body.len(), large.len());
    // Answers that are not read share the memory for answers: one address has half of 256 MiB.
    let mut unread: Vec<Connection> = (0..60).map(|_| Connection::open(&through)).collect();
    for connection in &mut unread {
        connection.send(post(call("m", &[])));
    }
    let statuses: Vec<Response> = unread.iter_mut().rev().map(Connection::response).collect();
    let refused = statuses
        .iter()
        .filter(|response| response.body.len() < 1_000)
        .count();
    assert!((20..=45).contains(&refused), "{refused} of 60 are refused");
    assert_eq!(
        statuses
            .iter()
            .filter(|response| response.status != 200)
            .count(),
        0
    );
}

#[test]
fn a_client_that_hangs_up_frees_the_server() {
    let binder = binder(SHORT, Duration::from_secs(60));
    let chat = Server::our_chat(&["--binder", &binder.address, "--takeover-after", "2s"]);
    let through = eventually("it is registered", || {
        let found = Caller::rust(&binder.address).call("lookup_procedure", &[json!("create_room")]);
        match found {
            Seen::Value(Json::Array(found)) => Some(format!("{}:{}", found[0].as_str()?, found[1])),
            _ => None,
        }
    });
    let mut ana = Connection::open(&through);
    for request in [
        call("register_user", &["ana"]),
        call("create_room", &["geral"]),
        call("join_room", &["ana", "geral"]),
    ] {
        ana.ask(post(request));
    }
    let mut other = chat.caller();
    // The name belongs to ana while the connection is open, and can be had when it is closed.
    std::thread::sleep(Duration::from_millis(2_500));
    let taken = other.call("register_user", &[json!("ana")]);
    assert!(matches!(taken, Seen::Fault(..)), "{taken:?}");
    drop(ana);
    eventually("the name is free", || {
        let seen = other.call("register_user", &[json!("ana")]);
        matches!(seen, Seen::Value(_)).then_some(())
    });
}
