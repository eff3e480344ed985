//! Many people log in at the same time, and the chat goes on beside it: a password takes some thirty
//! milliseconds of a core, on purpose.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::latency::Latency;
use support::{
    Server, eventually,
    wire::{Connection, ask, call, post},
};

/// How many log in at the same time, over and over.
const PEOPLE: usize = 64;

/// What a flood of logins does to polls of dialect classic.
struct Measured {
    alone: Latency,
    beside: Latency,
    /// Logins that were answered while the polls beside them were measured.
    logins: usize,
    /// In mebibytes.
    peak_memory: u64,
}

fn measured(time: Duration) -> Measured {
    let chat = Server::unregistered_chat(&[]);
    let classic = &chat.address;
    let accounts = chat.accounts.as_ref().unwrap();
    ask(classic, call("create_room", &["geral"])).unwrap();
    let poll = call("receive_messages", &["ana", "geral"]);

    let alone = Latency::of(classic, &poll, time);
    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let log_in = |number: usize| {
        let mut connection = Connection::open(accounts);
        let name = format!("user-{number}");
        while !over.load(Ordering::Relaxed) {
            connection
                .ask(post(call("login_user", &[&name, "senha"])))
                .answer()
                .unwrap();
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let (beside, logins) = thread::scope(|scope| {
        for number in 0..PEOPLE {
            scope.spawn(move || log_in(number));
        }
        eventually("the flood has begun", || {
            (answered.load(Ordering::Relaxed) > 0).then_some(())
        });
        let before = answered.load(Ordering::Relaxed);
        let beside = Latency::of(classic, &poll, time);
        over.store(true, Ordering::Relaxed);
        (beside, answered.load(Ordering::Relaxed) - before)
    });
    Measured {
        alone,
        beside,
        logins,
        peak_memory: chat.program.peak_memory().unwrap(),
    }
}

#[test]
fn a_flood_of_logins_does_not_slow_the_chat_down() {
    let measured = measured(Duration::from_secs(2));
    let beside = &measured.beside;
    assert!(measured.logins > 0, "no login was answered meanwhile");
    // A poll waits for no password; what is left is what a busy machine does to it.
    assert!(beside.median < Duration::from_millis(20), "{beside}");
    assert!(beside.of_99_in_100 < Duration::from_millis(300), "{beside}");
    // 64 passwords of 19 MiB each at the same time would be more than a gibibyte.
    assert!(measured.peak_memory < 400, "{} MiB", measured.peak_memory);
}

#[test]
fn accounts_made_one_after_another_take_the_memory_of_one() {
    let chat = Server::unregistered_chat(&[]);
    let accounts = chat.accounts.as_ref().unwrap();
    for number in 0..20 {
        let name = format!("user-{number}");
        ask(accounts, call("register_user", &[&name, "senha"])).unwrap();
        ask(accounts, call("login_user", &[&name, "senha"])).unwrap();
    }
    // A password takes 19 MiB, and the server itself a few more.
    let peak = chat.program.peak_memory().unwrap();
    assert!(peak < 100, "{peak} MiB");
}

#[test]
#[ignore = "measures for twenty seconds; run it alone, optimized, with --nocapture"]
fn measured_for_longer() {
    let measured = measured(Duration::from_secs(10));
    println!("alone:  {}", measured.alone);
    println!(
        "beside: {} (of {} logins)",
        measured.beside, measured.logins
    );
    println!("memory: {} MiB at most", measured.peak_memory);
}
