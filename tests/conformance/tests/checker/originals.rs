//! The re-created originals fail what they are known for, and nothing else.

use conformance::{Commands, Language, Patience, Profile};
use support::{Binder, Language as Written, Server, python};

use crate::shelf::assert_fails;

/// One thread, and names and texts that nobody checks, private messages for everybody who joins.
const CLASSIC: [&str; 8] = [
    "messages-private-stays",
    "messages-timestamps",
    "at-once-served",
    "at-once-delivery",
    "classic-privacy",
    "classic-names",
    "classic-texts",
    "classic-last-timestamp",
];

/// The same, and messages from and to users who are not in the room.
const ACCOUNTS: [&str; 6] = [
    "messages-private-stays",
    "at-once-served",
    "accounts-privacy",
    "accounts-membership",
    "accounts-names",
    "accounts-texts",
];

/// They expect a fault from `register_user` only, and no broken connection.
const CLIENT: [&str; 3] = [
    "client-server-dies",
    "client-lost-answer",
    "client-polls-again",
];

#[test]
fn the_classic_binder_meets_its_protocol() {
    let server = Server::binder(Binder::Classic);
    let address = server.address.parse().unwrap();
    let report = conformance::binder(&address, Profile::Classic, Language::En).unwrap();
    assert_fails(&report, &[]);
}

#[test]
fn the_binder_of_accounts_cannot_answer_nil() {
    let server = Server::binder(Binder::Accounts);
    let address = server.address.parse().unwrap();
    let report = conformance::binder(&address, Profile::Accounts, Language::En).unwrap();
    let expected = [
        "names-register-answer",
        "names-unknown-answer",
        "binder-lookup_procedure",
        "binder-register_procedure",
    ];
    assert_fails(&report, &expected);
}

#[test]
fn the_classic_server_fails_what_it_is_known_for() {
    let binder = Server::binder(Binder::Classic);
    let server = Server::chat(Written::Python, &binder.address);
    let address = server.address.parse().unwrap();
    let report = conformance::server(&address, None, Patience::default(), Language::En).unwrap();
    assert_eq!(report.profile, Profile::Classic);
    assert_fails(&report, &CLASSIC);
}

#[test]
fn the_server_of_accounts_fails_what_it_is_known_for() {
    let binder = Server::binder(Binder::Classic);
    let server = Server::accounts_chat(Written::Python, &binder.address);
    let address = server.address.parse().unwrap();
    let report = conformance::server(&address, None, Patience::default(), Language::En).unwrap();
    assert_eq!(report.profile, Profile::Accounts);
    assert_fails(&report, &ACCOUNTS);
}

#[test]
fn the_classic_client_does_not_survive_failures() {
    let command = [
        "python3",
        &python::path("classic_client.py"),
        "--binder",
        "{binder}",
    ]
    .map(str::to_owned);
    let report = conformance::client(&command, Some(Profile::Classic)).unwrap();
    assert_fails(&report, &CLIENT);
}

#[test]
fn the_classic_system_fails_what_its_parts_are_known_for() {
    let script = |name: &str| format!("python3 {}", python::path(name));
    let commands = Commands::new(
        &format!("{} --port {{port}}", script("binder.py")),
        &format!(
            "{} --port {{server_port}} --binder {{binder}}",
            script("classic_server.py")
        ),
        &format!("{} --binder {{binder}}", script("classic_client.py")),
    );
    let report = conformance::together(&commands, None, Language::En).unwrap();
    assert_fails(&report, &["system-server-dies"]);
}
