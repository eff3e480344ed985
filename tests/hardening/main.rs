//! What strangers, dead peers and restarts do to the system, and what it promises all the same.
//!
//! Each module is one kind of trouble. They share the stage of the system tests, and add raw sockets
//! ([`wire`]) and servers with limits of the tests' own choice ([`endpoint`]). What is promised is
//! listed in `docs/reliability.md`, with the test that shows it.
#![cfg(test)]

#[path = "../system/stage/mod.rs"]
#[expect(dead_code, reason = "the system tests use all of it, these a part")]
mod stage;

mod durable;
mod endpoint;
mod kept;
mod latency;
mod processes;
mod trace;
mod wire;

mod board;
mod board_pass_through;
mod bodies;
mod capacity;
mod crowd;
mod descriptors;
mod differential;
mod durability;
mod expensive;
mod failed_sync;
mod full_disk;
mod guessing;
mod kills;
mod log_readers;
mod login_flood;
mod malformed;
mod not_http;
mod panics;
mod power_loss;
mod presence;
mod presence_and_restarts;
mod random;
mod requests;
mod restarts;
mod shutdown;
mod slow_peers;
mod snapshots;
mod texts;
mod unusable_data;
