//! The client of etcd, and a chat server on it, against a real etcd that refuses, is full or forgets.

use std::time::Duration;

use etcd::{
    Client, Config, Credentials, Error, Event, Keys, Operation, Range, Txn, Watch, WatchOptions,
    Watched,
};
use protocol::classic::texts;
use serde_json::json;
use support::{Caller, Etcd, Program, Seen, Server, binaries, eventually, runtime};

use crate::permissions;

/// Fewer bytes than this do not fit into an etcd with a quota of 4 MiB for long.
const LARGE: usize = 512 << 10;

fn client(etcd: &Etcd) -> Client {
    Client::new(Config::new(etcd.endpoints())).unwrap()
}

fn client_as(etcd: &Etcd, user: &str, password: &str) -> Client {
    let credentials = Credentials {
        user: user.to_owned(),
        password: password.to_owned(),
    };
    Client::new(Config {
        credentials: Some(credentials),
        ..Config::new(etcd.endpoints())
    })
    .unwrap()
}

async fn put(client: &Client, key: &str, value: &[u8]) -> Result<i64, Error> {
    let put = Txn::default().then(Operation::put(key, value));
    client.txn(put).await.map(|outcome| outcome.revision)
}

fn watch(client: &Client, from: i64) -> Watch {
    client.watch(WatchOptions {
        keys: Keys::prefix("chat/"),
        from,
        puts_only: true,
        probe: "chat/end".to_owned(),
    })
}

/// The revisions of so many changes.
async fn revisions(watch: &mut Watch, count: usize) -> Vec<i64> {
    let mut revisions = Vec::new();
    while revisions.len() < count {
        match watch.next().await {
            Watched::Events(events) => revisions.extend(events.iter().map(Event::revision)),
            Watched::Compacted => panic!("compacted after {revisions:?}"),
            Watched::InTouch { .. } | Watched::Interrupted(_) => {}
        }
    }
    revisions
}

#[test]
fn a_user_of_etcd_may_use_what_it_was_granted_and_nothing_else() {
    let mut etcd = permissions::etcd_with_users();
    let allowed = client_as(&etcd, "chat", "segredo");
    let refused = |outcome| {
        assert!(
            matches!(outcome, Err(Error::Authentication(_))),
            "{outcome:?}"
        )
    };
    runtime().block_on(async {
        put(&allowed, "chat/a", b"1").await.unwrap();
        refused(put(&allowed, "other/a", b"1").await);
        refused(put(&client(&etcd), "chat/a", b"2").await);
        refused(put(&client_as(&etcd, "chat", "errado"), "chat/a", b"2").await);
        let mut watch = watch(&allowed, 1);
        assert_eq!(revisions(&mut watch, 1).await.len(), 1);
        // A member that was restarted knows no token of before.
        etcd.kill(0);
        etcd.run(0);
        let value = loop {
            match allowed.get("chat/a").await {
                Ok(pair) => break pair.unwrap().value,
                Err(Error::Unknown(_) | Error::Unreachable(_)) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(value, b"1");
        let later = put(&allowed, "chat/b", b"1").await.unwrap();
        assert_eq!(revisions(&mut watch, 1).await, [later]);
    });
}

#[test]
fn a_full_etcd_is_a_clear_refusal_and_is_made_usable_as_documented() {
    let etcd = Etcd::start(1, &["--quota-backend-bytes", "4194304"]);
    let server = Server::unregistered_chat(&["--etcd", &etcd.flag()]);
    let binder = Server::our_binder(&["--etcd", &etcd.flag()]);
    let mut caller = server.caller();
    caller.answer("create_room", &["geral"]);
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    let mut send = |text: &str| caller.answer("send_message", &["ana", "geral", text, ""]);
    assert_eq!(send("antes"), json!(texts::MESSAGE_SENT));
    let client = client(&etcd);
    runtime().block_on(async {
        // One key again and again: its history is what fills the database.
        loop {
            match put(&client, "other/a", &[b'x'; LARGE]).await {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error, Error::NoSpace);
                    break;
                }
            }
        }
    });
    assert_eq!(send("cheio"), json!(texts::CANNOT_WRITE_NOW));
    server
        .program
        .wait_until_logged("the database of etcd is full");
    let read = |text: &str| {
        let mut reader = server.caller();
        let messages = reader.answer("receive_messages", &["bia", "geral"]);
        messages.to_string().contains(text)
    };
    assert!(read("antes") && !read("cheio"), "reading goes on");
    let register = || {
        let lease = [json!(["f"]), json!("127.0.0.1"), json!(9), json!(30)];
        Caller::rust(&binder.address).call("register_lease", &lease)
    };
    match register() {
        Seen::Fault(_, text) => assert_eq!(text, protocol::binder::ETCD_FULL),
        other => panic!("{other:?}"),
    }
    let (port, members) = ("127.0.0.1:0", etcd.flag());
    // Nothing listens on port 1.
    let unregistered = ["--listen", port, "--binder", "127.0.0.1:1"];
    let late = binaries::start(
        "chat-server",
        &[&unregistered[..], &["--etcd", &members]].concat(),
    );
    late.wait_until_logged("etcd does not take the start");
    // As docs/cluster.md says.
    let status = etcd.control(&["endpoint", "status", "--write-out=json"]);
    let revision = status.split("\"revision\":").nth(1).unwrap();
    let revision: String = revision.chars().take_while(char::is_ascii_digit).collect();
    etcd.control(&["compact", "--physical=true", &revision]);
    etcd.control(&["defrag"]);
    etcd.control(&["alarm", "disarm"]);
    eventually("messages are stored again", || {
        (send("depois") == json!(texts::MESSAGE_SENT)).then_some(())
    });
    server
        .program
        .wait_until_logged("the chat can be written again");
    assert!(read("depois") && !read("cheio"));
    assert!(matches!(register(), Seen::Value(_)));
    let late = Server::ready(late);
    let log = late.program.err();
    let said = log
        .lines()
        .filter(|line| line.contains("does not take the start"));
    let said: Vec<&str> = said.collect();
    assert_eq!(said.len(), 1, "{log}");
    assert!(log.contains("the database of etcd is full"), "{log}");
    late.program.terminate();
    server.program.terminate();
    let again = Server::unregistered_chat(&["--etcd", &etcd.flag()]);
    let kept = again.caller().answer("receive_messages", &["bia", "geral"]);
    assert!(
        kept.to_string().contains("antes") && kept.to_string().contains("depois"),
        "a server that starts later has it all: {kept}"
    );
}

#[test]
fn a_watch_goes_on_across_a_compaction_and_says_when_it_cannot() {
    let etcd = Etcd::start(1, &[]);
    let client = client(&etcd);
    runtime().block_on(async {
        let first = put(&client, "chat/a", b"0").await.unwrap();
        let mut current = watch(&client, first);
        assert_eq!(revisions(&mut current, 1).await, [first]);
        let mut last = first;
        for _ in 0..20 {
            last = put(&client, "chat/a", b"1").await.unwrap();
        }
        client.compact(last).await.unwrap();
        assert_eq!(client.compact(last).await, Ok(()));
        let next = put(&client, "chat/b", b"2").await.unwrap();
        let seen = revisions(&mut current, 21).await;
        assert_eq!(
            (seen.len(), seen.last()),
            (21, Some(&next)),
            "a watch that is current misses nothing"
        );
        let mut late = watch(&client, first);
        loop {
            match late.next().await {
                Watched::Compacted => break,
                Watched::Events(events) => panic!("{events:?}"),
                Watched::InTouch { .. } | Watched::Interrupted(_) => {}
            }
        }
        let past = Range {
            revision: Some(first),
            ..Range::of(Keys::prefix("chat/"))
        };
        let past = client.range(&past).await;
        assert!(matches!(past, Err(Error::Compacted)), "{past:?}");
    });
}

#[test]
fn a_long_past_comes_whole_and_in_order() {
    let etcd = Etcd::start(1, &[]);
    let client = client(&etcd);
    runtime().block_on(async {
        let mut expected = Vec::new();
        // More than etcd sends at once, in answers that it splits.
        for number in 0..12 {
            let key = format!("chat/{number:02}");
            expected.push(put(&client, &key, &[b'x'; LARGE]).await.unwrap());
        }
        let mut watch = watch(&client, 1);
        assert_eq!(revisions(&mut watch, expected.len()).await, expected);
        let all = client.range_all(Keys::prefix("chat/"), 2).await.unwrap();
        let keys: Vec<_> = all.pairs.iter().map(|pair| pair.mod_revision).collect();
        assert_eq!(keys, expected);
    });
}

#[test]
fn a_lease_ends_with_its_keys_unless_it_is_kept_alive() {
    let etcd = Etcd::start(1, &[]);
    let client = client(&etcd);
    runtime().block_on(async {
        let lease = client.grant(Duration::from_secs(2)).await.unwrap();
        let put = Txn::default().then(Operation::Put {
            key: "chat/held".to_owned(),
            value: b"1".to_vec(),
            lease: Some(lease),
        });
        client.txn(put).await.unwrap();
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            client.keep_alive(lease).await.unwrap();
        }
        let held = client.get("chat/held").await.unwrap().unwrap();
        assert_eq!(held.lease, Some(lease));
        let began = std::time::Instant::now();
        while client.get("chat/held").await.unwrap().is_some() {
            assert!(began.elapsed() < support::DEADLINE);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(client.keep_alive(lease).await, Err(Error::LeaseNotFound));
        assert_eq!(client.revoke(lease).await, Ok(()));
    });
}

#[test]
fn etcd_that_cannot_be_reached_at_the_start_is_one_line_and_waited_for() {
    let mut etcd = Etcd::start(1, &[]);
    let flag = etcd.flag();
    etcd.kill(0);
    let mut command = binaries::command("chat-server");
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--accounts-listen",
            "off",
            "--etcd",
            &flag,
        ])
        // A directory that a machine names for all its servers is left alone.
        .env("CHAT_SERVER_DATA", "nowhere");
    let program = Program::start("chat-server", &mut command);
    program.wait_until_logged("CHAT_SERVER_DATA is not used");
    program.wait_until_logged("trying until it can");
    etcd.run(0);
    let server = Server::ready(program);
    let log = server.program.err();
    assert_eq!(log.matches("trying until it can").count(), 1, "{log}");
    assert!(!std::path::Path::new("nowhere").exists());
    let made = server.caller().call("create_room", &[json!("geral")]);
    assert!(matches!(made, Seen::Value(_)), "{made:?}");
}

#[test]
fn a_server_ends_when_it_is_asked_to_though_etcd_is_gone() {
    let mut etcd = Etcd::start(1, &[]);
    let server = Server::unregistered_chat(&["--etcd", &etcd.flag()]);
    server.caller().answer("create_room", &["geral"]);
    etcd.kill(0);
    // What it records at its end is sent before it finds that etcd is out of touch.
    server.program.terminate();
}

#[test]
fn the_newest_snapshot_has_an_age_at_every_server_whichever_has_written_it() {
    const AGE: &str = "chat_snapshot_age_seconds";
    let etcd = Etcd::start(1, &[]);
    let members = etcd.flag();
    let flags = ["--metrics-listen", "127.0.0.1:0"];
    let flags = [&flags[..], &["--etcd", &members]].concat();
    let servers = [
        Server::unregistered_chat(&flags),
        Server::unregistered_chat(&flags),
    ];
    for server in &servers {
        assert_eq!(server.metric(AGE), None);
    }
    let mut caller = servers[0].caller();
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    let text = "x".repeat(16_000);
    // As many as it takes, however slow the disk is.
    let is_taken = (0..100).any(|_| {
        for _ in 0..20 {
            caller.say("ana", "geral", &text, "");
        }
        servers.iter().any(|server| server.metric(AGE).is_some())
    });
    assert!(is_taken, "no snapshot");
    for server in &servers {
        let age = eventually("the server knows of the snapshot", || server.metric(AGE));
        assert!(age < 60.0, "{age}");
    }
    // A server that starts later has it from etcd.
    let later = Server::unregistered_chat(&flags);
    assert!(later.metric(AGE).is_some());
}
