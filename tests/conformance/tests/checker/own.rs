//! Our own programs meet everything that they offer.

use std::thread;
use std::time::Duration;

use conformance::{Commands, Language, Patience, Profile, Report};
use support::{InProcess, Server, binaries};

use crate::shelf::{assert_fails, every_requirement, ids};

/// Side by side, because each waits far more than it works.
#[test]
fn our_own_programs_meet_everything() {
    thread::scope(|scope| {
        scope.spawn(our_binder_meets_every_profile);
        scope.spawn(our_server_meets_dialect_classic);
        scope.spawn(our_server_meets_dialect_accounts);
        scope.spawn(our_server_meets_the_assignment);
        scope.spawn(what_a_server_speaks_is_guessed);
        scope.spawn(our_client_meets_dialect_accounts);
        scope.spawn(our_three_programs_meet_everything_together);
    });
}

fn our_binder_meets_every_profile() {
    let binder = InProcess::binder();
    let address = binder.address.parse().unwrap();
    let mut caller = binder.caller();
    let mut names = || caller.call("list_procedures", &[]);
    let before = names();
    for profile in [Profile::Assignment, Profile::Classic, Profile::Accounts] {
        let report = conformance::binder(&address, profile, Language::En).unwrap();
        assert_fails(&report, &[]);
        assert_eq!(names(), before, "the checker takes back what it registers");
    }
}

/// Checks our server at one of its ports, with rooms that go soon.
fn check_server(profile: Profile) -> Report {
    let flags = [
        "--room-ttl",
        "2s",
        "--sweep-every",
        "500ms",
        "--binder",
        "127.0.0.1:1",
    ];
    let server = Server::our_chat(&flags);
    let address = match profile {
        Profile::Accounts => server.accounts.as_ref().unwrap(),
        _ => &server.address,
    };
    let patience = Patience {
        room_ttl: Some(Duration::from_secs(2)),
        ..Patience::default()
    };
    let address = address.parse().unwrap();
    conformance::server(&address, Some(profile), patience, Language::En).unwrap()
}

fn our_server_meets_dialect_classic() {
    assert_fails(&check_server(Profile::Classic), &[]);
}

fn our_server_meets_dialect_accounts() {
    assert_fails(&check_server(Profile::Accounts), &[]);
}

fn our_server_meets_the_assignment() {
    assert_fails(&check_server(Profile::Assignment), &[]);
}

fn what_a_server_speaks_is_guessed() {
    let server = InProcess::chat();
    for (address, profile) in [
        (&server.address, Profile::Classic),
        (&server.accounts, Profile::Accounts),
    ] {
        let address = address.parse().unwrap();
        let patience = Patience::default();
        let report = conformance::server(&address, None, patience, Language::Pt).unwrap();
        assert_eq!(report.profile, profile);
    }
}

/// The words that start a program of ours, which keeps no log in the user's home.
fn program(name: &str) -> String {
    let (command, state) = (binaries::command(name), binaries::temporary());
    let file = command.get_program().to_str().unwrap();
    format!("env XDG_STATE_HOME={} {file}", state.display())
}

/// Dialect classic is what it is checked for with the other programs.
fn our_client_meets_dialect_accounts() {
    let command = format!("{} --binder {{binder}} --accounts", program("chat-client"));
    let report = conformance::client(&[command], Some(Profile::Accounts)).unwrap();
    assert_fails(&report, &[]);
}

fn our_three_programs_meet_everything_together() {
    let (binder, server, client) = (
        program("binder"),
        program("chat-server"),
        program("chat-client"),
    );
    let commands = Commands::new(
        &format!("{binder} --listen 127.0.0.1:{{port}}"),
        &format!(
            "{server} --data off --listen 127.0.0.1:{{server_port}} --accounts-listen 127.0.0.1:0 --binder {{binder}}"
        ),
        &format!("{client} --binder {{binder}}"),
    );
    let patience = Patience::default();
    let report = conformance::system(&commands, None, patience, Language::En).unwrap();
    assert_fails(&report, &[]);
    let learns = report
        .checked
        .iter()
        .find(|checked| checked.requirement.id == "system-binder-learns");
    assert!(learns.is_some_and(|checked| checked.outcome.is_ok()));
    assert_eq!(ids(&report), every_requirement(Profile::Classic));
}
