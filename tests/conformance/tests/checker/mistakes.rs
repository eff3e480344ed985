//! The shelf: a solution of the assignment, and one mistake for each requirement. Each is found, and nothing
//! else.

use std::collections::BTreeSet;
use std::time::Duration;

use conformance::{Commands, Language, Patience, Profile, Report, Target};
use support::{InProcess, binaries};

use crate::shelf::{
    Program, Verdict, assert_fails, cause_of, every_requirement, failed, fails_only, ids,
    judge_each, line, mistakes_of, words,
};

/// After which time empty rooms go: long enough for a busy machine to enter a new room.
const ROOM_TTL: Duration = Duration::from_secs(4);

/// How many programs are checked at once: each waits far more than it works.
const AT_ONCE: usize = 10;

/// The same of clients, of which each report starts several at once.
const CLIENTS_AT_ONCE: usize = 8;

/// The same of systems, which are six processes or fewer.
const SYSTEMS_AT_ONCE: usize = 5;

/// Other readings of the assignment, which break nothing.
const READINGS: [&str; 9] = [
    "announce",
    "identifiers",
    "new-by-number",
    "new-by-user",
    "notices",
    "numbers",
    "one-room",
    "others",
    "structs",
];

/// The tables of a hundred calls each, of names and types that are refused: they are run for their own mistakes.
const LONG_TABLES: [&str; 4] = [
    "classic-names",
    "classic-wrong-types",
    "accounts-names",
    "accounts-wrong-types",
];

/// The flag that breaks a requirement; none for a program without a mistake.
fn flags(mistake: &str) -> Vec<&str> {
    if mistake.is_empty() {
        return Vec::new();
    }
    vec!["--mistake", mistake]
}

fn check_binder(mistake: &str) -> Report {
    let program = Program::start("binder", &flags(mistake));
    conformance::binder(&program.address, Profile::Assignment, Language::En).unwrap()
}

fn check_server(mistake: &str) -> Report {
    let seconds = ROOM_TTL.as_secs_f32().to_string();
    let mut all = vec!["--binder", "none", "--room-ttl", &seconds];
    if READINGS.contains(&mistake) {
        all.extend(["--reading", mistake]);
    } else {
        all.extend(flags(mistake));
    }
    let program = Program::start("server", &all);
    let patience = Patience {
        room_ttl: Some(ROOM_TTL),
        ..Patience::default()
    };
    let profile = Some(Profile::Assignment);
    conformance::server(&program.address, profile, patience, Language::En).unwrap()
}

fn check_client(mistake: &str) -> Report {
    let mut command = words("client").to_vec();
    command.extend(["--binder", "{binder}"].map(str::to_owned));
    command.extend(flags(mistake).into_iter().map(str::to_owned));
    // Dialect classic's original shows no users.
    let profile = (mistake == "client-join-users").then_some(Profile::Assignment);
    conformance::client(&command, profile).unwrap()
}

/// A program of ours behind one that breaks one promise.
fn altering(server: &str, mistake: &str) -> Program {
    let mut all = vec!["--server", server];
    all.extend(flags(mistake));
    Program::start("altering", &all)
}

/// Our own binder or server behind a program that breaks one promise of the protocol's tables, checked against
/// these.
fn check_tables(mistake: &str) -> Report {
    let letter = |target, address: &str, profile| {
        let program = altering(address, mistake);
        let mut left_out = LONG_TABLES.to_vec();
        left_out.retain(|&id| id != mistake);
        conformance::to_the_letter(target, &program.address, profile, &left_out, Language::En)
            .unwrap()
    };
    match mistake.split('-').next() {
        Some("binder") => {
            let binder = InProcess::binder();
            letter(Target::Binder, &binder.address, Profile::Classic)
        }
        Some("accounts") => {
            let server = InProcess::chat();
            letter(Target::Server, &server.accounts, Profile::Accounts)
        }
        _ => {
            let server = InProcess::chat();
            letter(Target::Server, &server.address, Profile::Classic)
        }
    }
}

/// The same server, checked against everything that is required in dialect classic.
fn check_classic(mistake: &str) -> Report {
    let server = InProcess::chat();
    let program = altering(&server.address, mistake);
    let profile = Some(Profile::Classic);
    conformance::server(&program.address, profile, Patience::default(), Language::En).unwrap()
}

/// The shelf's binder and client around our own server behind a program that registers it. The mistake is in
/// one of the three.
fn check_system(mistake: &str) -> Report {
    let server = InProcess::chat();
    let marker = binaries::temporary().join(mistake);
    // One of an earlier run says that the server was started before.
    let _ = std::fs::remove_file(&marker);
    let flag = |script: &str| {
        if mistakes_of(script).iter().any(|known| known == mistake) {
            format!("--mistake {mistake}")
        } else {
            String::new()
        }
    };
    // One that has another port each time shows what a binder keeps.
    let port = if mistake == "system-server-returns" {
        "0"
    } else {
        "{server_port}"
    };
    let (address, marker) = (&server.address, marker.display());
    let commands = Commands::new(
        &format!("{} --port {{port}} {}", line("binder"), flag("binder")),
        &format!(
            "{} --server {address} --port {port} --binder {{binder}} --marker {marker} {}",
            line("altering"),
            flag("altering")
        ),
        &format!("{} --binder {{binder}} {}", line("client"), flag("client")),
    );
    conformance::together(&commands, None, Patience::default(), Language::En).unwrap()
}

/// The requirement that a mistake breaks.
fn requirement(mistake: &str) -> &str {
    mistake.split(':').next().unwrap()
}

/// The mistakes of a program whose names begin so.
fn mistakes_with(script: &str, beginnings: &[&str]) -> Vec<String> {
    let mut mistakes = mistakes_of(script);
    mistakes.retain(|id| beginnings.iter().any(|beginning| id.starts_with(beginning)));
    mistakes
}

/// Of mistakes whose cause is to be named, a part of it.
const CAUSES: &[(&str, &str)] = &[
    ("at-once-delivery", "several threads"),
    (
        "at-once-delivery:limited",
        "of limited length, here of 12 messages",
    ),
    ("rooms-users:every-room", "share one list"),
    ("messages-other-room", "share one list"),
    ("messages-other-room:entry", "share one list"),
    ("messages-other-room:inbox", "share one list"),
    ("messages-history:private", "before the private ones"),
    ("messages-private-stays:outside", "is taken for none"),
    ("messages-unchanged:ascii", "such as ASCII"),
    ("client-receives-all:again", "answers all messages"),
    ("client-sends-while-polling", "one ServerProxy"),
    (
        "system-registers:one",
        "some of its procedures only, and a client",
    ),
    ("system-registers:swapped", "the two swapped"),
    ("system-registers:text", "a text and not a number"),
];

/// Whether the right one of several causes is named.
fn names_cause(report: &Report, mistake: &str) -> Verdict {
    let Some((_, part)) = CAUSES.iter().find(|(id, _)| *id == mistake) else {
        return Ok(());
    };
    let cause = cause_of(report, requirement(mistake));
    if cause.contains(part) {
        return Ok(());
    }
    Err(format!("{mistake}: {cause}"))
}

/// Checks a program without a mistake, then one with each of the mistakes.
#[track_caller]
fn each_is_found(at_once: usize, mistakes: Vec<String>, check: fn(&str) -> Report) {
    assert!(!mistakes.is_empty());
    assert_fails(&check(""), &[]);
    judge_each(at_once, mistakes, |id| -> Verdict {
        let report = check(&id);
        fails_only(&report, requirement(&id))?;
        names_cause(&report, &id)
    });
}

#[test]
fn of_a_binder_every_mistake_is_found_and_nothing_else() {
    let mistakes = mistakes_with("binder", &["names-"]);
    each_is_found(AT_ONCE, mistakes, check_binder);
}

#[test]
fn of_a_server_every_mistake_is_found_and_nothing_else() {
    each_is_found(AT_ONCE, mistakes_of("server"), check_server);
    let mistakes = mistakes_with("altering", &["messages-", "lost-"]);
    each_is_found(AT_ONCE, mistakes, check_classic);
}

/// One mistake, which breaks three requirements.
#[test]
fn of_messages_that_come_newest_first_the_cause_is_named() {
    let report = check_server("newest-first");
    let broken = ["messages-order", "messages-history", "at-once-delivery"];
    assert_fails(&report, &broken);
    for id in broken {
        let cause = cause_of(&report, id);
        assert!(
            cause.contains("newest message comes first"),
            "{id}: {cause}"
        );
    }
}

/// Two mistakes by which only the user who fetches first gets a message. Threads have no part in it.
#[test]
fn of_messages_for_the_first_reader_only_the_cause_is_named() {
    for (mistake, broken) in [
        ("one-mark", &["messages-public", "at-once-delivery"][..]),
        (
            "read-once",
            &["messages-public", "messages-order", "at-once-delivery"],
        ),
    ] {
        let report = check_server(mistake);
        assert_fails(&report, broken);
        for id in broken {
            let cause = cause_of(&report, id);
            assert!(cause.contains("for all users together"), "{id}: {cause}");
        }
    }
}

/// What rests on messages is not checked.
#[test]
fn of_swapped_parameters_of_a_message_the_cause_is_named() {
    let report = check_server("room-first");
    let broken = ["messages-public", "messages-private"];
    assert_eq!(failed(&report), broken);
    for id in broken {
        let cause = cause_of(&report, id);
        assert!(
            cause.contains("send_message takes the room first"),
            "{id}: {cause}"
        );
    }
}

#[test]
fn a_server_that_reads_the_assignment_in_another_way_is_right() {
    judge_each(READINGS.len(), READINGS.to_vec(), |reading| -> Verdict {
        let report = check_server(reading);
        let counts = report.counts();
        if counts.failed + counts.blocked == 0 {
            return Ok(());
        }
        let text = report.text(Language::En, false);
        Err(format!("{reading}:\n{text}"))
    });
}

#[test]
fn of_a_client_every_mistake_is_found_and_nothing_else() {
    let mistakes = mistakes_with("client", &["client-"]);
    each_is_found(CLIENTS_AT_ONCE, mistakes, check_client);
}

#[test]
fn of_the_protocols_tables_every_broken_promise_is_found_and_nothing_else() {
    let mistakes = mistakes_with("altering", &["binder-", "classic-", "accounts-"]);
    each_is_found(AT_ONCE, mistakes, check_tables);
}

#[test]
fn of_a_system_every_mistake_is_found_and_nothing_else() {
    let of = |script| mistakes_with(script, &["system-"]);
    let mistakes = [of("binder"), of("altering"), of("client")].concat();
    each_is_found(SYSTEMS_AT_ONCE, mistakes, check_system);
}

/// A grader counts the same requirements, whatever works.
#[test]
fn without_a_server_nothing_is_left_out_of_the_report() {
    let commands = Commands::new(
        &format!("{} --port {{port}}", line("binder")),
        "false {server_port}",
        "true {binder}",
    );
    let patience = Patience::default();
    let report = conformance::system(&commands, None, patience, Language::En).unwrap();
    let mut expected = every_requirement(Profile::Assignment);
    // A client is checked by itself in the dialects only.
    expected.retain(|id| !id.starts_with("client-"));
    assert_eq!(ids(&report), expected);
    assert_eq!(failed(&report), ["system-registers"]);
}

/// Everything that is required of some program has a mistake on the shelf, and nothing else is there.
#[test]
fn the_shelf_has_a_mistake_for_each_requirement() {
    let profiles = [Profile::Assignment, Profile::Classic, Profile::Accounts];
    let required: BTreeSet<String> = profiles.into_iter().flat_map(every_requirement).collect();
    let scripts = ["binder", "server", "client", "altering"];
    let broken: Vec<String> = scripts.into_iter().flat_map(mistakes_of).collect();
    let once: BTreeSet<&str> = broken.iter().map(|id| requirement(id)).collect();
    assert_eq!(once, required.iter().map(String::as_str).collect());
    let first = broken.iter().filter(|id| !id.contains(':'));
    assert_eq!(first.count(), once.len(), "one program for each");
}
