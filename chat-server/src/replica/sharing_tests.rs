//! Several replicas on one log that delays, loses and repeats: the log is the witness.

mod checker;
mod cluster;
mod log;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::Refused;
use super::fixtures::{create_room, guest, register, room, send, start};
use super::queue::WAIT;
use crate::chat::Chat;
use crate::chat::commands::{Join, SendMessage};
use checker::{Answer, check};
use cluster::{Cluster, SERVERS};

const CLIENTS: [&str; 4] = ["ana", "bia", "caio", "davi"];

/// Without an identifier, so that the chat itself finds no repetition.
fn unmarked(number: usize, from: &str) -> SendMessage {
    SendMessage {
        once: None,
        ..send(number, from)
    }
}

async fn client(cluster: Arc<Cluster>, index: usize, answers: Arc<Mutex<Vec<Answer>>>) {
    for count in 0..12 {
        let number = index * 100 + count;
        let server = cluster.random.lock().usize(..SERVERS);
        let pause = cluster.random.lock().u64(..1_500);
        let called = Instant::now();
        let outcome = cluster
            .replica(server)
            .submit(unmarked(number, CLIENTS[index]))
            .await;
        let answered = Instant::now();
        let waited = answered - called;
        assert!(waited < Duration::from_millis(5_200), "{waited:?}");
        answers.lock().push(Answer {
            number,
            called,
            answered,
            outcome,
        });
        sleep(Duration::from_millis(pause)).await;
    }
}

/// A fault, and how long after the one before.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Cut(usize),
    Heal(usize),
    Restart(usize),
}

fn faults() -> impl Strategy<Value = Vec<(u64, Fault)>> {
    let fault = prop_oneof![
        (0..SERVERS).prop_map(Fault::Cut),
        (0..SERVERS).prop_map(Fault::Heal),
        (0..SERVERS).prop_map(Fault::Restart),
    ];
    prop::collection::vec((0..4_000_u64, fault), 0..14)
}

async fn run(seed: u64, faults: Vec<(u64, Fault)>) {
    let cluster = Cluster::start(seed);
    cluster.insist(start()).await;
    cluster.insist(create_room()).await;
    for name in CLIENTS {
        cluster.insist(register(name)).await;
        let (caller, room) = (guest(name), room());
        cluster.insist(Join { caller, room }).await;
    }
    let answers = Arc::new(Mutex::new(Vec::new()));
    let clients: Vec<_> = (0..CLIENTS.len())
        .map(|index| tokio::spawn(client(Arc::clone(&cluster), index, Arc::clone(&answers))))
        .collect();
    for (pause, fault) in faults {
        sleep(Duration::from_millis(pause)).await;
        match fault {
            Fault::Cut(index) => cluster.cut(index, true),
            Fault::Heal(index) => cluster.cut(index, false),
            Fault::Restart(index) => cluster.restart(index),
        }
    }
    for client in clients {
        client.await.unwrap();
    }
    // What is still to land has landed by then.
    (0..SERVERS).for_each(|index| cluster.cut(index, false));
    sleep(Duration::from_secs(30)).await;
    check(&cluster, &answers.lock());
}

fn paused(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(32) })]
    #[test]
    fn what_any_server_answered_is_what_the_log_gives(seed: u64, faults in faults()) {
        paused(run(seed, faults));
    }
}

#[test]
fn a_server_that_is_cut_off_says_so_refuses_and_comes_back() {
    paused(async {
        let cluster = Cluster::start(7);
        cluster.insist(create_room()).await;
        let replica = cluster.replica(1);
        let mut log_status = replica.log_status().unwrap();
        while !replica.query(Chat::has_rooms) {
            sleep(Duration::from_millis(5)).await;
        }
        log_status
            .wait_for(|log_status| !log_status.is_behind())
            .await
            .unwrap();
        cluster.cut(1, true);
        let began = Instant::now();
        log_status
            .wait_for(|log_status| log_status.is_behind())
            .await
            .unwrap();
        assert!(
            began.elapsed() <= Duration::from_millis(2_200),
            "{:?}",
            began.elapsed()
        );
        let began = Instant::now();
        let refused = replica.submit(create_room()).await;
        assert_eq!(refused, Err(Refused::NotNow));
        assert!(began.elapsed() >= WAIT);
        assert!(replica.query(Chat::has_rooms), "reading goes on");
        cluster.cut(1, false);
        log_status
            .wait_for(|log_status| !log_status.is_behind())
            .await
            .unwrap();
        while replica.submit(create_room()).await.is_err() {}
    });
}
