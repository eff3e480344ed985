//! The whole system, tested from outside: in one process, as binaries, and against real Python.
//!
//! [`support`] starts the programs and watches them, [`contract`] has the tables of calls, [`asking`] makes
//! them in every language; every other module is one topic of what must hold. The Python programs they play with are in `tests/python/`.
//!
//! `cargo test --workspace --test system` runs these tests alone, with everything compiled as it is for
//! `cargo test --workspace`; part of a test's path after `--` chooses among them.
#![cfg(test)]

mod asking;

mod accounts_combinations;
mod accounts_methods;
mod accounts_refusals;
mod accounts_transcript;
mod binder_methods;
mod binder_questions;
mod both_dialects;
mod class_page;
mod classic_methods;
mod classic_refusals;
mod client_reconnects;
mod combinations;
mod delivery;
mod documented_flags;
mod empty_rooms;
mod history;
mod introspection;
mod lessons;
mod lifecycle;
mod monitoring;
mod odd_binders;
mod port_offset;
mod privacy;
mod proxy;
mod proxy_questions;
mod python_programs;
mod transcripts;
mod wire_form;
mod wire_log;
mod xml_agreement;
