//! A call under an account's name, from an address without a login of that account.

use std::net::Ipv4Addr;

use dxr::Value;

use support::{KeptChat, Server, binaries, wire::Client};

const HOME: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

const ON: [&str; 4] = [
    "--binder",
    "127.0.0.1:1",
    "--account-from-login-address",
    "on",
];

/// Every call in which an account acts.
const CALLS: [(&str, &[&str]); 4] = [
    ("join_room", &["ana", "geral"]),
    ("send_message", &["ana", "geral", "oi", ""]),
    ("receive_messages", &["ana", "geral"]),
    ("leave_room", &["geral", "ana"]),
];

#[track_caller]
fn is_refused(client: &mut Client) {
    for (method, texts) in CALLS {
        let fault = client.call(method, texts).unwrap_err();
        assert_eq!(
            fault.string(),
            "A conta 'ana' não fez login a partir deste endereço. Faça login (login_user) e tente de novo.",
            "{method}"
        );
    }
}

#[track_caller]
fn acts(client: &mut Client) {
    for (method, texts) in CALLS {
        client.ask(method, texts);
    }
}

#[test]
fn an_account_acts_only_from_where_it_has_logged_in_and_a_restart_asks_for_no_login() {
    let mut chat = KeptChat::start(&ON);
    let accounts = |chat: &KeptChat, from| Client::open_from(from, &chat.accounts);
    let mut home = accounts(&chat, HOME);
    home.ask("register_user", &["ana", "senha"]);
    home.ask("create_room", &["geral"]);
    acts(&mut home);
    let mut elsewhere = accounts(&chat, ELSEWHERE);
    is_refused(&mut elsewhere);
    assert!(elsewhere.call("login_user", &["ana", "outra"]).is_err());
    is_refused(&mut elsewhere);
    // What names no one as the caller is answered.
    let is_there = elsewhere.ask("is_user_in_room", &["ana", "geral"]);
    assert_eq!(is_there, Value::Boolean(false));
    elsewhere.ask("login_user", &["ana", "senha"]);
    acts(&mut elsewhere);

    chat.kill();
    chat.start_again();
    acts(&mut accounts(&chat, HOME));
    acts(&mut accounts(&chat, ELSEWHERE));
    is_refused(&mut accounts(&chat, Ipv4Addr::LOCALHOST));
}

#[test]
fn by_default_it_is_so_where_others_in_the_network_can_call() {
    for (listen, is_on) in [("127.0.0.1:0", false), ("0.0.0.0:0", true)] {
        let mut flags = vec!["--binder", "127.0.0.1:1", "--advertise", "localhost"];
        flags.extend(["--listen", "127.0.0.1:0", "--accounts-listen", listen]);
        let chat = Server::ready(binaries::start("chat-server", &flags));
        let accounts = chat.accounts.as_ref().unwrap();
        let address = accounts.replace("0.0.0.0", "127.0.0.1");
        let mut home = Client::open_from(HOME, &address);
        home.ask("register_user", &["ana", "senha"]);
        home.ask("create_room", &["geral"]);
        let mut elsewhere = Client::open_from(ELSEWHERE, &address);
        if is_on {
            is_refused(&mut elsewhere);
        } else {
            acts(&mut elsewhere);
        }
    }
}

/// There the address of a caller in IPv4 arrives as one in IPv6.
#[test]
fn a_login_that_creates_the_account_counts_at_a_port_for_ipv4_and_ipv6() {
    let mut flags = vec!["--binder", "127.0.0.1:1", "--advertise", "localhost"];
    flags.extend(["--listen", "127.0.0.1:0", "--accounts-listen", "[::]:0"]);
    let chat = Server::ready(binaries::start("chat-server", &flags));
    let address = chat.accounts.as_ref().unwrap().replace("[::]", "127.0.0.1");
    let mut home = Client::open_from(HOME, &address);
    home.ask("login_user", &["ana", "senha"]);
    home.ask("create_room", &["geral"]);
    acts(&mut home);
    is_refused(&mut Client::open_from(ELSEWHERE, &address));
}
