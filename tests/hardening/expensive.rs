//! Bodies within the limit of size that are made to cost much: in time, in memory, in stack.

mod body;

use std::thread;
use std::time::{Duration, Instant};

use dxr::{Fault, Value};
use protocol::fault;
use rpc::Limits;

use body::{MEBIBYTE, bodies, only_parameter};
use support::{
    InProcess, Server,
    in_process::pong,
    wire::{Connection, ask, call, post},
};

/// Some thirty times what the slowest of them takes in a build without optimization, and a tenth of
/// what one takes that is not bounded.
const AMPLE: Duration = Duration::from_secs(5);

#[test]
fn no_body_keeps_the_server_busy_for_long() {
    let (server, _) = InProcess::counting(Limits::default());
    for (name, body, code) in bodies() {
        assert!(body.len() <= MEBIBYTE, "{name}: {}", body.len());
        let began = Instant::now();
        let answer = ask(&server.address, &body);
        let took = began.elapsed();
        assert!(took < AMPLE, "{name}: {took:?}");
        let came = answer.as_ref().err().map_or(0, Fault::code);
        assert_eq!(came, code, "{name}: {}", short(&answer));
        if let Err(fault) = &answer {
            assert!(fault.string().len() < 400, "{name}: {}", fault.string());
        }
    }
    assert_eq!(ask(&server.address, call("ping", &[])), Ok(pong()));
}

fn short(answer: &Result<Value, Fault>) -> String {
    format!("{answer:?}").chars().take(300).collect()
}

/// A call with so many values inside each other.
fn nested(depth: usize) -> String {
    only_parameter(&format!(
        "{}<value/>{}",
        "<value><array><data>".repeat(depth - 1),
        "</data></array></value>".repeat(depth - 1)
    ))
}

#[test]
fn nesting_is_found_too_deep_at_its_first_hundred_elements() {
    let limits = Limits {
        body: 4 << 20,
        ..Limits::default()
    };
    let (server, _) = InProcess::counting(limits);
    // `ping` takes no parameter, so what is read is refused for that.
    let refusal = ask(&server.address, nested(32)).unwrap_err();
    assert_eq!(refusal.code(), fault::INVALID_PARAMETERS);
    // 33 levels; a body of 2 MB of levels; and one of those that does not even end.
    for body in [
        nested(33),
        nested(46_000),
        "<value><array><data>".repeat(100_000),
    ] {
        let fastest = (0..5)
            .map(|_| {
                let mut connection = Connection::open(&server.address);
                let request = post(&body);
                connection.send(&request[..request.len() - 1]);
                let began = Instant::now();
                let refusal = connection.ask(&request[request.len() - 1..]).fault();
                let took = began.elapsed();
                assert_eq!(refusal.code(), fault::NOT_WELL_FORMED);
                assert_eq!(refusal.string(), "values are nested deeper than 32 levels");
                took
            })
            .min()
            .unwrap();
        assert!(
            fastest < Duration::from_millis(20),
            "{} bytes: {fastest:?}",
            body.len()
        );
    }
}

#[test]
fn many_of_them_at_once_take_little_memory() {
    let binder = Server::our_binder(&[]);
    let address = &binder.address;
    let bodies = bodies();
    thread::scope(|scope| {
        for part in bodies.chunks(4) {
            scope.spawn(move || {
                for (_, body, _) in part {
                    let _ = ask(address, body);
                }
            });
        }
    });
    let answer = ask(address, call("lookup_procedure", &["nobody"]));
    assert_eq!(answer, Ok(Value::Nil));
    // Nine at a time, each with its body, its tree of up to 16 MiB, its values and its answer.
    let peak = binder.program.peak_memory().unwrap();
    println!("peak: {peak} MiB");
    assert!(peak < 300, "{peak} MiB");
}

#[test]
fn what_is_nested_deep_can_be_shown_too() {
    // The wire log indents what it shows, a level deeper for each element.
    let binder = Server::our_binder(&["--wire"]);
    for (name, body, _) in bodies() {
        if name.starts_with("nested") {
            ask(&binder.address, &body).unwrap_err();
        }
    }
    ask(&binder.address, call("lookup_procedure", &["nobody"])).unwrap();
    binder.program.wait_until_logged("lookup_procedure");
}

#[test]
fn the_depth_is_a_flag_and_the_deepest_is_read_and_shown() {
    for depth in [5, 100] {
        let limit = depth.to_string();
        let binder = Server::our_binder(&["--wire", "--max-depth", &limit]);
        // Of a method that the binder has: of others it shows no lists, since they may hold a password.
        let nested = |depth| nested(depth).replace("ping", "lookup_procedure");
        // It is read, and refused for being a list.
        let refusal = ask(&binder.address, nested(depth)).unwrap_err();
        assert_eq!(refusal.code(), fault::INVALID_PARAMETERS, "{depth}");
        let refusal = ask(&binder.address, nested(depth + 1)).unwrap_err();
        assert_eq!(
            refusal.string(),
            format!("values are nested deeper than {depth} levels")
        );
        binder.program.wait_until_logged(&"  ".repeat(3 * depth));
    }
}
