//! Servers describe themselves, in the way that Python asks for it.

use serde_json::{Value as Json, json};

use support::{Caller, DEADLINE, InProcess, python};

/// The four methods that every server has besides its own.
const SYSTEM: [&str; 4] = [
    "system.listMethods",
    "system.methodHelp",
    "system.methodSignature",
    "system.multicall",
];

#[test]
fn python_can_list_describe_and_batch_the_methods_of_both_servers() {
    let (binder, server) = (InProcess::binder(), InProcess::chat());
    for address in [&binder.address, &server.address] {
        let check = python::start("introspection.py", &["--server", address]);
        let report = check.report();
        let ended = check.wait_for_end(DEADLINE);
        assert_eq!(ended.code, Some(0), "{report}{ended:#?}");
    }
}

#[test]
fn the_binders_signatures_are_true_and_complete() {
    let binder = InProcess::binder();
    expect_signatures(
        &mut Caller::python(&binder.address),
        &[
            ("list_procedures", json!([["array"], ["array", "string"]])),
            ("lookup_procedure", json!([["array", "string"]])),
            (
                "register_lease",
                json!([
                    ["array", "array", "string", "int", "int"],
                    ["array", "array", "string", "int", "int", "string"],
                    ["array", "array", "string", "int", "int", "string", "int"],
                    [
                        "array", "array", "string", "int", "int", "string", "int", "int"
                    ],
                ]),
            ),
            (
                "register_procedure",
                json!([["string", "string", "string", "int"]]),
            ),
            (
                "unregister_procedure",
                json!([["boolean", "string", "string", "int"]]),
            ),
        ],
    );
}

#[test]
fn the_chat_servers_signatures_are_true_and_complete() {
    let server = InProcess::chat();
    expect_signatures(
        &mut Caller::python(&server.address),
        &[
            ("create_room", json!([["string", "string"]])),
            (
                "join_room",
                json!([
                    ["struct", "string", "string"],
                    ["string", "string", "string"]
                ]),
            ),
            ("leave_room", json!([["string", "string", "string"]])),
            ("list_rooms", json!([["array"]])),
            (
                "list_users",
                json!([["array", "string"], ["string", "string"]]),
            ),
            ("receive_messages", json!([["array", "string", "string"]])),
            (
                "receive_new_messages",
                json!([["array", "string", "string", "string"]]),
            ),
            ("register_user", json!([["string", "string"]])),
            (
                "send_message",
                json!([
                    ["string", "string", "string", "string"],
                    ["string", "string", "string", "string", "string"],
                ]),
            ),
            (
                "send_message_once",
                json!([["string", "string", "string", "string", "string", "string"]]),
            ),
            ("unregister_user", json!([["string", "string"]])),
            (
                "wait_messages",
                json!([["struct", "string", "string", "string", "int"]]),
            ),
        ],
    );
}

/// Checks that the server has exactly these methods and those of [`SYSTEM`], with these signatures,
/// each with a help text that says more than its name.
fn expect_signatures(server: &mut Caller, expected: &[(&str, Json)]) {
    let mut names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    names.extend(SYSTEM);
    names.sort_unstable();
    assert_eq!(server.answer("system.listMethods", &[]), json!(names));
    for (name, signatures) in expected {
        let answered = server.answer("system.methodSignature", &[name]);
        assert_eq!(answered, *signatures, "the signatures of {name}");
    }
    for name in names {
        let help = server.answer("system.methodHelp", &[name]);
        let words = help.as_str().unwrap().split_whitespace().count();
        assert!(words > 5, "the help of {name}: {help}");
    }
}
