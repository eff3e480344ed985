//! What happens at an inconvenient moment: a start beside others, the death of etcd's leader within a snapshot.

use std::collections::BTreeSet;

use etcd::{Client, Config};
use protocol::classic::texts;
use serde_json::json;
use support::{Etcd, Seen, Server, binaries, eventually, runtime};

use crate::compaction::texts_at;

/// Starts programs without waiting for one before the next.
fn start_at_once(count: usize, name: &str, flags: &[&str]) -> Vec<Server> {
    let flags = [&["--listen", "127.0.0.1:0"], flags].concat();
    let programs: Vec<_> = (0..count).map(|_| binaries::start(name, &flags)).collect();
    programs.into_iter().map(Server::ready).collect()
}

#[test]
fn programs_that_start_at_once_on_an_empty_etcd_are_one_chat() {
    let etcd = Etcd::start(1, &[]);
    let members = etcd.flag();
    let binders = start_at_once(2, "binder", &["--etcd", &members]);
    let both = format!("{},{}", binders[0].address, binders[1].address);
    let any_port = ["--accounts-listen", "127.0.0.1:0"];
    let flags = [&any_port[..], &["--etcd", &members, "--binder", &both]].concat();
    let servers = start_at_once(3, "chat-server", &flags);
    let register = |server: &Server| {
        let mut caller = server.caller();
        caller.call("register_user", &[json!("ana")]) == Seen::Value(json!(texts::USER_REGISTERED))
    };
    let registered = std::thread::scope(|scope| {
        let registering: Vec<_> = (servers.iter())
            .map(|server| scope.spawn(move || register(server)))
            .collect();
        let ended = registering.into_iter().map(|one| one.join().unwrap());
        ended.filter(|is_registered| *is_registered).count()
    });
    assert_eq!(registered, 1, "a name is taken once");
    let mut caller = servers[0].caller();
    caller.enter("eva", "geral");
    caller.enter("bia", "geral");
    caller.say("eva", "geral", "oi", "");
    for server in &servers {
        eventually("the message is everywhere", || {
            (texts_at(server) == ["oi"]).then_some(())
        });
    }
    for binder in &binders {
        let groups = eventually("all servers are listed", || {
            let list = ["list", "--binder", &binder.address];
            let listed = binaries::start("binder", &list).finish().out;
            let rows = listed.lines().filter(|row| row.starts_with("create_room"));
            let groups: Vec<String> = rows
                .map(|row| row.split_whitespace().last().unwrap().to_owned())
                .collect();
            (groups.len() == servers.len()).then_some(groups)
        });
        let different: BTreeSet<_> = groups.iter().collect();
        assert_eq!(different.len(), 1, "{groups:?}");
    }
}

/// Waits until a server writes a snapshot. It is looked for often, because a small one takes only some milliseconds.
async fn snapshot_is_begun(client: &Client) {
    while !matches!(client.get("chat/snapshot-claim").await, Ok(Some(_))) {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

#[test]
fn no_message_is_refused_when_the_member_of_a_server_is_removed() {
    let etcd = Etcd::start(3, &[]);
    let (members, names) = (etcd.endpoints(), etcd.control(&["member", "list"]));
    let server = Server::unregistered_chat(&["--etcd", &etcd.flag()]);
    let mut caller = server.caller();
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    // A server asks the first one first.
    let own = names.lines().find(|line| line.contains(&members[0]));
    let own = own.unwrap().split(", ").next().unwrap();
    let others = [&members[1], &members[2]].map(String::as_str).join(",");
    let remove = || {
        // etcd takes this only some seconds after its start. The member that is asked may be the one that goes.
        let _ = etcd.try_control(&["member", "remove", own]);
        let left = etcd.try_control(&["--endpoints", &others, "member", "list"]);
        left.is_ok_and(|left| !left.contains(own)).then_some(())
    };
    let sent = std::thread::scope(|scope| {
        let removing = scope.spawn(|| eventually("the member is removed", remove));
        let mut sent: Vec<String> = Vec::new();
        let mut send = |sent: &mut Vec<String>| {
            let text = sent.len().to_string();
            let answer = caller.answer("send_message", &["ana", "geral", &text, ""]);
            assert_eq!(answer, json!(texts::MESSAGE_SENT), "{text}");
            sent.push(text);
        };
        while !removing.is_finished() {
            send(&mut sent);
        }
        for _ in 0..100 {
            send(&mut sent);
        }
        sent
    });
    let kept = texts_at(&server);
    assert!(sent.ends_with(&kept) && kept.len() >= 100, "{kept:?}");
}

#[test]
fn nothing_is_lost_when_the_leader_dies_within_a_snapshot() {
    let mut etcd = Etcd::start(3, &[]);
    let members = etcd.flag();
    let flags = ["--etcd", &members];
    let servers = [
        Server::unregistered_chat(&flags),
        Server::unregistered_chat(&flags),
    ];
    let mut caller = servers[0].caller();
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    let mut send = |text: &str| {
        let answer = caller.answer("send_message", &["ana", "geral", text, ""]);
        answer == json!(texts::MESSAGE_SENT)
    };
    let status = etcd.control(&["endpoint", "status"]);
    let is_leader = |line: &str| line.split(", ").nth(4) == Some("true");
    let leader = status.lines().position(is_leader).unwrap();
    let client = Client::new(Config::new(etcd.endpoints())).unwrap();
    let watching = std::thread::spawn(move || runtime().block_on(snapshot_is_begun(&client)));
    let text = "x".repeat(16_000);
    let mut expected = Vec::new();
    // As many as it takes.
    for number in 0..2_000 {
        if watching.is_finished() {
            break;
        }
        let text = format!("{number} {text}");
        if send(&text) {
            expected.push(text);
        }
    }
    assert!(watching.is_finished(), "no snapshot");
    etcd.kill(leader);
    eventually("the chat goes on", || send("fim").then_some(()));
    expected.push("fim".to_owned());
    let later = Server::unregistered_chat(&flags);
    for server in servers.iter().chain([&later]) {
        let kept = eventually("the last message is there", || {
            let kept = texts_at(server);
            (kept.last() == expected.last()).then_some(kept)
        });
        // What was not acknowledged may be there, too, once.
        let mut different = kept.clone();
        different.retain(|text| text != "fim");
        let count = different.len();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), count, "nothing is there twice");
        let mut rest = kept.iter();
        for text in &expected {
            let is_next = rest.any(|kept| kept == text);
            assert!(is_next, "{:.8} is missing or in another place", text);
        }
    }
}
