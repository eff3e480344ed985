//! etcd forgets its history, for this chat or for whatever else is kept in it: another chat's snapshot, a
//! person who makes room, a member that does it by the hour. The chat is in the keys, not in their history.
//! Or etcd is set back.

use std::time::Duration;

use etcd::{Client, Config, Operation, Txn};
use protocol::classic::texts;
use serde_json::json;
use support::{Caller, Etcd, Server, binaries, eventually, runtime, wire};

/// Changes other keys, and forgets everything before that.
fn compact(etcd: &Etcd) {
    let client = Client::new(Config::new(etcd.endpoints())).unwrap();
    runtime().block_on(async {
        let put = |number: u8| Txn::default().then(Operation::put("other/a", [number]));
        client.txn(put(1)).await.unwrap();
        let last = client.txn(put(2)).await.unwrap().revision;
        client.compact(last).await.unwrap();
    });
}

fn chat(etcd: &Etcd, prefix: &str) -> Server {
    Server::unregistered_chat(&["--etcd", &etcd.flag(), "--etcd-prefix", prefix])
}

fn send(caller: &mut Caller, text: &str) {
    let sent = caller.answer("send_message", &["ana", "geral", text, ""]);
    assert_eq!(sent, json!(texts::MESSAGE_SENT));
}

/// The texts of the messages in the room.
pub(crate) fn texts_at(server: &Server) -> Vec<String> {
    wire::Client::open(&server.address).texts("bia")
}

fn enter(server: &Server) -> Caller {
    let mut caller = server.caller();
    caller.answer("create_room", &["geral"]);
    caller.enter("ana", "geral");
    caller.enter("bia", "geral");
    caller
}

#[test]
fn a_chat_begins_and_is_found_again_in_an_etcd_that_has_forgotten_its_history() {
    let etcd = Etcd::start(1, &[]);
    compact(&etcd);
    let first = chat(&etcd, "turma-a");
    send(&mut enter(&first), "um");
    first.program.terminate();
    compact(&etcd);
    let second = chat(&etcd, "turma-a");
    send(&mut second.caller(), "dois");
    let other = chat(&etcd, "turma-b");
    send(&mut enter(&other), "da outra");
    assert_eq!(texts_at(&second), ["um", "dois"]);
    assert_eq!(texts_at(&other), ["da outra"]);
}

#[test]
fn a_server_that_was_stopped_while_etcd_forgot_misses_nothing() {
    let mut etcd = Etcd::start(1, &[]);
    let (stopped, running) = (chat(&etcd, "chat"), chat(&etcd, "chat"));
    let mut caller = enter(&running);
    send(&mut caller, "antes");
    eventually("both have it", || {
        (texts_at(&stopped) == ["antes"]).then_some(())
    });
    stopped.program.pause();
    let mut expected = vec!["antes".to_owned()];
    for number in 0..10 {
        let text = number.to_string();
        send(&mut caller, &text);
        expected.push(text);
    }
    // What the stopped server was sent already breaks off here.
    etcd.kill(0);
    etcd.run(0);
    etcd.wait_until_healthy();
    eventually("the chat goes on", || {
        let sent = caller.answer("send_message", &["ana", "geral", "11", ""]);
        (sent == json!(texts::MESSAGE_SENT)).then_some(())
    });
    expected.push("11".to_owned());
    compact(&etcd);
    stopped.program.resume();
    eventually("it has caught up", || {
        (texts_at(&stopped) == expected).then_some(())
    });
    assert_eq!(texts_at(&running), expected);
    send(&mut stopped.caller(), "depois");
}

#[test]
fn a_server_that_was_stopped_while_others_wrote_a_snapshot_goes_on_from_it() {
    const AGE: &str = "chat_snapshot_age_seconds";
    let mut etcd = Etcd::start(1, &[]);
    let flags = ["--metrics-listen", "127.0.0.1:0"];
    let members = etcd.flag();
    let flags = [&flags[..], &["--etcd", &members]].concat();
    let (stopped, running) = (
        Server::unregistered_chat(&flags),
        Server::unregistered_chat(&flags),
    );
    let mut caller = enter(&running);
    stopped.program.pause();
    let text = "x".repeat(16_000);
    let is_taken = (0..100).any(|_| {
        for _ in 0..20 {
            send(&mut caller, &text);
        }
        running.metric(AGE).is_some()
    });
    assert!(is_taken, "no snapshot");
    let expected = texts_at(&running);
    etcd.kill(0);
    etcd.run(0);
    etcd.wait_until_healthy();
    stopped.program.resume();
    eventually("it goes on from the snapshot", || {
        (texts_at(&stopped) == expected).then_some(())
    });
}

#[test]
fn a_server_that_runs_while_a_backup_is_restored_ends_and_says_why() {
    let mut etcd = Etcd::start(1, &[]);
    let server = chat(&etcd, "chat");
    send(&mut enter(&server), "um");
    // A backup from before all that. Served on, it would be a chat of its own.
    etcd.restart_on(tempfile::tempdir_in(binaries::temporary()).unwrap());
    let ended = server.program.wait_for_end(Duration::from_secs(20));
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(ended.err.contains("was a backup restored"), "{}", ended.err);
}

#[test]
fn a_server_that_was_stopped_while_a_backup_was_restored_ends_though_the_chat_has_gone_on() {
    let mut etcd = Etcd::start(1, &[]);
    let stopped = chat(&etcd, "chat");
    send(&mut enter(&stopped), "um");
    stopped.program.pause();
    etcd.restart_on(tempfile::tempdir_in(binaries::temporary()).unwrap());
    let running = chat(&etcd, "chat");
    let mut caller = enter(&running);
    // More than there was before the backup was restored.
    for number in 0..30 {
        send(&mut caller, &number.to_string());
    }
    stopped.program.resume();
    let ended = stopped.program.wait_for_end(Duration::from_secs(20));
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(ended.err.contains("was a backup restored"), "{}", ended.err);
    send(&mut caller, "depois");
}
