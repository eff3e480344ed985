//! Several chat servers on an etcd of three members, each a process of its own, while processes are killed
//! and stopped and links are cut.
//!
//! These tests need Debian's package `etcd-server`, and stand behind a feature so that nothing else does:
//!
//! ```text
//! cargo test --workspace --features tests/cluster --test cluster
//! ```
//!
//! As root each host is a network namespace, and links are cut, too. `CLUSTER_SECONDS` is how long the faults
//! go on (20), `CLUSTER_SEED` repeats the plan of a run that has failed.
#![cfg(test)]

mod binders;
mod checker;
mod commands;
mod compaction;
mod faults;
mod hosts;
mod late_requests;
mod permissions;
mod power_loss;
mod proxied;
mod real_etcd;
mod staleness;
mod timing;
mod workload;

use std::time::{Duration, Instant};

use hosts::Hosts;
use support::runtime;
use workload::Workload;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn any_machine_may_die_and_the_chat_goes_on_as_one() {
    let seconds = number("CLUSTER_SECONDS").unwrap_or(20);
    let seed = number("CLUSTER_SEED").unwrap_or_else(|| fastrand::u64(..));
    eprintln!("CLUSTER_SEED={seed}");
    let runtime = runtime();
    let _inside = runtime.enter();
    let mut hosts = Hosts::start();
    let witness = runtime.block_on(checker::Witness::start(&hosts));
    let workload = runtime.block_on(Workload::start(&hosts, seed));
    let began = Instant::now();
    let mut plan = faults::Plan::new(seed, hosts.can_cut());
    while began.elapsed() < Duration::from_secs(seconds) {
        plan.next(&mut hosts);
    }
    hosts.heal();
    let records = runtime.block_on(workload.finish(&hosts));
    let log = runtime.block_on(witness.finish(&hosts));
    eprintln!("{}", checker::check(&log, &records));
}
