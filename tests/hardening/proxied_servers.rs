//! Which server `binder --proxy` calls: the one that was looked up, if it is registered and may be called.

use std::net::{IpAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::json;

use binder::proxy::Ports;
use binder::{ProxySettings, Settings};
use protocol::binder::Endpoint;

use crate::proxy::{ANSWER, SHORT, answer, binder, call_at, look_up, register, through};
use support::{
    Caller, InProcess, Seen, Server, binaries, eventually,
    kept_chat::free_address,
    raw_server::{RawServer, Reply},
    server::port,
    wire::{Connection, call, post},
};

#[test]
fn a_server_that_refuses_connections_is_waited_for_and_its_calls_are_made_once() {
    let binder = binder(Duration::from_secs(20), Duration::from_secs(30));
    let at = free_address();
    register(&binder.address, "echo", "127.0.0.1", port(&at));
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
    let response = call_at(&through);
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
    client.ask(post(call("m", &[])));
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
    assert_eq!(client.ask(post(call("m", &[]))).text(), ANSWER);
    let calls = |servers: &[RawServer]| -> usize {
        servers.iter().map(|server| server.requests().len()).sum()
    };
    assert_eq!(calls(&servers), 1);

    // The client's next call goes to its own server when that is back, although the other keeps its connections.
    let back = RawServer::start_at(&address, Reply::Bytes(answer("")));
    assert_eq!(client.ask(post(call("m", &[]))).text(), ANSWER);
    assert_eq!((calls(&servers), back.requests().len()), (1, 1));
}

#[test]
fn a_server_that_is_not_registered_is_not_called() {
    let binder = binder(SHORT, SHORT);
    let server = RawServer::start(Reply::Bytes(answer("")));
    let through = through(&binder, &server);
    assert_eq!(call_at(&through).status, 200);
    let parameters = [json!("echo"), json!("127.0.0.1"), json!(server.port())];
    let gone = Caller::rust(&binder.address).call("unregister_procedure", &parameters);
    assert_eq!(gone, Seen::Value(json!(true)));
    let response = call_at(&through);
    assert_eq!(response.status, 503);
    assert!(
        response.text().contains("not registered"),
        "{}",
        response.text()
    );
    assert_eq!(server.requests().len(), 1);
    // It is called again when it is back.
    register(&binder.address, "echo", "127.0.0.1", server.port());
    assert_eq!(call_at(&through).status, 200);
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
        register(&binder.address, "loop", "localhost", port(own));
        let found = look_up(&binder.address, "loop");
        assert_eq!(found, format!("localhost:{}", port(own)));
    }

    // Nor does a call go round when its server is gone and the name is registered at the proxy's port.
    drop(server);
    register(&binder.address, "echo", "127.0.0.1", port(&through));
    let response = call_at(&through);
    assert_eq!(response.status, 503);
    let reason = response.text();
    assert!(reason.contains("is a port of this binder"), "{reason}");
}

#[test]
fn there_are_so_many_ports_and_no_more() {
    let first = port(&free_address());
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
    let is_own = |place: &String| (first..=first + 1).contains(&port(place));
    let own = places.iter().filter(|place| is_own(place)).count();
    // Something else may have taken the second port meanwhile.
    assert!((1..=2).contains(&own), "{places:?}");
    assert_eq!(places[2], servers[2].address, "clients call it themselves");
}

/// A proxy that forgets servers so soon after their last call.
fn forgetful(forgotten_after: Duration, ports: Ports, upstream: Vec<Endpoint>) -> InProcess {
    InProcess::binder_with(Settings {
        proxy: Some(ProxySettings {
            upstream,
            forgotten_after,
            idle_after: SHORT / 10,
            ..ProxySettings::new(ports)
        }),
        ..Settings::default()
    })
}

#[test]
fn a_replaced_server_keeps_its_port_while_it_is_called() {
    let [old, new] = [0, 1].map(|_| RawServer::start(Reply::Bytes(answer(""))));
    // A busy machine may stop this thread for a while between two calls.
    let forgotten_after = 4 * SHORT;
    let binder = forgetful(forgotten_after, Ports::Free, Vec::new());
    let through = through(&binder, &old);
    register(&binder.address, "echo", "127.0.0.1", new.port());

    let began = Instant::now();
    let mut connection = Connection::open(&through);
    while began.elapsed() < 2 * forgotten_after {
        assert_eq!(connection.ask(post(call("m", &[]))).text(), ANSWER);
        // A client that polls, much more often than it would be forgotten.
        std::thread::sleep(SHORT / 10);
    }
    eventually("the port of a server that is not called any more", || {
        TcpStream::connect(&through).err()
    });
}

#[test]
fn a_bridge_keeps_what_another_binder_has_named_until_its_port_is_needed() {
    let [first, second] = [0, 1].map(|_| RawServer::start(Reply::Bytes(answer(""))));
    let other = InProcess::binder();
    register(&other.address, "first", "127.0.0.1", first.port());
    register(&other.address, "second", "127.0.0.1", second.port());
    let only = port(&free_address());
    let upstream = vec![other.address.parse().unwrap()];
    let bridge = forgetful(SHORT, Ports::Range(only, only), upstream);
    let through = look_up(&bridge.address, "first");
    assert_eq!(port(&through), only);

    // Longer than what is not registered is kept: nothing else shows that this is over.
    std::thread::sleep(3 * SHORT);
    assert_eq!(call_at(&through).text(), ANSWER);
    eventually("the port is free for another server", || {
        (look_up(&bridge.address, "second") == through).then_some(())
    });
    let before = second.requests().len();
    assert_eq!(call_at(&through).text(), ANSWER);
    assert_eq!(second.requests().len(), before + 1);
}
