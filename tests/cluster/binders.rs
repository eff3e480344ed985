//! Several binders with the same names, and servers and clients that know them all.

use std::time::{Duration, Instant};

use protocol::classic::texts;
use serde_json::json;
use support::server::{wait_until_registered, wait_until_registered_at};
use support::terminal_client::prompt;
use support::{Caller, Etcd, Seen, Server, TerminalClient, binaries, eventually};

/// Longer than the lease of a server that shares its chat.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(7);

/// What `binder list` prints.
fn list(binder: &str) -> String {
    binaries::start("binder", &["list", "--binder", binder])
        .finish()
        .out
}

fn looked_up(binder: &str, name: &str) -> Option<u64> {
    match Caller::rust(binder).call("lookup_procedure", &[json!(name)]) {
        Seen::Value(found) => found[1].as_u64(),
        _ => None,
    }
}

/// The name is found all the time.
fn is_found_for(time: Duration, binder: &str, port: u16) {
    let began = Instant::now();
    while began.elapsed() < time {
        assert_eq!(looked_up(binder, "create_room"), Some(u64::from(port)));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn two_binders_have_the_same_names_and_one_may_die() {
    let etcd = Etcd::start(1, &[]);
    let flags = ["--etcd", &etcd.flag()];
    let (first, second) = (Server::our_binder(&flags), Server::our_binder(&flags));
    let both = format!("{},{}", first.address, second.address);
    let chat = Server::our_chat(&["--etcd", &etcd.flag(), "--binder", &both]);
    for binder in [&first, &second] {
        wait_until_registered_at(&binder.address, "create_room", &chat.address);
    }
    // A server that knows one of them is found at the other, too.
    let other = Server::our_chat(&["--etcd", &etcd.flag(), "--binder", &first.address]);
    for binder in [&first, &second] {
        eventually("both servers are listed", || {
            let listed = list(&binder.address);
            let is_there = |server: &Server| listed.contains(&format!(":{}", server.port()));
            (is_there(&chat) && is_there(&other)).then_some(())
        });
    }
    let gone = format!(":{}", other.port());
    other.program.terminate();
    for binder in [&first, &second] {
        eventually("a server that ends takes its names back in both", || {
            (!list(&binder.address).contains(&gone)).then_some(())
        });
    }
    let (dead, _) = first.kill();
    is_found_for(LONGER_THAN_A_LEASE, &second.address, chat.port());
    let mut client = TerminalClient::ours(&["--binder", &format!("{dead},{}", second.address)]);
    client.register("ana", texts::USER_REGISTERED);
    client.create("geral", "Sala 'geral' criada.");
    // A binder that comes back knows everything at once.
    let back = Server::ready(binaries::start(
        "binder",
        &[&["--listen", &dead], &flags[..]].concat(),
    ));
    wait_until_registered(&back.address, "create_room");
    client.exit();
}

#[test]
fn binders_without_etcd_go_on_answering_and_say_that_they_are_stale() {
    let mut etcd = Etcd::start(1, &[]);
    let binder = Server::our_binder(&["--etcd", &etcd.flag()]);
    let chat = Server::our_chat(&["--data", "off", "--binder", &binder.address]);
    wait_until_registered(&binder.address, "create_room");
    etcd.kill(0);
    eventually("the list is stale", || {
        list(&binder.address).starts_with("Stale:").then_some(())
    });
    assert_eq!(
        looked_up(&binder.address, "create_room"),
        Some(u64::from(chat.port()))
    );
    let refused = Caller::rust(&binder.address).call(
        "register_procedure",
        &[json!("f"), json!("127.0.0.1"), json!(9)],
    );
    match refused {
        Seen::Fault(_, text) => assert_eq!(text, protocol::binder::CUT_OFF),
        other => panic!("{other:?}"),
    }
    etcd.run(0);
    eventually("the list is up to date", || {
        (!list(&binder.address).contains("Stale")).then_some(())
    });
    wait_until_registered(&binder.address, "create_room");
}

#[test]
fn a_server_whose_names_etcd_does_not_take_is_reported_once_and_so_is_that_it_does_again() {
    let mut etcd = Etcd::start(1, &[]);
    let binder = Server::our_binder(&["--etcd", &etcd.flag()]);
    let mut caller = Caller::rust(&binder.address);
    let mut register = || {
        let lease = [json!(["f"]), json!("127.0.0.1"), json!(9), json!(30)];
        matches!(caller.call("register_lease", &lease), Seen::Value(_))
    };
    assert!(register());
    etcd.kill(0);
    for _ in 0..3 {
        assert!(!register());
    }
    binder.program.wait_until_logged("cut off from etcd");
    assert!(!register());
    etcd.run(0);
    eventually("it is registered again", || register().then_some(()));
    assert!(register());
    binder.program.wait_until_logged("in touch with etcd again");
    let log = binder.program.err();
    let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(count("127.0.0.1:9"), 2, "{log}");
    for text in [
        "etcd does not take the names of this server",
        "etcd takes the names of this server again",
        "cut off from etcd",
        "in touch with etcd again",
    ] {
        assert_eq!(count(text), 1, "{text}: {log}");
    }
}

#[test]
fn binders_that_run_while_a_backup_is_restored_have_the_names_that_are_in_etcd() {
    let mut etcd = Etcd::start(1, &[]);
    let flags = ["--etcd", &etcd.flag()];
    let (stopped, running) = (Server::our_binder(&flags), Server::our_binder(&flags));
    let register = |name: &str| {
        let parameters = [json!(name), json!("127.0.0.1"), json!(9)];
        let mut caller = Caller::rust(&running.address);
        matches!(
            caller.call("register_procedure", &parameters),
            Seen::Value(_)
        )
    };
    assert!(register("later_than_the_backup"));
    eventually("both have the name", || {
        looked_up(&stopped.address, "later_than_the_backup")
    });
    stopped.program.pause();
    etcd.restart_on(tempfile::tempdir_in(binaries::temporary()).unwrap());
    eventually("what is not in the backup is forgotten", || {
        looked_up(&running.address, "later_than_the_backup")
            .is_none()
            .then_some(())
    });
    running.program.wait_until_logged("was a backup restored?");
    // Soon as many changes were made as before the backup was restored, and more.
    for name in ["a", "b", "c"] {
        eventually("the name is registered", || register(name).then_some(()));
    }
    stopped.program.resume();
    for binder in [&stopped, &running] {
        eventually("the names are those in etcd", || {
            let is_found = |name| looked_up(&binder.address, name).is_some();
            let all = ["a", "b", "c"].into_iter().all(is_found);
            (all && !is_found("later_than_the_backup")).then_some(())
        });
    }
}

#[test]
fn a_client_asks_the_next_binder_when_one_is_dead_or_does_not_know_the_chat() {
    let (dead, _) = Server::our_binder(&[]).kill();
    let empty = Server::our_binder(&[]);
    let full = Server::our_binder(&[]);
    let chat = Server::our_chat(&["--data", "off", "--binder", &full.address]);
    wait_until_registered_at(&full.address, "create_room", &chat.address);
    let all = format!("{dead},{},{}", empty.address, full.address);
    let mut client = TerminalClient::ours(&["--binder", &all]);
    client.register("ana", texts::USER_REGISTERED);
    client.dialogue(&[(prompt::COMMAND, "exit")]);
}
