//! The binder: its two procedures answer as the original's, and what ours has beyond them.

use serde_json::{Value as Json, json};

use crate::table::{Row, check, rows, text, value, wrong_parameters};
use support::{Caller, InProcess, Language, Server};

#[test]
fn both_procedures_answer_as_promised_in_every_combination() {
    for language in Language::ALL {
        let binder = Server::binder(language);
        let from_python = Caller::python(&binder.address);
        for (mut caller, asker, prefix) in
            [(binder.caller(), "Rust", "r"), (from_python, "Python", "p")]
        {
            let seen_by = format!("the {language} binder, asked from {asker}");
            check(&original(prefix), &mut caller, language, &seen_by);
        }
    }
}

#[test]
fn parameters_that_lead_nowhere_are_refused() {
    let far = "h".repeat(256);
    let mut rows = Vec::new();
    #[rustfmt::skip]
    let table = [
        ("port 0", json!(["x", "localhost", 0]), ["port", "got 0"]),
        ("port 65536", json!(["x", "localhost", 65_536]), ["port", "got 65536"]),
        ("port -1", json!(["x", "localhost", -1]), ["port", "got -1"]),
        ("a port that is text", json!(["x", "localhost", "9000"]), ["port", "got string"]),
        ("an empty address", json!(["x", "", 9000]), ["address", "got 0"]),
        ("an address of 256 characters", json!(["x", far, 9000]), ["address", "got 256"]),
        ("an address that is nil", json!(["x", null, 9000]), ["address", "got nil"]),
        ("a name that is a number", json!([1, "localhost", 9000]), ["name", "got int"]),
        ("two parameters", json!(["x", "localhost"]), ["register_procedure", "got 2"]),
        ("four parameters", json!(["x", "a", 1, 1]), ["register_procedure", "got 4"]),
    ];
    for (what, parameters, parts) in table {
        rows.push(Row::new(
            format!("register_procedure with {what}"),
            "register_procedure",
            parameters,
            wrong_parameters(&parts),
        ));
    }
    for (what, parameters, parts) in [
        ("a number", json!([1]), ["name", "got int"]),
        ("nothing", json!([]), ["lookup_procedure", "got 0"]),
        (
            "two names",
            json!(["x", "y"]),
            ["lookup_procedure", "got 2"],
        ),
    ] {
        rows.push(Row::new(
            format!("lookup_procedure with {what}"),
            "lookup_procedure",
            parameters,
            wrong_parameters(&parts),
        ));
    }
    rows.extend(rows! {
        "nothing of it is registered": lookup_procedure("x") => value(json!(null));
    });
    asked_from_both(rows);
}

#[test]
fn a_lease_registers_all_names_at_once_and_is_given_back() {
    asked_from_both(rows! {
        "register_lease registers every name":
            register_lease(["um", "dois"], "localhost", 9000, 30) => value(json!([]));
        "the first is found": lookup_procedure("um") => value(json!(["localhost", 9000]));
        "the second is found": lookup_procedure("dois") => value(json!(["localhost", 9000]));
        "unregister_procedure of who lives elsewhere":
            unregister_procedure("um", "localhost", 9001) => value(json!(false));
        "it is still there": lookup_procedure("um") => value(json!(["localhost", 9000]));
        "unregister_procedure":
            unregister_procedure("um", "localhost", 9000) => value(json!(true));
        "it is gone": lookup_procedure("um") => value(json!(null));
        "a lease of no time at all":
            register_lease(["um"], "localhost", 9000, 0) => wrong_parameters(&["seconds", "0"]);
        "names that are numbers":
            register_lease([1], "localhost", 9000, 30) => wrong_parameters(&["names", "int"]);
    });
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
        "without a lease it is for good"
    );
    assert_eq!(
        (&of(1)["name"], &of(1)["address"]),
        (&json!("b"), &json!("h"))
    );
    let left = of(1)["lease"].as_i64().unwrap();
    assert!((25..=30).contains(&left), "{left} seconds are left of 30");
}

/// What both binders answer; `prefix` keeps the names of several runs with one binder apart.
fn original(prefix: &str) -> Vec<Row> {
    let (name, other) = (format!("{prefix}_chat"), format!("{prefix}_outro <&> 'é'"));
    let (name, other) = (name.as_str(), other.as_str());
    let registered = |name: &str| text(&format!("Procedimento '{name}' registrado com sucesso."));
    rows! {
        "lookup_procedure of a name that nobody registered is nil":
            lookup_procedure(name) => value(json!(null));
        "register_procedure confirms the name":
            register_procedure(name, "localhost", 9000) => registered(name);
        "lookup_procedure answers address and port":
            lookup_procedure(name) => value(json!(["localhost", 9000]));
        "registering a name again is confirmed the same way":
            register_procedure(name, "chat.example", 65535) => registered(name);
        "registering a name again replaces address and port":
            lookup_procedure(name) => value(json!(["chat.example", 65535]));
        "any name can be registered":
            register_procedure(other, "127.0.0.1", 1) => registered(other);
        "names do not touch each other":
            lookup_procedure(other) => value(json!(["127.0.0.1", 1]));
        "the first name is still there":
            lookup_procedure(name) => value(json!(["chat.example", 65535]));
    }
}

/// Checks the rows twice, each time with a fresh binder.
#[track_caller]
fn asked_from_both(rows: Vec<Row>) {
    for language in Language::ALL {
        let binder = InProcess::binder();
        let mut caller = match language {
            Language::Rust => binder.caller(),
            Language::Python => Caller::python(&binder.address),
        };
        let seen_by = format!("our binder, asked from {language}");
        check(&rows, &mut caller, Language::Rust, &seen_by);
    }
}
