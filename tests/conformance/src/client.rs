//! Checks a terminal client: it is run with scripted servers, and typed to.

mod binder_port;
mod checks;
mod commands;
mod connections;
mod descendants;
mod detached;
mod failures;
mod program;
mod receiving;
mod request;
mod script;
mod session;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use parking_lot::Mutex;

use self::checks::{CHECKS, COME_FIRST, ClientCheck};
use self::session::{Pace, Session};
use crate::chat::Profile;
use crate::peer::RECORDED;
use crate::report::{Report, Target};
use crate::requirement::{Checked, Requirement, Shortfall};
use crate::run::CannotCheck;
use crate::words::Words;

pub use descendants::adopt_orphans;
pub use program::end_all;
pub(crate) use program::{Command, Program, how_it_ended, wait};
pub(crate) use session::last_lines;

/// How many clients are checked at the same time. They wait far more than they work.
const AT_ONCE: usize = 4;

/// Checks the client that a command starts.
pub fn client(command: &[String], profile: Option<Profile>) -> Result<Report, CannotCheck> {
    let profile = profile.unwrap_or(Profile::Classic);
    let command = Command::new(command);
    Ok(Report {
        target: Target::Client,
        subject: command.to_string(),
        profile,
        checked: check(&command, profile)?,
    })
}

/// What a client is checked for.
pub(crate) fn requirements() -> Vec<Requirement> {
    CHECKS.iter().map(ClientCheck::requirement).collect()
}

/// Checks everything that is required of a client.
pub(crate) fn check(command: &Command, profile: Profile) -> io::Result<Vec<Checked>> {
    let (first, others): (Vec<_>, Vec<_>) = CHECKS
        .iter()
        .partition(|check| COME_FIRST.contains(&check.id()));
    let mut checked = Vec::new();
    let mut pace = Pace::UNKNOWN;
    for check in first {
        if checked.iter().any(|one: &Checked| one.outcome.is_err()) {
            checked.push(in_vain(check));
            continue;
        }
        let began = Instant::now();
        let one = run(check, command, profile, pace)?;
        if one.outcome.is_ok() {
            pace = Pace::of_start(began.elapsed());
        }
        checked.push(one);
    }
    if checked.iter().all(|one| one.outcome.is_ok()) {
        checked.extend(run_all(&others, command, profile, pace)?);
    } else {
        checked.extend(others.into_iter().map(in_vain));
    }
    Ok(checked)
}

/// A check that would wait in vain.
fn in_vain(check: &ClientCheck) -> Checked {
    Checked {
        requirement: check.requirement(),
        outcome: Err(Shortfall::Blocked(Words::new(
            "not checked: the client registers no user",
            "não verificado: o cliente não registra usuário",
        ))),
        calls: Vec::new(),
    }
}

fn run(
    check: &ClientCheck,
    command: &Command,
    profile: Profile,
    pace: Pace,
) -> io::Result<Checked> {
    let mut session = Session::start(command, profile, pace)?;
    let outcome = (check.run)(&mut session);
    let mut calls = session.calls();
    // The last ones: a client that polls makes many.
    let shown = calls.split_off(calls.len().saturating_sub(RECORDED));
    Ok(Checked {
        requirement: check.requirement(),
        outcome,
        calls: shown,
    })
}

/// Runs the checks several at a time, where each client can be given a binder of its own. The results are in
/// the order of the checks.
fn run_all(
    checks: &[&ClientCheck],
    command: &Command,
    profile: Profile,
    pace: Pace,
) -> io::Result<Vec<Checked>> {
    let threads = if command.takes_address() { AT_ONCE } else { 1 };
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(check) = checks.get(number) else {
                        return;
                    };
                    let result = run(check, command, profile, pace);
                    results.lock().push((number, result));
                }
            });
        }
    });
    let mut results = results.into_inner();
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
