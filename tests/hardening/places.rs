//! One address asks for all places: of connections, users, rooms, names in the binder. Half of them stay for others.

use std::net::Ipv4Addr;

use binder::proxy::Ports;
use binder::{ProxySettings, Settings};
use dxr::Fault;
use rpc::Limits;

use crate::proxy;
use support::{
    InProcess, Server, eventually,
    raw_server::{RawServer, Reply},
    wire::{Client, Connection, call, post},
};

const GREEDY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// As many as there are places in these tests; half of them are for one address.
const PLACES: usize = 20;

fn chat(flags: &[&str]) -> Server {
    let places = PLACES.to_string();
    let limits = ["--max-users", &places, "--max-rooms", &places];
    Server::unregistered_chat(&[&limits, flags].concat())
}

/// How many of so many calls succeed, each with another name; and the last refusal.
fn successes(client: &mut Client, method: &str, who: &str) -> (usize, Option<Fault>) {
    let mut last = None;
    let names = (0..2 * PLACES).map(|number| format!("{who}-{number}"));
    let done = names.filter(|name| match client.call(method, &[name]) {
        Ok(_) => true,
        Err(fault) => {
            last = Some(fault);
            false
        }
    });
    (done.count(), last)
}

#[test]
fn half_of_the_users_and_rooms_stay_for_other_addresses() {
    let chat = chat(&[]);
    let mut greedy = Client::open_from(GREEDY, &chat.address);
    let mut other = Client::open_from(OTHER, &chat.address);
    for method in ["register_user", "create_room"] {
        let (done, refused) = successes(&mut greedy, method, "greedy");
        assert_eq!(done, PLACES / 2, "{method}");
        let refused = refused.unwrap();
        assert!(
            refused.string().contains("--per-address off"),
            "{refused:?}"
        );
        assert_eq!(successes(&mut other, method, "other").0, PLACES / 2);
    }
    // On the other port it is the same address.
    let mut greedy = Client::open_from(GREEDY, chat.accounts.as_ref().unwrap());
    assert!(greedy.call("register_user", &["ana", "senha"]).is_err());
    assert!(greedy.call("create_room", &["geral"]).is_err());
}

#[test]
fn all_places_are_for_one_address_where_addresses_do_not_count() {
    let chat = chat(&["--per-address", "off"]);
    let mut client = Client::open_from(GREEDY, &chat.address);
    for method in ["register_user", "create_room"] {
        assert_eq!(successes(&mut client, method, "class").0, PLACES);
    }
}

#[test]
fn guests_who_never_polled_and_hung_up_give_their_places_back() {
    let chat = chat(&["--takeover-after", "3s"]);
    let mut greedy = Client::open_from(GREEDY, &chat.address);
    successes(&mut greedy, "register_user", "greedy");
    let mut next = Client::open_from(GREEDY, &chat.address);
    assert!(next.call("register_user", &["ana"]).is_err());
    drop(greedy);
    support::eventually("a place is given back", || {
        next.call("register_user", &["ana"]).ok()
    });
    // The last that came stays.
    assert!(next.call("register_user", &["ana"]).is_err());
}

#[test]
fn half_of_the_names_of_a_binder_stay_for_other_addresses() {
    let places = PLACES.to_string();
    let binder = Server::our_binder(&["--max-names", &places]);
    let register = |from, who: &str| {
        let mut client = Client::open_from(from, &binder.address);
        let names = (0..2 * PLACES).map(|number| format!("{who}-{number}"));
        let registered = names.filter(|name| client.register(name, 9000).is_ok());
        registered.count()
    };
    assert_eq!(register(GREEDY, "greedy"), PLACES / 2);
    assert_eq!(register(OTHER, "other"), PLACES / 2);
    let all = Server::our_binder(&["--max-names", &places, "--per-address", "off"]);
    let mut client = Client::open(&all.address);
    let registered = (0..2 * PLACES).filter(|name| client.register(&name.to_string(), 1).is_ok());
    assert_eq!(registered.count(), PLACES);
}

/// How many of so many connections are answered, which stay open; the others are turned away.
fn answered(from: Ipv4Addr, address: &str) -> Vec<Connection> {
    let connections = (0..PLACES).map(|_| Connection::open_from(from, address));
    // All are there before the first one is answered.
    let all: Vec<Connection> = connections.collect();
    all.into_iter()
        .filter_map(|mut connection| {
            let response = connection.ask(post(call("list_rooms", &[])));
            if response.status == 200 {
                return Some(connection);
            }
            assert_eq!(response.status, 503);
            let text = response.text();
            assert!(text.contains("--per-address off"), "{text}");
            None
        })
        .collect()
}

#[test]
fn half_of_the_connections_stay_for_other_addresses() {
    let places = PLACES.to_string();
    let chat = chat(&["--max-connections", &places]);
    let binder = Server::our_binder(&["--max-connections", &places]);
    let accounts = chat.accounts.as_ref().unwrap();
    for address in [&chat.address, accounts, &binder.address] {
        let mut greedy = answered(GREEDY, address);
        assert_eq!(greedy.len(), PLACES / 2);
        let mut other: Vec<Connection> = (0..PLACES / 2)
            .map(|_| Connection::open_from(OTHER, address))
            .collect();
        for connection in &mut other {
            assert!(
                connection
                    .ask(post(call("system.listMethods", &[])))
                    .answer()
                    .is_ok()
            );
        }
        // A place that is given back is free for the next connection.
        greedy.pop();
        eventually("a place is free again", || {
            let mut next = Connection::open_from(GREEDY, address);
            (next.ask(post(call("system.listMethods", &[]))).status == 200).then_some(())
        });
    }
    let all = Server::our_binder(&["--max-connections", &places, "--per-address", "off"]);
    let mut connections: Vec<Connection> = (0..PLACES)
        .map(|_| Connection::open(&all.address))
        .collect();
    for connection in &mut connections {
        assert!(
            connection
                .ask(post(call("system.listMethods", &[])))
                .answer()
                .is_ok()
        );
    }
}

#[test]
fn a_proxy_gives_one_address_half_of_what_it_has_itself_at_the_servers() {
    let binder = InProcess::binder_with(Settings {
        limits: Limits {
            connections: PLACES,
            per_address: true,
            ..Limits::default()
        },
        proxy: Some(ProxySettings::new(Ports::Free)),
        ..Settings::default()
    });
    let server = RawServer::start(Reply::Bytes(proxy::answer("")));
    let through = proxy::through(&binder, &server);
    let greedy = answered(GREEDY, &through);
    assert_eq!(greedy.len(), PLACES / 4);
    let other = answered(OTHER, &through);
    assert_eq!(other.len(), PLACES / 4);
}
