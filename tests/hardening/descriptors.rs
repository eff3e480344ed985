//! A server with too few file descriptors, or places for connections.

use std::thread;
use std::time::Duration;

use dxr::Value;

use support::{
    Program, Server, binaries, eventually,
    wire::{Connection, ask, call, post, respond},
};

fn lookup() -> Vec<u8> {
    post(call("lookup_procedure", &["nobody"]))
}

#[test]
fn accepting_pauses_and_recovers_and_each_is_logged_once() {
    let binder = Server::our_binder_after("ulimit -n 64", &["--per-address", "off"]);
    let address = &binder.address;
    // What the flags promise cannot be had, and the start says what can.
    binder
        .program
        .wait_until_logged("connections=32 wanted=10000");
    let mut early = Connection::open(address);
    assert_eq!(early.ask(lookup()).answer(), Ok(Value::Nil));

    let crowd: Vec<Connection> = (0..100).map(|_| Connection::open(address)).collect();
    binder.program.wait_until_logged("all places are taken");
    // Open connections are served, and no loop spins meanwhile.
    let before = binder.program.cpu_time();
    thread::sleep(Duration::from_secs(1));
    let used = binder.program.cpu_time() - before;
    assert!(
        used < Duration::from_millis(300),
        "{used:?} of processor time in a second of waiting"
    );
    assert_eq!(early.ask(lookup()).answer(), Ok(Value::Nil));

    let mut late = Connection::open(address);
    late.send(lookup());
    assert!(
        late.is_quiet_for(Duration::from_millis(300)),
        "there is no place for it"
    );
    drop(crowd);
    assert_eq!(late.response().answer(), Ok(Value::Nil));
    eventually("new connections are served at once", || {
        respond(address, lookup()).answer().ok()
    });
    binder.program.wait_until_logged("there are places again");
    let log = binder.program.err();
    for text in ["all places are taken", "there are places again"] {
        assert_eq!(log.matches(text).count(), 1, "{log}");
    }
}

#[test]
fn the_soft_limit_is_raised_to_what_the_flags_promise() {
    let mut command = binaries::command("chat-server");
    command.args(["--listen", "127.0.0.1:0", "--binder", "127.0.0.1:1"]);
    command.args([
        "--accounts-listen",
        "127.0.0.1:0",
        "--max-connections",
        "500",
        "--per-address",
        "off",
        // Otherwise those that send nothing would soon make room.
        "--request-timeout",
        "1h",
    ]);
    let mut command = binaries::after("ulimit -Sn 128", command);
    let chat = Server::ready(Program::start("chat-server", &mut command));
    let crowd: Vec<Connection> = (0..300).map(|_| Connection::open(&chat.address)).collect();
    // Beyond the soft limit, and both ports go on, and so do accounts, which are written.
    let account = call("register_user", &["ana", "senha"]);
    let registered = ask(chat.accounts.as_ref().unwrap(), account);
    assert_eq!(registered, Ok(Value::Boolean(true)));
    assert!(ask(&chat.address, call("list_rooms", &[])).is_ok());
    drop(crowd);
    let log = chat.program.err();
    assert!(!log.contains("descriptors"), "{log}");
    assert!(!log.contains("places"), "{log}");
}
