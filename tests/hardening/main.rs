//! What strangers, dead peers and restarts do to the system, and what it promises all the same.
//!
//! Each module is one kind of trouble. What is promised is
//! listed in `docs/reliability.md`, with the test that shows it.
#![cfg(test)]

mod latency;
mod trace;

mod account_addresses;
mod board;
mod bodies;
mod capacity;
mod clocks;
mod crowd;
mod descriptors;
mod differential;
mod expensive;
mod failed_sync;
mod fairness;
mod filling;
mod full_disk;
mod guessing;
mod header_sizes;
mod importing;
mod kills;
mod log_readers;
mod login_flood;
mod login_places;
mod malformed;
mod not_http;
mod panics;
mod places;
mod power_loss;
mod presence;
mod presence_and_restarts;
mod proxied_servers;
mod proxied_standing;
mod proxied_waiting;
mod proxy;
mod random;
mod requests;
mod restarts;
mod shutdown;
mod slow_peers;
mod snapshots;
mod texts;
mod timestamps;
mod unusable_data;
mod upstream_circles;
mod viewers;
