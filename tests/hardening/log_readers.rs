//! The log is looked at while a server writes it and drops what it needs no more.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use chat_server::log::Position;
use chat_server::log::reading::{Reader, Step};
use rustix::process::Signal;

use support::{
    Program, binaries, eventually,
    kept_chat::{self, enter, query_number},
    wire::Client,
};

/// Runs `chat-server` with these words on the log in `data`.
fn look(data: &Path, words: &[&str]) -> Output {
    let mut command = command(data, words);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    output
}

fn command(data: &Path, words: &[&str]) -> Command {
    let mut command = binaries::command("chat-server");
    command.args(words).arg("--data").arg(data);
    command
}

/// Sends messages until entries were dropped that were there before.
fn write_until_dropped(client: &mut Client, data: &Path) {
    let first = "SELECT min(position) FROM log";
    let before = query_number(data, "SELECT max(position) FROM log");
    let text = "x".repeat(16_000);
    let mut count = 0;
    while query_number(data, first) <= before {
        for _ in 0..20 {
            client.send("ana", &text);
        }
        count += 20;
        assert!(count < 3_000, "no snapshot was taken");
    }
}

#[test]
fn a_follower_goes_on_after_entries_were_dropped() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    let server = kept_chat::start(&data, &[]);
    let mut client = enter(&server.address);
    client.send("ana", "primeira");
    let mut follower = Program::start("log --follow", &mut command(&data, &["log", "--follow"]));
    follower.wait_for("ana in geral: primeira");

    // It is held up, and misses what is dropped meanwhile.
    follower.signal(Signal::STOP);
    write_until_dropped(&mut client, &data);
    follower.signal(Signal::CONT);
    follower.wait_for(": no longer kept\n");
    client.send("ana", "segunda");
    follower.wait_for("ana in geral: segunda");

    // What is begun now begins at the oldest entry that is there.
    let log = look(&data, &["log"]);
    assert!(String::from_utf8_lossy(&log.stdout).contains("segunda"));
    let replay = look(&data, &["replay"]);
    assert!(String::from_utf8_lossy(&replay.stdout).contains("geral (ana, bia)"));
}

#[test]
fn reading_is_of_one_moment_whatever_is_dropped_meanwhile() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    let server = kept_chat::start(&data, &[]);
    let mut client = enter(&server.address);
    client.send("ana", "primeira");
    let last = Position(
        query_number(&data, "SELECT max(position) FROM log")
            .try_into()
            .unwrap(),
    );
    let mut reader = Reader::open(&data).unwrap();
    write_until_dropped(&mut client, &data);
    let mut read = Vec::new();
    let mut step = |step: Step| match step {
        Step::Applied(applied) => read.push(applied.position),
        dropped @ Step::Dropped { .. } => panic!("{dropped:?}"),
    };
    reader.read(Position::LAST, &mut step).unwrap();
    assert_eq!(read.last(), Some(&last), "as it was when it was opened");
    // The next reading is of another moment.
    let mut dropped = None;
    reader
        .read(Position::LAST, |step| {
            if let Step::Dropped { first, .. } = step {
                dropped = Some(first);
            }
        })
        .unwrap();
    assert_eq!(dropped, Some(last.next()));
    assert_eq!(reader.chat().latest_messages("geral", 1).len(), 1);
}

#[test]
fn the_log_can_be_looked_at_while_entries_are_dropped() {
    let place = kept_chat::directory();
    let data = place.path().join("chat");
    let server = kept_chat::start(&data, &[]);
    let mut client = enter(&server.address);
    let written = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for _ in 0..2 {
                write_until_dropped(&mut client, &data);
            }
        });
        let mut looks = 0;
        eventually("the end of writing", || {
            for words in [["log"].as_slice(), &["replay"], &["log", "--private"]] {
                look(&data, words);
                looks += 1;
            }
            writing.is_finished().then_some(looks)
        })
    });
    println!("looked {written} times");
    server.program.terminate();
    look(&data, &["log"]);
}
