//! An attacker guesses a password while its owner logs in.

use std::net::Ipv4Addr;

use dxr::{Fault, Value};

use support::{
    Server, eventually,
    wire::{Connection, call, post},
};

const OWNER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const GUESSER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// A login that was sent and is not answered yet.
fn attempt(from: Ipv4Addr, address: &str, password: &str) -> Connection {
    let mut connection = Connection::open_from(from, address);
    connection.send(post(call("login_user", &["ana", password])));
    connection
}

fn log_in(from: Ipv4Addr, address: &str, password: &str) -> Result<Value, Fault> {
    attempt(from, address, password).response().answer()
}

fn is_slowed_down(answer: &Result<Value, Fault>) -> bool {
    let slower = "Muitas tentativas com senha errada. Tente de novo em ";
    matches!(answer, Err(fault) if fault.code() == 1 && fault.string().starts_with(slower))
}

#[test]
fn guessing_gets_slower_and_does_not_keep_the_owner_out() {
    let server = Server::unregistered_chat(&[]);
    let address = server.accounts.as_ref().unwrap();
    assert_eq!(log_in(OWNER, address, "senha"), Ok(Value::Boolean(true)));

    let _guesses: Vec<Connection> = (0..8)
        .map(|number| attempt(GUESSER, address, &number.to_string()))
        .collect();
    eventually("the guesser is told to wait", || {
        is_slowed_down(&log_in(GUESSER, address, "outra")).then_some(())
    });
    // More addresses do not make guessing faster, not even with the right password.
    let elsewhere = log_in(STRANGER, address, "senha");
    assert!(is_slowed_down(&elsewhere), "{elsewhere:?}");
    assert_eq!(log_in(OWNER, address, "senha"), Ok(Value::Boolean(true)));
}
