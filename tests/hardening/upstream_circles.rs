//! Binders that ask each other for names, with `--upstream`, in a circle.

use std::time::{Duration, Instant};

use serde_json::json;

use support::{
    Caller, Seen, Server, binaries,
    kept_chat::free_address,
    raw_server::{RawServer, Reply},
    wire::{Connection, call, post},
};

const CIRCLE: &str = "Os binders consultam uns aos outros em círculo. Corrija o --upstream.";

/// As many binders, each of which asks the next one, and the last one the first.
fn circle(count: usize) -> Vec<Server> {
    let addresses: Vec<String> = (0..count).map(|_| free_address()).collect();
    let next = addresses.iter().cycle().skip(1);
    addresses
        .iter()
        .zip(next)
        .map(|(address, next)| {
            let flags = ["--listen", address, "--upstream", next];
            Server::ready(binaries::start("binder", &flags))
        })
        .collect()
}

fn look_up(binder: &Server, name: &str) -> Seen {
    binder.caller().call("lookup_procedure", &[json!(name)])
}

#[test]
fn a_question_that_goes_round_ends_at_once_with_a_fault_that_says_so() {
    for count in [2, 3] {
        let binders = circle(count);
        for binder in &binders {
            let began = Instant::now();
            assert_eq!(
                look_up(binder, "nowhere"),
                Seen::Fault(1, CIRCLE.to_owned()),
                "{count} binders"
            );
            assert_eq!(binder.caller().answer("list_procedures", &[]), json!([]));
            // A binder is waited for for two seconds.
            let took = began.elapsed();
            assert!(took < Duration::from_millis(1_500), "{count}: {took:?}");
        }
        // Its own question comes back to the first binder once, those of the others pass it, and none goes on.
        let asked = binders[0].program.err();
        let said = asked.matches("ask each other").count();
        assert_eq!(said, count + 1, "{asked}");
    }
}

#[test]
fn what_one_binder_of_a_circle_has_is_found_by_all_of_them_and_called() {
    let binders = circle(3);
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let server = RawServer::start(Reply::Bytes(answer.as_bytes().to_vec()));
    let parameters = [json!("echo"), json!("127.0.0.1"), json!(server.port())];
    let registered = binders[0].caller().call("register_procedure", &parameters);
    assert!(matches!(registered, Seen::Value(_)), "{registered:?}");
    for (index, binder) in binders.iter().enumerate() {
        let found = Caller::rust(&binder.address).answer("lookup_procedure", &["echo"]);
        let at = format!("{}:{}", found[0].as_str().unwrap(), found[1]);
        let mut connection = Connection::open(&at);
        connection.send(post(call("m", &[])));
        assert_eq!(connection.response().text(), "ok", "binder {index}");
        assert_eq!(server.requests().len(), index + 1);
    }
}
