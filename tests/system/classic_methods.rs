//! Dialect classic: every method answers as the original does, to the letter.
//!
//! One table, asked in four ways: from Rust and from Python, of our server and of the original. What
//! the two servers answer differently on purpose is in [`crate::classic_refusals`].

use contract::classic;
use support::dialect::Dialect;

use crate::asking::{check_original, check_ours};

#[test]
fn every_method_answers_as_promised() {
    check_ours(Dialect::Classic, &classic::methods());
}

#[test]
fn every_method_of_the_original_answers_the_same() {
    check_original(Dialect::Classic, &classic::methods());
}

#[test]
fn joining_returns_the_last_fifty() {
    check_ours(Dialect::Classic, &classic::last_fifty());
    check_original(Dialect::Classic, &classic::last_fifty());
}
