//! A crowd of peers that send a byte a second, beside ordinary calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::latency::Latency;
use support::{
    Server,
    wire::{Connection, call, head},
};

/// Measures the calls alone and beside so many peers.
fn alone_and_crowded(peers: usize, time: Duration) -> (Latency, Latency, u64) {
    let binder = Server::our_binder_after("ulimit -n 8192", &["--request-timeout", "1h"]);
    let address = &binder.address;
    let lookup = call("lookup_procedure", &["nobody"]);
    let alone = Latency::of(address, &lookup, time);
    let crowded = AtomicBool::new(false);
    let over = AtomicBool::new(false);
    let crowd = || {
        // Half of them never end their header, half never their body.
        let mut peers: Vec<Connection> = (0..peers)
            .map(|number| {
                let mut peer = Connection::open(address);
                if number % 2 == 0 {
                    peer.send(head(&[("Content-Length", "100000")]));
                } else {
                    peer.send("POST /RPC2 HTTP/1.1\r\nX-Long: ");
                }
                peer
            })
            .collect();
        crowded.store(true, Ordering::Relaxed);
        let pause = Duration::from_secs(1) / u32::try_from(peers.len()).unwrap();
        let mut next = Instant::now();
        while !over.load(Ordering::Relaxed) {
            for peer in &mut peers {
                peer.send_all("x");
                next += pause;
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        }
    };
    let beside = thread::scope(|scope| {
        scope.spawn(crowd);
        while !crowded.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(10));
        }
        let beside = Latency::of(address, &lookup, time);
        over.store(true, Ordering::Relaxed);
        beside
    });
    (alone, beside, binder.program.peak_memory().unwrap())
}

#[test]
fn a_crowd_of_slow_peers_does_not_delay_a_call() {
    let (_, crowded, _) = alone_and_crowded(300, Duration::from_secs(2));
    // A call waits for none of them; what is left is what a busy machine does to it.
    assert!(crowded.median < Duration::from_millis(20), "{crowded}");
    assert!(
        crowded.of_99_in_100 < Duration::from_millis(300),
        "{crowded}"
    );
}

#[test]
#[ignore = "measures for half a minute; run it alone, optimized, with --nocapture"]
fn measured_with_two_thousand() {
    let (alone, crowded, memory) = alone_and_crowded(2_000, Duration::from_secs(10));
    println!("alone:   {alone}");
    println!("crowded: {crowded}");
    println!("memory:  {memory} MiB at most");
}
