//! The re-created originals fail what they are known for, and nothing else.

use std::thread;
use std::time::Duration;

use conformance::{Commands, Language, Patience, Profile};
use support::{Binder, Language as Written, Server, python};

use crate::shelf::{assert_fails, cause_of, failed};

/// One thread, no checks of names and texts, and private messages for each user who joins.
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

/// With timestamps of whole seconds messages are lost if they are stored in the second of a fetch, after it.
const BY_CHANCE: &str = "at-once-delivery";

/// The same, and messages from and to users who are not in the room.
const ACCOUNTS: [&str; 6] = [
    "messages-private-stays",
    "at-once-served",
    "accounts-privacy",
    "accounts-membership",
    "accounts-names",
    "accounts-texts",
];

/// It has no answer for nil.
const ACCOUNTS_BINDER: [&str; 4] = [
    "names-register-answer",
    "names-unknown-answer",
    "binder-lookup_procedure",
    "binder-register_procedure",
];

/// They expect faults at most, and no broken connection.
const OF_CLIENTS: [&str; 3] = [
    "client-server-dies",
    "client-lost-answer",
    "client-polls-again",
];

/// The terminal clients, each with what it is checked against.
const CLIENTS: [(&str, Profile); 2] = [
    ("classic_client.py", Profile::Classic),
    ("accounts_client.py", Profile::Accounts),
];

/// The documents for courses say what the checker finds.
#[test]
fn the_documents_list_what_the_originals_fail() {
    let lists = [&CLASSIC[..], &ACCOUNTS, &ACCOUNTS_BINDER, &OF_CLIENTS];
    for document in [
        include_str!("../../../../docs/for-courses.md"),
        include_str!("../../../../docs/para-cursos.md"),
    ] {
        for id in lists.concat() {
            assert!(document.contains(&format!("`{id}`")), "{id}");
        }
    }
}

/// Side by side, because each waits far more than it works.
#[test]
fn the_originals_fail_what_they_are_known_for() {
    thread::scope(|scope| {
        scope.spawn(the_classic_binder_meets_its_protocol);
        scope.spawn(the_binder_of_accounts_cannot_answer_nil);
        scope.spawn(the_classic_server_fails_what_it_is_known_for);
        scope.spawn(the_server_of_accounts_fails_what_it_is_known_for);
        for (script, profile) in CLIENTS {
            scope.spawn(move || the_client_does_not_survive_failures(script, profile));
        }
        scope.spawn(the_classic_system_fails_what_its_parts_are_known_for);
    });
}

fn the_classic_binder_meets_its_protocol() {
    let server = Server::binder(Binder::Classic);
    let address = server.address.parse().unwrap();
    let report = conformance::binder(&address, Profile::Classic, Language::En).unwrap();
    assert_fails(&report, &[]);
}

fn the_binder_of_accounts_cannot_answer_nil() {
    let server = Server::binder(Binder::Accounts);
    let address = server.address.parse().unwrap();
    let report = conformance::binder(&address, Profile::Accounts, Language::En).unwrap();
    assert_fails(&report, &ACCOUNTS_BINDER);
}

fn the_classic_server_fails_what_it_is_known_for() {
    let binder = Server::binder(Binder::Classic);
    let server = Server::chat(Written::Python, &binder.address);
    let address = server.address.parse().unwrap();
    let report = conformance::server(&address, None, Patience::default(), Language::En).unwrap();
    assert_eq!(report.profile, Profile::Classic);
    let mut expected = CLASSIC.to_vec();
    // On a machine that is slow enough, every message of a second is stored before a reader asks.
    if !failed(&report).contains(&BY_CHANCE) {
        expected.retain(|id| *id != BY_CHANCE);
    }
    assert_fails(&report, &expected);
    for id in expected {
        if id == "messages-timestamps" || id == BY_CHANCE {
            let cause = cause_of(&report, id);
            assert!(cause.contains("whole seconds"), "{id}: {cause}");
        }
    }
}

fn the_server_of_accounts_fails_what_it_is_known_for() {
    let binder = Server::binder(Binder::Classic);
    let server = Server::accounts_chat(Written::Python, &binder.address);
    let address = server.address.parse().unwrap();
    let report = conformance::server(&address, None, Patience::default(), Language::En).unwrap();
    assert_eq!(report.profile, Profile::Accounts);
    assert_fails(&report, &ACCOUNTS);
}

fn the_client_does_not_survive_failures(script: &str, profile: Profile) {
    let python = crate::shelf::python();
    let command = [python, &python::path(script), "--binder", "{binder}"].map(str::to_owned);
    let report = conformance::client(&command, Some(profile)).unwrap();
    assert_fails(&report, &OF_CLIENTS);
}

fn the_classic_system_fails_what_its_parts_are_known_for() {
    let script = |name: &str| format!("{} {}", crate::shelf::python(), python::path(name));
    let commands = Commands::new(
        &format!("{} --port {{port}}", script("binder.py")),
        &format!(
            "{} --port {{server_port}} --binder {{binder}}",
            script("classic_server.py")
        ),
        &format!("{} --binder {{binder}}", script("classic_client.py")),
    );
    let patience = Patience {
        // The original never registers again.
        learning: Duration::from_secs(2),
        ..Patience::default()
    };
    let report = conformance::together(&commands, None, patience, Language::En).unwrap();
    assert_fails(&report, &["system-server-dies"]);
}
