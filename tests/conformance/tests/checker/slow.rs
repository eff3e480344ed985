//! Answers that take too long or have no end: the checker ends all the same, and names the cause.

use std::thread;
use std::time::{Duration, Instant};

use conformance::{CannotCheck, Language, Patience, Profile, Report};

use crate::shelf::{Program, assert_fails, cause_of};

/// By far more than it takes: one answer byte by byte would take a quarter of an hour.
const BOUND: Duration = Duration::from_secs(300);

/// Checks a server that answers so after some calls that it answers rightly.
fn check(answer: &str, after: u32) -> Result<Report, CannotCheck> {
    let program = Program::start("slow", &["--answer", answer, "--after", &after.to_string()]);
    let began = Instant::now();
    let profile = Some(Profile::Assignment);
    let patience = Patience::default();
    let result = conformance::server(&program.address, profile, patience, Language::En);
    assert!(began.elapsed() < BOUND, "{answer}: {:?}", began.elapsed());
    result
}

fn cannot_be_checked(answer: &str, cause: &str) {
    let refused = check(answer, 0).unwrap_err().to_string();
    assert!(refused.contains(cause), "{answer}: {refused}");
}

fn fails(answer: &str, cause: &str) {
    let report = check(answer, 40).unwrap();
    let first = &report.first_to_mend().unwrap().requirement.id;
    let found = cause_of(&report, first);
    assert!(found.contains(cause), "{answer}: {first}: {found}");
}

/// It takes as long as a client may take to start, and not more for each requirement.
#[test]
fn a_client_that_does_nothing_is_checked_in_bounded_time() {
    let began = Instant::now();
    let command = ["sleep 600; true {binder}".to_owned()];
    let report = conformance::client(&command, None).unwrap();
    let counts = report.counts();
    assert_eq!((counts.met, counts.failed), (0, 1));
    let cause = cause_of(&report, "client-looks-up");
    assert!(
        cause.contains("printed nothing and called nothing"),
        "{cause}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
}

/// Side by side, because each waits far more than it works.
#[test]
fn a_server_whose_answers_do_not_end_is_checked_in_bounded_time() {
    let (slow, large) = ("no whole answer in 5 seconds", "larger than any history");
    thread::scope(|scope| {
        for (answer, cause) in [("byte-by-byte", slow), ("never", slow), ("large", large)] {
            scope.spawn(move || cannot_be_checked(answer, cause));
            scope.spawn(move || fails(answer, cause));
        }
    });
}

/// Most of fifty clients that call it at once are not even connected before they give up.
#[test]
fn a_binder_that_lets_few_wait_is_right() {
    let program = Program::start("binder", &["--reading", "few-may-wait"]);
    let report = conformance::binder(&program.address, Profile::Assignment, Language::En).unwrap();
    assert_fails(&report, &[]);
}
