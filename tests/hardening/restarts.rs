//! Binders and chat servers that are killed, ended and started again: the real programs.

use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

use dxr::Value;
use protocol::binder::{Endpoint, Listed};
use rustix::process::Signal;

use support::{
    Server, eventually, python,
    wire::{ask, call, call_with},
};

/// The promise for names that a binder has to learn again.
const LEARNED_AGAIN: Duration = Duration::from_secs(10);

/// The promise for names of a server that died.
const LEASE: Duration = Duration::from_secs(30);

/// How often the names are looked up in a binder without leases.
const LOOKED_UP_EVERY: Duration = Duration::from_secs(30);

/// What a busy machine may add.
const LATE: Duration = Duration::from_secs(3);

/// Where the binder says that `name` is registered. What it answers before is not of interest here.
fn lookup(binder: &str, name: &str) -> Option<Endpoint> {
    let answer = ask(binder, call("lookup_procedure", &[name])).unwrap();
    let built_in = binder::built_in_names(Ipv4Addr::LOCALHOST.into(), protocol::accounts::PORT);
    Endpoint::from_lookup(answer)
        .unwrap()
        .filter(|found| !built_in.iter().any(|(_, place)| place == found))
}

fn is_at(found: Option<Endpoint>, server: &Server) -> bool {
    found.is_some_and(|endpoint| endpoint.port == server.port())
}

/// Whether this is where the server speaks one of its dialects.
fn is_at_either(found: &Option<Endpoint>, server: &Server) -> bool {
    let accounts = server.accounts.as_ref().unwrap();
    found.as_ref().is_some_and(|endpoint| {
        endpoint.port == server.port() || accounts.ends_with(&format!(":{}", endpoint.port))
    })
}

/// Everything that is registered in the binder.
fn listed(binder: &str) -> Vec<Listed> {
    let answer = ask(binder, call("list_procedures", &[])).unwrap();
    protocol::reading::array(answer)
        .unwrap()
        .into_iter()
        .map(|entry| Listed::from_value(entry).unwrap())
        .filter(|entry| !entry.built_in)
        .collect()
}

/// A chat server that the binder has come to know.
fn chat_known_to(binder: &str) -> Server {
    let server = Server::our_chat(&["--binder", binder]);
    eventually("the binder knows the server", || {
        (is_at(lookup(binder, "create_room"), &server) && lookup(binder, "chat_server").is_some())
            .then_some(())
    });
    server
}

/// The most messages in one answer.
const MESSAGES_AT_MOST: usize = 1_000;

const NAMES: [&str; 3] = ["create_room", "send_message", "chat_server"];

#[test]
fn a_binder_that_comes_back_learns_everything_again() {
    let binder = Server::our_binder(&[]);
    let chat = chat_known_to(&binder.address);
    let known = listed(&binder.address);
    for (user, room) in [("ana", "geral"), ("bia", "geral")] {
        ask(&chat.address, call("register_user", &[user])).unwrap();
        ask(&chat.address, call("create_room", &[room])).unwrap();
        ask(&chat.address, call("join_room", &[user, room])).unwrap();
    }
    let mut sent = 0_usize;
    let mut speak = || {
        sent += 1;
        let text = format!("{sent}");
        let answer = ask(
            &chat.address,
            call("send_message", &["ana", "geral", &text]),
        );
        assert_eq!(answer, Ok(Value::String("Mensagem enviada.".to_owned())));
    };
    speak();
    let (address, _) = binder.kill();
    eventually("the chat server notices", || {
        speak();
        let log = chat.program.err();
        log.contains("the binder does not answer").then_some(())
    });
    let binder = Server::our_binder_at(&address);
    let back = Instant::now();
    let names = |listed: &[Listed]| -> Vec<(String, Endpoint)> {
        listed
            .iter()
            .map(|entry| (entry.name.clone(), entry.endpoint.clone()))
            .collect()
    };
    let after = eventually("everything is known again", || {
        speak();
        (names(&listed(&binder.address)) == names(&known)).then(|| back.elapsed())
    });
    println!("known again after {after:?}");
    assert!(after < LEARNED_AGAIN + LATE, "{after:?}");
    // The chat was not affected.
    let heard = ask(&chat.address, call("receive_messages", &["bia", "geral"])).unwrap();
    let heard = protocol::classic::message::Message::list_from_value(heard).unwrap();
    // An answer has the newest messages.
    let first = sent - sent.min(MESSAGES_AT_MOST) + 1;
    let expected: Vec<String> = (first..=sent).map(|number| number.to_string()).collect();
    assert!(heard.iter().map(|message| &message.content).eq(&expected));
}

#[test]
fn a_binder_that_comes_back_at_once_is_noticed_as_well() {
    let binder = Server::our_binder(&[]);
    let _chat = chat_known_to(&binder.address);
    // Between two renewals: no call to the binder fails.
    let binder = Server::our_binder_at(&binder.kill().0);
    let back = Instant::now();
    for name in NAMES {
        eventually(name, || lookup(&binder.address, name));
    }
    let after = back.elapsed();
    println!("known again after {after:?}");
    assert!(after < LEARNED_AGAIN + LATE, "{after:?}");
}

#[test]
fn the_names_of_a_killed_server_go_and_those_without_a_lease_stay() {
    let binder = Server::our_binder(&[]);
    let address = &binder.address;
    let chat = chat_known_to(address);
    let kept = "<param><value>kept</value></param><param><value>localhost</value></param>\
                <param><value><int>4000</int></value></param>";
    ask(address, call_with("register_procedure", kept)).unwrap();
    let entries = listed(address);
    let of = |name: &str| entries.iter().find(|entry| entry.name == name).unwrap();
    assert!(entries.is_sorted_by_key(|entry| entry.name.clone()));
    assert_eq!(
        (of("kept").endpoint.to_string().as_str(), of("kept").lease),
        ("localhost:4000", None)
    );
    let leased = of("create_room");
    assert_eq!(leased.endpoint.port, chat.port());
    assert!((20..=30).contains(&leased.lease.unwrap()), "{leased:?}");
    assert!(leased.age <= 20, "{leased:?}");

    chat.kill();
    let dead = Instant::now();
    // A lease outlives a short absence: more than one renewal is missing when half of the lease is over.
    eventually("half of the lease is over", || {
        let entries = listed(address);
        let entry = entries.iter().find(|entry| entry.name == "create_room");
        let left = entry.expect("it is known all the time").lease.unwrap();
        assert!(lookup(address, "create_room").is_some());
        (u64::from(left) <= LEASE.as_secs() / 2).then_some(())
    });
    for name in NAMES {
        // The deadline for anything is as long as a lease.
        while lookup(address, name).is_some() {
            assert!(dead.elapsed() < LEASE + LATE, "{name} is still known");
            thread::sleep(Duration::from_millis(100));
        }
    }
    println!("forgotten after {:?}", dead.elapsed());
    let names: Vec<String> = listed(address)
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    assert_eq!(names, ["kept"]);
    binder
        .program
        .wait_until_logged("forgotten: the lease is over");
}

#[test]
fn a_server_that_ends_takes_its_names_back_at_once() {
    let binder = Server::our_binder(&[]);
    let chat = chat_known_to(&binder.address);
    chat.program.signal(Signal::TERM);
    let ended = chat.program.wait_for_end(Duration::from_secs(5));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(listed(&binder.address), []);
}

/// What a server logs that no client finds.
const DISPLACED: &str = "THIS SERVER SERVES A CHAT OF ITS OWN THAT NO CLIENT FINDS";

/// A chat server of another chat than the one that is registered.
fn displaced_chat(binder: &str) -> Server {
    let server = Server::our_chat(&["--binder", binder]);
    server.program.wait_until_logged(DISPLACED);
    server
}

fn is_displaced(binder: &str, server: &Server) -> bool {
    let listed = listed(binder);
    let mut own = listed
        .iter()
        .filter(|entry| entry.endpoint.port == server.port());
    let first = own.next().unwrap();
    assert!(own.all(|entry| entry.displaced == first.displaced));
    first.displaced
}

#[test]
fn of_two_chats_the_first_keeps_the_names_until_it_ends_and_the_other_says_so() {
    let binder = Server::our_binder(&[]);
    let address = &binder.address;
    let first = chat_known_to(address);
    let second = displaced_chat(address);
    binder
        .program
        .wait_until_logged("registered, but a server of another chat holds the name");
    for name in ["create_room", "send_message"] {
        assert!(is_at(lookup(address, name), &first), "{name}");
    }
    assert!(is_displaced(address, &second) && !is_displaced(address, &first));
    first.program.signal(Signal::TERM);
    assert_eq!(
        first.program.wait_for_end(Duration::from_secs(5)).code,
        Some(0)
    );
    for name in ["create_room", "send_message"] {
        assert!(is_at(lookup(address, name), &second), "{name}");
    }
    second
        .program
        .wait_until_logged("this server has its names back");
}

#[test]
fn the_first_of_two_chats_gets_the_names_again_after_each_restart_of_the_binder() {
    let mut binder = Server::our_binder(&[]);
    let first = chat_known_to(&binder.address);
    let second = displaced_chat(&binder.address);
    // Which of them returns first is random.
    for _ in 0..4 {
        binder = Server::our_binder_at(&binder.kill().0);
        eventually("both are back", || {
            let ports: Vec<u16> = listed(&binder.address)
                .iter()
                .map(|entry| entry.endpoint.port)
                .collect();
            (ports.contains(&first.port()) && ports.contains(&second.port())).then_some(())
        });
        assert!(is_at(lookup(&binder.address, "create_room"), &first));
        assert!(is_displaced(&binder.address, &second));
    }
}

#[test]
fn a_server_on_another_port_gets_the_names_of_one_that_was_killed_at_once() {
    let binder = Server::our_binder(&[]);
    chat_known_to(&binder.address).kill();
    let killed = Instant::now();
    let _second = chat_known_to(&binder.address);
    assert!(killed.elapsed() < LEASE / 2, "{:?}", killed.elapsed());
}

#[test]
fn a_server_that_hangs_loses_the_names_and_does_not_get_them_back() {
    let binder = Server::our_binder(&[]);
    let first = chat_known_to(&binder.address);
    let second = displaced_chat(&binder.address);
    first.program.pause();
    let stopped = Instant::now();
    while !is_at(lookup(&binder.address, "create_room"), &second) {
        assert!(stopped.elapsed() < LEASE + LATE);
        thread::sleep(Duration::from_millis(100));
    }
    second
        .program
        .wait_until_logged("this server has its names back");
    first.program.resume();
    first.program.wait_until_logged(DISPLACED);
    assert!(is_at(lookup(&binder.address, "create_room"), &second));
    assert!(is_displaced(&binder.address, &first));
}

#[test]
fn a_python_binder_gets_each_name_and_again_when_it_comes_back() {
    let binder = Server::ready(python::start("binder.py", &["--port", "0"]));
    let chat = chat_known_to(&binder.address);
    for name in ["create_room", "list_users", "send_message_once"] {
        eventually(name, || {
            is_at(lookup(&binder.address, name), &chat).then_some(())
        });
    }
    let (address, _) = binder.kill();
    // It is noticed without a call that it is away, and not only at the next look-up.
    chat.program.wait_until_logged("the binder does not answer");
    let port = address.rsplit(':').next().unwrap();
    let binder = Server::ready(python::start("binder.py", &["--port", port]));
    let back = Instant::now();
    for name in NAMES {
        eventually(name, || lookup(&binder.address, name));
    }
    let after = back.elapsed();
    println!("known again after {after:?}");
    assert!(after < LEARNED_AGAIN + LATE, "{after:?}");
    // It cannot forget names; ending is not held up by that.
    chat.program.signal(Signal::TERM);
    assert_eq!(
        chat.program.wait_for_end(Duration::from_secs(5)).code,
        Some(0)
    );
}

#[test]
fn of_two_servers_with_a_python_binder_the_later_stays_until_it_dies() {
    let binder = Server::ready(python::start("binder.py", &["--port", "0"]));
    let address = &binder.address;
    let first = chat_known_to(address);
    let second = chat_known_to(address);
    // The first notices at its look-up, and leaves the names where they are.
    let taken = Instant::now();
    while !first.program.err().contains(DISPLACED) {
        assert!(
            taken.elapsed() < LOOKED_UP_EVERY + LATE,
            "{}",
            first.program.report()
        );
        thread::sleep(Duration::from_millis(50));
    }
    // It would take them back in one of its rounds. When such a round is over, nothing shows: the first server
    // only connects to the second.
    let learned = Instant::now();
    while learned.elapsed() < LEARNED_AGAIN + LATE {
        for name in NAMES {
            assert!(is_at_either(&lookup(address, name), &second), "{name}");
        }
        thread::sleep(Duration::from_millis(200));
    }
    // The binder itself would send clients there for ever.
    second.kill();
    let dead = Instant::now();
    for name in NAMES {
        eventually(name, || {
            is_at_either(&lookup(address, name), &first).then_some(())
        });
    }
    assert!(
        dead.elapsed() < LEARNED_AGAIN + LATE,
        "{:?}",
        dead.elapsed()
    );
}

#[test]
fn a_full_binder_is_not_taken_for_an_old_one() {
    let binder = Server::our_binder(&["--max-names", "3"]);
    let chat = Server::our_chat(&["--binder", &binder.address]);
    chat.program
        .wait_until_logged("Limite de procedimentos registrados atingido.");
    // It says so instead of registering some of its names without a lease, which it would do before it says anything.
    for entry in listed(&binder.address) {
        assert!(entry.lease.is_some(), "{entry:?}");
    }
}
