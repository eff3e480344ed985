//! The checker against a solution of the assignment, and against one mistake for each requirement: each is
//! found, and nothing else.

#![cfg(test)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use conformance::{Language, Patience, Profile, Report, Shortfall};
use protocol::endpoint::Endpoint;

/// Where the programs are.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

/// After which time empty rooms go.
const ROOM_TTL: Duration = Duration::from_millis(1500);

/// How many programs are checked at once: each waits far more than it works.
const AT_ONCE: usize = 10;

/// The same of clients, of which each report starts several at once.
const CLIENTS_AT_ONCE: usize = 5;

/// A server of the shelf, which ends with this value.
struct Program {
    child: Child,
    address: Endpoint,
}

impl Program {
    fn start(script: &str, flags: &[&str]) -> Self {
        let mut child = Command::new("python3")
            .arg(format!("{PROGRAMS}/{script}"))
            .args(flags)
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::piped())
            // What a mistake prints is no failure of the test.
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 is needed");
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().parse();
        Self {
            child,
            address: address
                .unwrap_or_else(|error| panic!("{script} {flags:?}: {error}: {line:?}")),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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

/// The requirements that are not met.
fn failed(report: &Report) -> Vec<&str> {
    let failed = report
        .checked
        .iter()
        .filter(|checked| matches!(&checked.outcome, Err(Shortfall::Failed(_))));
    failed
        .map(|checked| checked.requirement.id.as_str())
        .collect()
}

/// Checks a program without a mistake, then one with each mistake.
#[track_caller]
fn every_mistake_is_found(check: fn(&[&str]) -> Report, at_once: usize) {
    let right = check(&[]);
    assert!(
        failed(&right).is_empty(),
        "{}",
        right.text(Language::En, false)
    );
    let ids: Vec<String> = right
        .checked
        .iter()
        // What a solution of the sheet does not offer, it cannot do wrong.
        .filter(|checked| checked.outcome.is_ok())
        .map(|checked| checked.requirement.id.clone())
        .collect();
    let (left, wrong) = (Mutex::new(ids), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(id) = next else {
                        return;
                    };
                    let report = check(&["--mistake", &id]);
                    if failed(&report) != [id.as_str()] {
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
    every_mistake_is_found(check_binder, AT_ONCE);
}

#[test]
fn of_a_server_every_mistake_is_found_and_nothing_else() {
    every_mistake_is_found(check_server, AT_ONCE);
}

#[test]
fn of_a_client_every_mistake_is_found_and_nothing_else() {
    every_mistake_is_found(check_client, CLIENTS_AT_ONCE);
}
