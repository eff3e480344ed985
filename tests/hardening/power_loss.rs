//! The power fails while a server writes: what it has acknowledged is found again.
//!
//! A real server is recorded with strace. What it wrote is then replayed into directories as a disk may have
//! them after a loss of power at some instant of the recording: only what was synced by then, everything,
//! or the synced and parts of the rest. From each of them a server must start, with everything that was
//! acknowledged by that instant. The answers are in the same recording, so the order of answers and syncs is
//! certain.

mod disk;
mod facts;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use chat_server::Keep;
use chat_server::chat::commands::{SendMessage, SendMessageOutcome};
use chat_server::chat::{Caller, Kind, MessageText, Recipient, RoomName};
use chat_server::log::sqlite::{Opened, SqliteLog};
use chat_server::replica::Replica;
use dxr::Value;
use rustix::process::Signal;

use crate::trace;
use disk::{Disk, Loss};
use facts::{Facts, ROOM};
use support::{
    DEADLINE, Server,
    kept_chat::{self, query_number},
    runtime,
    wire::Client,
};

/// Everything that changes a file, the syncs, and what is read from and written to sockets.
const CALLS: &str = "mkdir,openat,open,creat,pwrite64,pwritev,write,writev,sendto,sendmsg,recvfrom,read,\
                     readv,fdatasync,fsync,sync_file_range,ftruncate,fallocate,unlink,unlinkat,rename,\
                     renameat2,link,mmap";

const SENDERS: usize = 3;

/// A life of the server: what is sent in it, and how it ends.
struct Life {
    sends: usize,
    text_bytes: usize,
    ends_with: Signal,
}

/// Uses the server in both dialects from several connections at once, and ends it.
fn live(server: Server, number: usize, life: &Life) {
    let address = &server.address;
    let mut first = Client::open(address);
    let listener = format!("ouvinte{number}");
    let registered = "Usuário registrado com sucesso.";
    if number == 0 {
        first.must("create_room", &[ROOM], &format!("Sala '{ROOM}' criada."));
    }
    first.must("register_user", &[&listener], registered);
    first.ask("join_room", &[&listener, ROOM]);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (next, listener) = (&next, &listener);
            scope.spawn(move || {
                let mut client = Client::open(address);
                let name = format!("guest{number}x{sender}");
                client.must("register_user", &[&name], registered);
                client.ask("join_room", &[&name, ROOM]);
                while next.fetch_add(1, Ordering::Relaxed) < life.sends {
                    let count = next.load(Ordering::Relaxed);
                    let text = facts::text(&format!("{name}-{count}"), life.text_bytes);
                    let to = if count.is_multiple_of(5) {
                        listener
                    } else {
                        ""
                    };
                    client.must(
                        "send_message",
                        &[&name, ROOM, &text, to],
                        "Mensagem enviada.",
                    );
                    if count.is_multiple_of(10) {
                        let room = format!("sala-{name}-{count}");
                        client.must("create_room", &[&room], &format!("Sala '{room}' criada."));
                    }
                }
            });
        }
        scope.spawn(move || {
            let mut client = Client::open(server.accounts.as_ref().unwrap());
            let name = format!("conta{number}");
            assert_eq!(
                client.ask("register_user", &[&name, "senha"]),
                Value::Boolean(true)
            );
        });
        // What a reader has seen must not be taken back, either.
        while next.load(Ordering::Relaxed) < life.sends {
            first.ask("receive_messages", &[&listener, ROOM]);
        }
    });
    server.program.signal(life.ends_with);
    server.program.wait_for_end(DEADLINE);
}

/// Runs a server for some lives, in which it takes `snapshots` or none, and looks at this many states of its
/// disk.
fn lose_power(seed: u64, states: usize, lives: &[Life], snapshots: bool) {
    println!("seed {seed:#x}");
    let place = kept_chat::directory();
    let data = place.path().join("state").join("chat");
    let (mut disk, mut facts) = (Disk::new(place.path()), Facts::default());
    let mut lines = 0;
    for (number, life) in lives.iter().enumerate() {
        let file = place.path().join(format!("trace{number}"));
        let strace = trace::strace(&file, CALLS);
        let strace: Vec<&str> = strace.iter().map(String::as_str).collect();
        live(kept_chat::start_under(&strace, &data, &[]), number, life);
        let calls = trace::read(&file, lines);
        lines = calls.iter().map(|call| call.began + 1).max().unwrap();
        facts.lives_begin();
        for call in calls {
            facts.read(&call);
            disk.read(call);
        }
    }
    println!("{disk}, {facts}");
    let pruned = query_number(&data, "SELECT min(position) > 1 FROM log");
    assert_eq!(pruned == 1, snapshots, "whether snapshots were taken");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut instants = [disk.instants(), facts.instants()].concat();
    instants.sort_unstable();
    for state in 0..states {
        // Spread over the whole run, and by chance within.
        let from = state * instants.len() / states;
        let to = ((state + 1) * instants.len() / states).max(from + 1);
        let at = instants[random.usize(from..to)];
        let loss = match state % 4 {
            0 => Loss::Unsynced,
            1 => Loss::Nothing,
            _ => Loss::Torn(&mut random),
        };
        let what = format!("state {state}, {loss:?} at line {at}, seed {seed:#x}");
        let lost = kept_chat::directory();
        disk.replay(at, loss, lost.path());
        let data = lost.path().join("state").join("chat");
        check(&data, &facts, at, &what);
        if state % (states / 4) == 3 {
            // It has been opened and closed: here from the same state, and by the program itself.
            let server = kept_chat::start(&data, &[]);
            server.program.signal(Signal::TERM);
            assert_eq!(
                server.program.wait_for_end(DEADLINE).code,
                Some(0),
                "{what}"
            );
        }
    }
}

/// Opens what a loss of power has left, and looks for what was acknowledged.
fn check(data: &Path, facts: &Facts, at: usize, what: &str) {
    let Opened { log, chat } = match SqliteLog::open(data, Keep::Newest) {
        Ok(opened) => opened,
        Err(error) => panic!("{what}: {error}"),
    };
    facts.must_be_in(&chat, at, what);
    let messages = chat.latest_messages(ROOM, usize::MAX);
    assert!(
        messages.is_sorted_by(|one, other| {
            one.timestamp < other.timestamp && one.sequence + 1 == other.sequence
        }),
        "{what}: timestamps increase, and nothing is missing in between"
    );
    // And it goes on from there.
    let Some(newest) = messages.last() else {
        return;
    };
    let sender = chat.users(ROOM).unwrap().next().unwrap().clone();
    let kind = chat.holder(sender.as_str()).unwrap();
    if kind == Kind::Guest && chat.users(ROOM).unwrap().len() == 1 {
        return;
    }
    let send = SendMessage {
        caller: Caller { name: sender, kind },
        room: RoomName::parse(ROOM).unwrap(),
        text: MessageText::parse("depois").unwrap(),
        recipient: Recipient::Absent,
        once: None,
    };
    let replica = Replica::with_own_log(chat, log).unwrap();
    match runtime().block_on(replica.submit(send)) {
        Ok(SendMessageOutcome::Sent(receipt)) => {
            assert!(receipt.timestamp > newest.timestamp, "{what}");
            assert_eq!(receipt.sequence, newest.sequence + 1, "{what}");
        }
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn what_was_acknowledged_outlives_a_loss_of_power() {
    let killed = |sends| Life {
        sends,
        text_bytes: 40,
        ends_with: Signal::KILL,
    };
    let stopped = Life {
        ends_with: Signal::TERM,
        ..killed(20)
    };
    lose_power(0x00c0_ffee, 240, &[killed(60), stopped, killed(20)], false);
}

#[test]
fn what_was_acknowledged_outlives_a_loss_of_power_while_snapshots_are_written() {
    let long = |sends, ends_with| Life {
        sends,
        text_bytes: 16_000,
        ends_with,
    };
    let lives = [long(330, Signal::KILL), long(220, Signal::TERM)];
    lose_power(0x0000_bead, 32, &lives, true);
}
