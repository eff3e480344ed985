//! A server that the system gives no more file descriptors.

use std::thread;
use std::time::Duration;

use dxr::Value;

use support::{
    Server, eventually,
    wire::{Connection, call, post},
};

fn lookup() -> Vec<u8> {
    post(call("lookup_procedure", &["nobody"]))
}

#[test]
fn accepting_pauses_and_recovers() {
    let binder = Server::our_binder_after("ulimit -n 64", &[]);
    let address = &binder.address;
    let mut early = Connection::open(address);
    early.send(lookup());
    assert_eq!(early.response().answer(), Ok(Value::Nil));

    let crowd: Vec<Connection> = (0..100).map(|_| Connection::open(address)).collect();
    binder
        .program
        .wait_until_logged("cannot accept a connection");
    // Open connections are served, and no loop spins meanwhile.
    let before = binder.program.cpu_time();
    thread::sleep(Duration::from_secs(1));
    let used = binder.program.cpu_time() - before;
    assert!(
        used < Duration::from_millis(300),
        "{used:?} of processor time in a second of waiting"
    );
    early.send(lookup());
    assert_eq!(early.response().answer(), Ok(Value::Nil));

    let mut late = Connection::open(address);
    late.send(lookup());
    assert!(
        late.is_quiet_for(Duration::from_millis(300)),
        "there is no place for it"
    );
    drop(crowd);
    assert_eq!(late.response().answer(), Ok(Value::Nil));
    eventually("new connections are served at once", || {
        let mut connection = Connection::open(address);
        connection.send(lookup());
        connection.response().answer().ok()
    });
}
