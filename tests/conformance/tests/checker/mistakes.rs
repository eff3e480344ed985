//! The shelf: a solution of the assignment, and one mistake for each requirement. Each is found, and nothing
//! else.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use conformance::{Commands, Language, Patience, Profile, Report, Shortfall};
use support::{InProcess, python};

use crate::shelf::{PROGRAMS, Program, assert_fails, failed};

/// After which time empty rooms go: long enough for a busy machine to enter a new room.
const ROOM_TTL: Duration = Duration::from_secs(4);

/// How many programs are checked at once: each waits far more than it works.
const AT_ONCE: usize = 10;

/// The same of clients, of which each report starts several at once.
const CLIENTS_AT_ONCE: usize = 5;

fn check_binder(flags: &[&str]) -> Report {
    let program = Program::start("binder.py", flags);
    conformance::binder(&program.address, Profile::Assignment, Language::En).unwrap()
}

fn check_server(flags: &[&str]) -> Report {
    let seconds = ROOM_TTL.as_secs_f32().to_string();
    let all = [&["--binder", "none", "--room-ttl", &seconds], flags].concat();
    let program = Program::start("server.py", &all);
    let patience = Patience {
        room_ttl: Some(ROOM_TTL),
        slow: false,
    };
    let profile = Some(Profile::Assignment);
    conformance::server(&program.address, profile, patience, Language::En).unwrap()
}

fn check_client(flags: &[&str]) -> Report {
    let mut command = vec!["python3".to_owned(), format!("{PROGRAMS}/client.py")];
    command.extend(["--binder", "{binder}"].map(str::to_owned));
    command.extend(flags.iter().map(|&flag| flag.to_owned()));
    conformance::client(&command, None).unwrap()
}

/// Checks a program without a mistake, then one with each mistake: one for each requirement that is met
/// without, and those `besides`.
#[track_caller]
fn every_mistake_is_found(check: fn(&[&str]) -> Report, at_once: usize, besides: &[&str]) {
    let right = check(&[]);
    assert_fails(&right, &[]);
    let is_met = right
        .checked
        .iter()
        .filter(|checked| checked.outcome.is_ok());
    let ids = is_met.map(|checked| checked.requirement.id.clone());
    let ids = ids.chain(besides.iter().map(|&id| id.to_owned())).collect();
    each_is_found(
        ids,
        at_once,
        |id| check(&["--mistake", id]),
        |found, id| *found == [id],
    );
}

/// Checks the program with each of the mistakes; `is_right` looks at the requirements that are not met.
#[track_caller]
fn each_is_found(
    ids: Vec<String>,
    at_once: usize,
    check: impl Fn(&str) -> Report + Sync,
    is_right: fn(&Vec<&str>, &str) -> bool,
) {
    let (left, wrong) = (Mutex::new(ids), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(id) = next else {
                        return;
                    };
                    let report = check(&id);
                    if !is_right(&failed(&report), &id) {
                        let found = failed(&report).join(", ");
                        let text = report.text(Language::En, false);
                        let line = format!("{id}: found [{found}]\n{text}");
                        wrong.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn of_a_binder_every_mistake_is_found_and_nothing_else() {
    every_mistake_is_found(check_binder, AT_ONCE, &[]);
}

#[test]
fn of_a_server_every_mistake_is_found_and_nothing_else() {
    every_mistake_is_found(check_server, AT_ONCE, &[]);
}

#[test]
fn of_a_client_every_mistake_is_found_and_nothing_else() {
    every_mistake_is_found(check_client, CLIENTS_AT_ONCE, &["client-repeats-once"]);
}

/// Our own server behind a program that breaks one promise of the protocol's tables.
fn every_broken_promise_is_found(profile: Profile, prefix: &str) {
    let check = |mistake: &str| {
        let server = InProcess::chat();
        let address = match profile {
            Profile::Accounts => &server.accounts,
            _ => &server.address,
        };
        let altering = Program::start("altering.py", &["--server", address, "--mistake", mistake]);
        let patience = Patience::default();
        conformance::server(&altering.address, Some(profile), patience, Language::En).unwrap()
    };
    let right = check("");
    assert_fails(&right, &[]);
    let ids = right
        .checked
        .iter()
        .filter(|checked| !matches!(checked.outcome, Err(Shortfall::NotOffered(_))))
        .map(|checked| checked.requirement.id.clone())
        .filter(|id| id.starts_with(prefix));
    // What is broken breaks other requirements as well, where they rest on the same answer.
    each_is_found(ids.collect(), AT_ONCE, check, |found, id| {
        found.contains(&id)
    });
}

#[test]
fn every_broken_promise_of_dialect_classic_is_found() {
    every_broken_promise_is_found(Profile::Classic, "classic-");
}

#[test]
fn every_broken_promise_of_dialect_accounts_is_found() {
    every_broken_promise_is_found(Profile::Accounts, "accounts-");
}

/// The shelf's binder and client around the original server, with more flags for server and client.
fn check_system(server: &str, client: &str) -> Report {
    let commands = Commands::new(
        &format!("python3 {PROGRAMS}/binder.py --port {{port}}"),
        server,
        &format!("python3 {PROGRAMS}/client.py --binder {{binder}} {client}"),
    );
    conformance::together(&commands, None, Language::En).unwrap()
}

fn original_server() -> String {
    let script = python::path("classic_server.py");
    format!("python3 {script} --port {{server_port}} --binder {{binder}}")
}

#[test]
fn a_right_system_meets_what_is_required_of_all_three() {
    assert_fails(&check_system(&original_server(), ""), &[]);
}

#[test]
fn a_server_that_does_not_register_is_found() {
    let server = format!("python3 {PROGRAMS}/server.py --binder none");
    assert_fails(&check_system(&server, ""), &["system-registers"]);
}

#[test]
fn a_client_that_dies_with_the_server_is_found() {
    let report = check_system(&original_server(), "--mistake client-server-dies");
    assert_eq!(failed(&report), ["system-server-dies"]);
}

#[test]
fn clients_that_do_not_read_each_other_are_found() {
    let report = check_system(&original_server(), "--mistake client-receives");
    let expected = [
        "system-talk",
        "system-client-dies",
        "system-server-returns",
        "system-binder-returns",
    ];
    assert_eq!(failed(&report), expected);
}
