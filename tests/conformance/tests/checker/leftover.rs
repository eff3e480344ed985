//! What is running already is not checked: a program of an earlier run that still has the port, or what is behind a
//! proxy.

use conformance::{CannotCheck, Commands, Language, Patience, Report};

use support::binaries;

use crate::shelf::{Program, cause_of, failed, line};

/// Checks the programs of the shelf with a server whose port another one has.
fn check(server: &str, left: &Program) -> Result<Report, CannotCheck> {
    let port = left.address.port;
    let commands = Commands::new(
        &format!("{} --port {{port}}", line("binder")),
        &format!("{} --port {port} --binder {{binder}}", line(server)),
        "true {binder}",
    );
    conformance::together(&commands, None, Patience::default(), Language::En)
}

fn left_running() -> Program {
    Program::start("server", &["--binder", "none"])
}

#[test]
fn a_server_that_was_left_running_is_not_taken_for_the_one_to_check() {
    let left = left_running();
    let refused = check("hasty", &left).unwrap_err();
    let CannotCheck::ServerPortTaken(place) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(place.port, left.address.port);
}

#[test]
fn a_server_that_finds_its_port_taken_is_told_so() {
    let left = left_running();
    let report = check("server", &left).unwrap();
    assert_eq!(failed(&report), ["system-registers"]);
    let cause = cause_of(&report, "system-registers");
    assert!(cause.contains("another program has the port"), "{cause}");
}

#[test]
fn what_is_behind_a_proxy_is_not_checked() {
    let binder = binaries::command("binder");
    let binder = binder.get_program().to_str().unwrap();
    let commands = Commands::new(
        &format!("{binder} --proxy --listen 127.0.0.1:{{port}}"),
        "sleep 600; true {server_port}",
        "true {binder}",
    );
    let patience = Patience::default();
    let refused = conformance::system(&commands, None, patience, Language::En).unwrap_err();
    assert!(matches!(refused, CannotCheck::BehindProxy(_)), "{refused}");
}
