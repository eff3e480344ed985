//! The binder: its two procedures answer as the original's, and what ours has beyond them.

use contract::{Row, binder};
use serde_json::{Value as Json, json};
use support::{Caller, InProcess, Language, Server};

use crate::asking::check;

#[test]
fn both_procedures_answer_as_promised_in_every_combination() {
    for language in Language::ALL {
        let server = Server::binder(language);
        let from_python = Caller::python(&server.address);
        for (mut caller, asker, prefix) in
            [(server.caller(), "Rust", "r"), (from_python, "Python", "p")]
        {
            let seen_by = format!("the {language} binder, asked from {asker}");
            check(&binder::procedures(prefix), &mut caller, language, &seen_by);
        }
    }
}

#[test]
fn parameters_that_lead_nowhere_are_refused() {
    asked_from_both(&binder::wrong_places("p"));
}

#[test]
fn a_lease_registers_all_names_at_once_and_is_given_back() {
    asked_from_both(&binder::leases("p"));
}

#[test]
fn list_procedures_gives_endpoint_start_and_lease() {
    let binder = InProcess::binder();
    let mut caller = binder.caller();
    let names = json!(["b"]);
    caller.call("register_lease", &[names, json!("h"), json!(2), json!(30)]);
    caller.call("register_procedure", &[json!("a"), json!("h"), json!(1)]);
    let listed = caller.answer("list_procedures", &[]);
    let of = |index: usize| -> &Json { &listed[index] };
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    assert_eq!((&of(0)["name"], &of(0)["port"]), (&json!("a"), &json!(1)));
    assert_eq!(
        of(0)["lease"],
        json!(null),
        "without a lease it is permanent"
    );
    assert_eq!(
        (&of(1)["name"], &of(1)["address"]),
        (&json!("b"), &json!("h"))
    );
    let left = of(1)["lease"].as_i64().unwrap();
    assert!((25..=30).contains(&left), "{left} seconds are left of 30");
}

/// Checks the rows twice, each time with a fresh binder.
#[track_caller]
fn asked_from_both(rows: &[Row]) {
    for language in Language::ALL {
        let binder = InProcess::binder();
        let mut caller = match language {
            Language::Rust => binder.caller(),
            Language::Python => Caller::python(&binder.address),
        };
        let seen_by = format!("our binder, asked from {language}");
        check(rows, &mut caller, Language::Rust, &seen_by);
    }
}
