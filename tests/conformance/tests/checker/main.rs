//! Tests of the checker: our own programs meet everything, the originals fail what they are known for, and of
//! the shelf's programs, each with one mistake, every mistake is found and nothing else.
//!
//! The shelf is in `programs/`.
#![cfg(test)]

mod ended;
mod files;
mod leftover;
mod mistakes;
mod nonsense;
mod originals;
mod own;
mod shelf;
mod slow;
mod terminal;
mod workflow;
