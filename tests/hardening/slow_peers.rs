//! Peers that are slow, silent or gone, with limits short enough to wait for.

use std::time::{Duration, Instant};

use dxr::Value;
use protocol::fault;
use protocol::procedure::{Procedure, Type};
use rpc::{Answer, Limits, Methods};

use support::{
    InProcess,
    in_process::{ECHO, PING, pong},
    wire::{Connection, ask, call, head, post},
};

const REQUEST: Duration = Duration::from_millis(600);
const IDLE: Duration = Duration::from_millis(1_500);

/// What a busy machine may add to a limit.
const LATE: Duration = Duration::from_secs(5);

/// A procedure that takes longer than both limits.
const SLOW: Procedure = Procedure {
    name: "slow",
    parameters: &[],
    answers: &[Type::String],
    changes_nothing: false,
    help: "Answers after a while.",
};

fn server(connections: usize) -> InProcess {
    let methods = Methods::new()
        .immediate(&PING, |_| Ok(Answer::text("pong")))
        .immediate(&ECHO, |arguments| {
            Ok(Answer::text(arguments.text(0)?.repeat(100)))
        })
        .waiting(&SLOW, |_| {
            Box::pin(async {
                tokio::time::sleep(2 * IDLE).await;
                Ok(Answer::text("done"))
            })
        });
    let limits = Limits {
        request: REQUEST,
        idle: IDLE,
        connections,
        ..Limits::default()
    };
    InProcess::serving(methods, limits)
}

/// Closed after the limit, and not much before it: half is enough to distinguish two limits.
#[track_caller]
fn closes_after(connection: &mut Connection, began: Instant, limit: Duration) {
    connection.closes_within(limit + LATE);
    let took = began.elapsed();
    assert!(took > limit * 8 / 10, "after {took:?} instead of {limit:?}");
}

#[test]
fn a_header_must_come_in_time_however_many_bytes_have_come() {
    let server = server(100);
    let began = Instant::now();
    let mut silent = Connection::open(&server.address);
    let mut stuck = Connection::open(&server.address);
    stuck.send("POST /RPC2 HTTP/1.1\r\nHost: ");
    let mut trickling = Connection::open(&server.address);
    trickling.send("POST /RPC2 HTTP/1.1\r\nX-Long: ");
    // The header never ends: what ends this is the limit of the header and no other.
    while trickling.is_quiet_for(Duration::from_millis(40)) && began.elapsed() < LATE {
        trickling.send("x");
    }
    assert!(began.elapsed() > REQUEST * 8 / 10 && began.elapsed() < LATE);
    closes_after(&mut silent, began, REQUEST);
    closes_after(&mut stuck, began, REQUEST);
}

#[test]
fn the_header_of_a_later_call_must_come_in_time_as_well() {
    let server = server(100);
    let mut connection = Connection::open(&server.address);
    assert_eq!(connection.ask(post(call("ping", &[]))).answer(), Ok(pong()));
    let began = Instant::now();
    connection.send("POST /RPC2");
    connection.closes_within(REQUEST + LATE);
    let took = began.elapsed();
    assert!(took > REQUEST * 8 / 10, "{took:?}");
}

#[test]
fn a_body_must_come_in_time_and_is_refused_with_the_limit() {
    let server = server(100);
    for request in [
        format!("{}<methodCall>", head(&[("Content-Length", "500")])),
        format!(
            "{}5\r\n<meth\r\n",
            head(&[("Transfer-Encoding", "chunked")])
        ),
        head(&[("Content-Length", "500"), ("Expect", "100-continue")]),
    ] {
        let mut connection = Connection::open(&server.address);
        let began = Instant::now();
        let mut response = connection.ask(&request);
        if response.status == 100 {
            response = connection.response();
        }
        assert!(began.elapsed() > REQUEST * 8 / 10);
        let refusal = response.fault();
        assert_eq!(refusal.code(), fault::TRANSPORT);
        assert_eq!(refusal.string(), "the body did not arrive within 600ms");
        connection.closes_within(LATE);
    }
}

#[test]
fn a_connection_may_rest_between_calls_but_not_for_ever() {
    let server = server(100);
    let mut connection = Connection::open(&server.address);
    for _ in 0..2 {
        assert_eq!(connection.ask(post(call("ping", &[]))).answer(), Ok(pong()));
        // Longer than a header may take.
        assert!(
            connection.is_quiet_for(REQUEST + REQUEST / 2),
            "closed too early"
        );
    }
    assert_eq!(connection.ask(post(call("ping", &[]))).answer(), Ok(pong()));
    let began = Instant::now();
    closes_after(&mut connection, began, IDLE);
}

#[test]
fn a_call_that_was_read_is_answered_however_long_it_takes() {
    let server = server(100);
    let mut connection = Connection::open(&server.address);
    connection.send(post(call("slow", &[])));
    let done = Value::String("done".to_owned());
    assert_eq!(connection.response().answer(), Ok(done.clone()));
    assert_eq!(connection.ask(post(call("ping", &[]))).answer(), Ok(pong()));
    // Also on a half-closed connection.
    connection.send(post(call("slow", &[])));
    connection.end_sending();
    assert_eq!(connection.response().answer(), Ok(done));
}

#[test]
fn who_does_not_read_its_answers_does_not_keep_its_place() {
    let server = server(1);
    let mut deaf = Connection::open(&server.address);
    // A hundred mebibytes of answers: more than the system keeps for it.
    deaf.send(post(call("echo", &[&"x".repeat(1 << 19)])));
    deaf.send(post(call("echo", &[&"x".repeat(1 << 19)])));
    let began = Instant::now();
    assert_eq!(ask(&server.address, call("ping", &[])), Ok(pong()));
    assert!(began.elapsed() > IDLE / 2, "the place was free before");
}

#[test]
fn when_all_places_are_taken_others_wait_for_one() {
    let server = server(2);
    let mut taken: Vec<Connection> = (0..2)
        .map(|_| {
            let mut connection = Connection::open(&server.address);
            connection.send(post(call("slow", &[])));
            connection
        })
        .collect();
    let mut waiting: Vec<Connection> = (0..3)
        .map(|_| {
            let mut connection = Connection::open(&server.address);
            connection.send(post(call("ping", &[])));
            connection
        })
        .collect();
    for connection in &mut waiting {
        assert!(
            connection.is_quiet_for(Duration::from_millis(200)),
            "served beside the limit"
        );
    }
    // One place is free: they are served one after the other.
    let mut first = taken.remove(0);
    first.response().answer().unwrap();
    drop(first);
    // Each of them closes after its answer, and makes room for the next in the system's queue.
    for mut connection in waiting {
        assert_eq!(connection.response().answer(), Ok(pong()));
    }
    taken.remove(0).response().answer().unwrap();
}
