//! Dialect classic: what our server answers otherwise than the original, on purpose, and what it has
//! beyond it. Each table is asked from Rust and from Python.

use contract::table::{Row, unknown};
use contract::{classic, wrong_calls};
use serde_json::json;
use support::{Caller, InProcess, Seen, dialect::Dialect};

use crate::asking::check_ours;

#[test]
fn texts_that_are_no_names_are_refused_with_the_reason() {
    check_ours(Dialect::Classic, &classic::names());
}

#[test]
fn texts_that_are_no_messages_are_refused_with_the_reason() {
    check_ours(Dialect::Classic, &classic::texts());
}

#[test]
fn calls_with_the_wrong_number_of_parameters_are_refused() {
    let rows = wrong_calls::of_wrong_length(classic::METHODS);
    check_ours(Dialect::Classic, &rows);
}

#[test]
fn calls_with_a_parameter_of_the_wrong_type_are_refused() {
    let rows = wrong_calls::of_wrong_type(classic::METHODS);
    check_ours(Dialect::Classic, &rows);
}

#[test]
fn a_last_timestamp_that_cannot_be_read_is_refused() {
    check_ours(Dialect::Classic, &classic::last_timestamps());
}

#[test]
fn joining_returns_only_what_the_user_may_see() {
    check_ours(Dialect::Classic, &classic::privacy());
}

#[test]
fn the_extensions_answer_as_promised() {
    for rows in [
        classic::leave_room(),
        classic::send_message_once(),
        classic::wait_messages(),
    ] {
        check_ours(Dialect::Classic, &rows);
    }
}

#[test]
fn unknown_methods_are_refused() {
    let name = ["a method that no server has", "um método que não existe"];
    let rows = [Row::new(name, "dance", [], unknown("dance"))];
    check_ours(Dialect::Classic, &rows);
}

#[test]
fn what_xml_cannot_carry_is_refused_and_never_stored() {
    let server = InProcess::chat();
    let mut rust = server.caller();
    rust.enter("ana", "geral");
    rust.enter("bia", "geral");
    // Python writes such characters into its call without complaint.
    let mut python = Caller::python(&server.address);
    for character in ['\u{1}', '\u{1b}', '\u{fffe}'] {
        let said = json!(format!("a{character}b"));
        let seen = python.call("send_message", &[json!("ana"), json!("geral"), said]);
        let Seen::Fault(code, string) = &seen else {
            panic!("{character:?} is answered with {seen:?}");
        };
        let name = format!("U+{:04X}", u32::from(character));
        assert!(
            *code == -32700 && string.contains(&name),
            "{name}: {seen:?}"
        );
    }
    assert_eq!(
        rust.answer("receive_messages", &["bia", "geral"]),
        json!([])
    );
}
