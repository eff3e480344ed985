//! A call through a proxy that the server has not answered yet.

use std::io::Read as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use binder::proxy::Ports;
use binder::{ProxySettings, Settings};
use serde_json::json;

use support::{
    Caller, DEADLINE, InProcess, Seen,
    wire::{Connection, call, post},
};

#[test]
fn a_call_whose_client_hangs_up_is_given_up() {
    let binder = InProcess::binder_with(Settings {
        proxy: Some(ProxySettings::new(Ports::Free)),
        ..Settings::default()
    });
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let mut caller = Caller::rust(&binder.address);
    let parameters = [json!("wait"), json!("127.0.0.1"), json!(port)];
    let registered = caller.call("register_procedure", &parameters);
    assert!(matches!(registered, Seen::Value(_)), "{registered:?}");
    let found = caller.answer("lookup_procedure", &["wait"]);
    let through = format!("{}:{}", found[0].as_str().unwrap(), found[1]);

    let mut client = Connection::open(&through);
    client.send(post(call("wait", &[])));
    let (mut connection, _) = server.accept().unwrap();
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"</methodCall>\n") && !request.ends_with(b"</methodCall>") {
        let mut piece = [0; 1 << 10];
        let length = connection.read(&mut piece).unwrap();
        assert_ne!(length, 0, "the request arrives");
        request.extend_from_slice(&piece[..length]);
    }
    // As long as the client waits, so does the proxy.
    let waits = Duration::from_millis(3_500);
    connection.set_read_timeout(Some(waits)).unwrap();
    assert!(connection.read(&mut [0]).is_err(), "the connection is open");

    let gone = Instant::now();
    drop(client);
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    assert_eq!(connection.read(&mut [0]).unwrap(), 0, "it is closed");
    // Long before a call times out, and not at once: a client may have closed its sending side alone.
    let took = gone.elapsed();
    let expected = Duration::from_millis(1_500)..Duration::from_secs(10);
    assert!(expected.contains(&took), "{took:?}");
}
