//! A crowd logs in under free names, each of which becomes an account, and the owner of an account wants in.

use std::net::Ipv4Addr;

use dxr::Value;

use support::{
    Server,
    wire::{Client, Connection, call, post},
};

const CROWD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// More than there are places for those who wait.
const LOGINS: usize = 400;

fn chat(flags: &[&str]) -> (Server, String) {
    let chat = Server::unregistered_chat(flags);
    let accounts = chat.accounts.clone().unwrap();
    (chat, accounts)
}

/// Logins under free names, sent and not answered yet.
fn crowd(from: Ipv4Addr, address: &str) -> Vec<Connection> {
    let log_in = |number: usize| {
        let mut connection = Connection::open_from(from, address);
        let name = format!("user-{number}");
        connection.send(post(call("login_user", &[&name, "senha"])));
        connection
    };
    (0..LOGINS).map(log_in).collect()
}

/// Without limits by address, as where a class is behind one.
#[test]
fn the_owner_of_an_account_gets_in_beside_a_crowd_of_new_ones() {
    let (_chat, address) = chat(&["--per-address", "off"]);
    let mut owner = Client::open(&address);
    owner.ask("register_user", &["ana", "senha"]);
    let crowd = crowd(CROWD, &address);
    for _ in 0..10 {
        assert_eq!(
            owner.call("login_user", &["ana", "senha"]),
            Ok(Value::Boolean(true))
        );
    }
    let answers = crowd.into_iter().map(|mut one| one.response().answer());
    let refused = answers.filter(|answer| answer.is_err()).count();
    assert!(refused > 0, "the crowd was too small to fill all places");
}

#[test]
fn an_address_creates_a_hundred_accounts_at_once_and_others_go_on() {
    let (_chat, address) = chat(&[]);
    let answers = crowd(CROWD, &address).into_iter();
    let answers: Vec<_> = answers.map(|mut one| one.response().answer()).collect();
    let created = answers.iter().filter(|answer| answer.is_ok()).count();
    // One more for each second that it took.
    assert!((100..200).contains(&created), "{created} accounts");
    let limited = answers.iter().filter_map(|answer| answer.as_ref().err());
    let limited = limited.filter(|fault| fault.string().starts_with("Muitas contas novas"));
    assert!(limited.count() > 0);
    Client::open(&address).ask("register_user", &["ana", "senha"]);
}
