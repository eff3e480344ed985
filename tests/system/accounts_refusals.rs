//! Dialect accounts: what our server answers otherwise than the original, on purpose, and what it has
//! beyond it. Each table is asked from Rust and from Python.

use contract::{accounts, wrong_calls};
use support::dialect::Dialect;

use crate::asking::check_ours;

#[test]
fn texts_that_are_no_names_are_refused_with_the_reason() {
    check_ours(Dialect::Accounts, &accounts::names());
}

#[test]
fn texts_that_are_no_messages_are_refused_with_the_reason() {
    check_ours(Dialect::Accounts, &accounts::texts());
}

#[test]
fn calls_with_the_wrong_number_of_parameters_are_refused() {
    let rows = wrong_calls::of_wrong_length(accounts::METHODS);
    check_ours(Dialect::Accounts, &rows);
}

#[test]
fn calls_with_a_parameter_of_the_wrong_type_are_refused() {
    let rows = wrong_calls::of_wrong_type(accounts::METHODS);
    check_ours(Dialect::Accounts, &rows);
}

#[test]
fn messages_need_a_sender_and_a_recipient_in_the_room() {
    check_ours(Dialect::Accounts, &accounts::membership());
}

#[test]
fn joining_returns_only_what_the_user_may_see() {
    check_ours(Dialect::Accounts, &accounts::privacy());
}

#[test]
fn the_extensions_answer_as_promised() {
    check_ours(Dialect::Accounts, &accounts::send_message_once());
    check_ours(Dialect::Accounts, &accounts::wait_messages());
}

#[test]
fn methods_of_the_other_dialect_are_unknown_here() {
    check_ours(Dialect::Accounts, &accounts::unknown_methods());
}
