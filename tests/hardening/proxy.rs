//! What `binder --proxy` does with servers that misbehave, with strangers, and with too much of everything.

use std::net::{IpAddr, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use binder::proxy::Ports;
use binder::{ProxySettings, Settings};
use protocol::fault;
use support::{
    Caller, InProcess, Seen, Server, binaries, eventually,
    kept_chat::free_address,
    raw_server::{RawServer, Reply},
    wire::{Connection, Response, call, post},
};

const ANSWER: &str = "<?xml version='1.0'?>\n<methodResponse><params><param><value><string>é</string></value>\
                      </param></params></methodResponse>";

/// An answer as Python's server writes it, with headers that it never writes.
fn answer(more: &str) -> Vec<u8> {
    let length = ANSWER.len();
    format!(
        "HTTP/1.1 200 OK\r\nServer: BaseHTTP/0.6 Python/3.11.2\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n\
         X-oDd: a  b\r\nset-cookie: 1\r\nset-cookie: 2\r\n{more}Content-type: text/xml\r\n\
         Content-length: {length}\r\n\r\n{ANSWER}"
    )
    .into_bytes()
}

/// A binder that waits for servers and answers only for a short time.
fn binder(patience: Duration, timeout: Duration) -> InProcess {
    InProcess::binder_with(Settings {
        proxy: Some(ProxySettings {
            patience,
            timeout,
            ..ProxySettings::new(Ports::Free)
        }),
        ..Settings::default()
    })
}

const SHORT: Duration = Duration::from_millis(600);

fn register(binder: &str, name: &str, address: &str, port: u16) {
    let parameters = [json!(name), json!(address), json!(port)];
    let answer = Caller::rust(binder).call("register_procedure", &parameters);
    assert!(matches!(answer, Seen::Value(_)), "{answer:?}");
}

fn look_up(binder: &str, name: &str) -> String {
    let found = Caller::rust(binder).answer("lookup_procedure", &[name]);
    format!("{}:{}", found[0].as_str().unwrap(), found[1])
}

/// The port at which `binder` passes calls on to the server.
fn through(binder: &InProcess, server: &RawServer) -> String {
    register(&binder.address, "echo", "127.0.0.1", server.port());
    let through = look_up(&binder.address, "echo");
    assert_ne!(through, server.address);
    through
}

fn respond(address: &str, request: impl AsRef<[u8]>) -> Response {
    let mut connection = Connection::open(address);
    connection.send(request);
    connection.response()
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
        connection.send(request(&through, hop));
        let response = connection.response();
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
    connection.send(chunked);
    let mut response = connection.response();
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
        connection.send(post(call("m", &[])));
        assert_eq!(connection.response().text(), ANSWER);
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
        assert_eq!(respond(&at, post(call("m", &[]))).status, 502, "{cut}");
        let seen = Caller::python(&at).call("m", &[]);
        assert!(
            matches!(&seen, Seen::Nothing(text) if text.contains("502")),
            "{seen:?}"
        );
        assert_eq!(half.requests().len(), 2, "{cut}");
    }

    // What is no HTTP.
    let odd = RawServer::start(Reply::BytesAndClose(b"220 ftp\r\n\r\n".to_vec()));
    assert_eq!(
        respond(&through(&binder, &odd), post(call("m", &[]))).status,
        502
    );
    assert_eq!(odd.requests().len(), 1);
    let odd = RawServer::start(Reply::Silence);
    let began = Instant::now();
    let response = respond(&through(&binder, &odd), post(call("m", &[])));
    assert_eq!(response.status, 504);
    assert!(began.elapsed() >= SHORT);
    assert_eq!(odd.requests().len(), 1);
}

#[test]
fn a_server_that_refuses_connections_is_waited_for_and_its_calls_are_made_once() {
    let binder = binder(Duration::from_secs(20), Duration::from_secs(30));
    let at = free_address();
    let port = at.rsplit(':').next().unwrap().parse().unwrap();
    register(&binder.address, "echo", "127.0.0.1", port);
    let through = look_up(&binder.address, "echo");
    let mut connection = Connection::open(&through);
    connection.send(post(call("m", &[])));
    assert!(
        connection.is_quiet_for(Duration::from_millis(500)),
        "it waits"
    );
    let server = RawServer::start_at(&at, Reply::Bytes(answer("")));
    assert_eq!(connection.response().text(), ANSWER);
    assert_eq!(server.requests().len(), 1);
    // Over the connection that is there, which the server closes with its port.
    drop(server);
    connection.send(post(call("m", &[])));
    assert!(
        connection.is_quiet_for(Duration::from_millis(300)),
        "it waits again"
    );
    let server = RawServer::start_at(&at, Reply::Bytes(answer("")));
    assert_eq!(connection.response().text(), ANSWER);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn after_its_time_a_call_that_could_not_be_delivered_says_so() {
    let binder = binder(SHORT, Duration::from_secs(30));
    let server = RawServer::start(Reply::Silence);
    let through = through(&binder, &server);
    drop(server);
    let response = respond(&through, post(call("m", &[])));
    assert_eq!(response.status, 503);
    assert!(
        response.text().contains("Connection refused"),
        "{}",
        response.text()
    );
}

fn lease(binder: &str, server: &RawServer, group: &str) {
    let parameters = [
        json!(["echo"]),
        json!("127.0.0.1"),
        json!(server.port()),
        json!(60),
        json!(group),
    ];
    let answer = Caller::rust(binder).call("register_lease", &parameters);
    assert_eq!(answer, Seen::Value(json!([])), "it holds the name");
}

#[test]
fn the_next_server_of_the_chat_takes_the_calls_of_one_that_is_gone() {
    let binder = binder(SHORT, SHORT);
    let servers = [0, 1, 2].map(|_| RawServer::start(Reply::Bytes(answer(""))));
    for server in &servers {
        lease(&binder.address, server, "4f2a");
    }
    let mut client = Connection::open(&look_up(&binder.address, "echo"));
    client.send(post(call("m", &[])));
    client.response();
    let [first] = servers
        .iter()
        .enumerate()
        .filter(|(_, server)| !server.requests().is_empty())
        .map(|(index, _)| index)
        .collect::<Vec<_>>()[..]
    else {
        panic!("one server has the call");
    };
    let mut servers = Vec::from(servers);
    let gone = servers.remove(first);
    let address = gone.address.clone();
    drop(gone);
    client.send(post(call("m", &[])));
    assert_eq!(client.response().text(), ANSWER);
    let calls = |servers: &[RawServer]| -> usize {
        servers.iter().map(|server| server.requests().len()).sum()
    };
    assert_eq!(calls(&servers), 1);

    // The client's next call goes to its own server when that is back, although the other keeps its connections.
    let back = RawServer::start_at(&address, Reply::Bytes(answer("")));
    client.send(post(call("m", &[])));
    assert_eq!(client.response().text(), ANSWER);
    assert_eq!((calls(&servers), back.requests().len()), (1, 1));
}

#[test]
fn a_server_that_is_not_registered_is_not_called() {
    let binder = binder(SHORT, SHORT);
    let server = RawServer::start(Reply::Bytes(answer("")));
    let through = through(&binder, &server);
    assert_eq!(respond(&through, post(call("m", &[]))).status, 200);
    let parameters = [json!("echo"), json!("127.0.0.1"), json!(server.port())];
    let gone = Caller::rust(&binder.address).call("unregister_procedure", &parameters);
    assert_eq!(gone, Seen::Value(json!(true)));
    let response = respond(&through, post(call("m", &[])));
    assert_eq!(response.status, 503);
    assert!(
        response.text().contains("not registered"),
        "{}",
        response.text()
    );
    assert_eq!(server.requests().len(), 1);
    // It is called again when it is back.
    register(&binder.address, "echo", "127.0.0.1", server.port());
    assert_eq!(respond(&through, post(call("m", &[]))).status, 200);
}

/// An address of this machine in the network, if it has one.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    // Nothing is sent: the system only chooses the address.
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().unwrap().ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

#[test]
fn from_the_network_only_the_machine_that_registers_is_called() {
    let Some(own) = own_address() else {
        // The rule itself is tested beside it; here the addresses of real connections are.
        println!("this machine has no address in a network");
        return;
    };
    let flags = ["--listen", "0.0.0.0:0", "--proxy"];
    let binder = Server::ready(binaries::start("binder", &flags));
    let in_network = format!("{own}:{}", binder.port());
    let here = RawServer::start(Reply::Bytes(answer("")));
    for (name, address, is_passed_on) in [
        ("own", own.to_string(), true),
        // This means the machine that says so, and not that of the binder.
        ("localhost", "localhost".to_owned(), true),
        ("loopback", "127.0.0.1".to_owned(), true),
        ("other", "192.0.2.7".to_owned(), false),
        ("metadata", "169.254.169.254".to_owned(), false),
    ] {
        register(&in_network, name, &address, here.port());
        let found = look_up(&in_network, name);
        let own_port = found != format!("{address}:{}", here.port());
        assert_eq!(own_port, is_passed_on, "{name}: {found}");
        if name == "localhost" {
            // Nothing listens at the address in the network, and the binder's own loopback is not called.
            let mut connection = Connection::open(&found);
            connection.send(post(call("m", &[])));
            assert!(connection.is_quiet_for(Duration::from_millis(300)));
        }
    }
    assert_eq!(here.requests().len(), 0);
    let told = binder.program.err();
    assert!(told.contains("not the machine that it names"), "{told}");
}

#[test]
fn the_binders_own_ports_are_not_called() {
    let binder = binder(SHORT, SHORT);
    let server = RawServer::start(Reply::Bytes(answer("")));
    let through = through(&binder, &server);
    for own in [&binder.address, &through] {
        let port = own.rsplit(':').next().unwrap().parse().unwrap();
        register(&binder.address, "loop", "localhost", port);
        assert_eq!(
            look_up(&binder.address, "loop"),
            format!("localhost:{port}")
        );
    }

    // Nor does a call go round when its server is gone and the name is registered at the proxy's port.
    drop(server);
    let port = through.rsplit(':').next().unwrap().parse().unwrap();
    register(&binder.address, "echo", "127.0.0.1", port);
    let response = respond(&through, post(call("m", &[])));
    assert_eq!(response.status, 503);
    let reason = response.text();
    assert!(reason.contains("is a port of this binder"), "{reason}");
}

#[test]
fn there_are_so_many_ports_and_no_more() {
    let first: u16 = free_address().rsplit(':').next().unwrap().parse().unwrap();
    let ports = format!("{first}-{}", first + 1);
    let binder = Server::our_binder(&["--proxy", "--proxy-ports", &ports]);
    let servers = [0, 1, 2].map(|_| RawServer::start(Reply::Bytes(answer(""))));
    let places: Vec<String> = servers
        .iter()
        .enumerate()
        .map(|(number, server)| {
            let name = format!("service {number}");
            register(&binder.address, &name, "127.0.0.1", server.port());
            look_up(&binder.address, &name)
        })
        .collect();
    let is_own = |place: &String| {
        let port: u16 = place.rsplit(':').next().unwrap().parse().unwrap();
        (first..=first + 1).contains(&port)
    };
    let own = places.iter().filter(|place| is_own(place)).count();
    // Something else may have taken the second port meanwhile.
    assert!((1..=2).contains(&own), "{places:?}");
    assert_eq!(places[2], servers[2].address, "clients call it themselves");
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
    assert_eq!(
        respond(&through, post(call("m", &[]))).body.len(),
        large.len()
    );
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
        ana.send(post(request));
        ana.response();
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
