//! The interactive mode at a real pseudo-terminal, looked at with a terminal emulator.
#![cfg(test)]

mod appearance;
mod commands;
mod completion;
mod conversation;
mod embedded;
mod encoding;
mod fixtures;
mod latency;
mod leaving;
mod originals;
mod resizing;
mod servers;
mod signing_in;
mod tall;
mod trouble;
mod typing;
