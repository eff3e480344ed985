//! A server that answers nonsense meets nothing.

use conformance::{Language, Patience, Profile, Report};

use crate::shelf::{Program, Verdict, judge_each};

/// What can be seen of a server that takes every call: that it takes a name.
const SEEN: [&str; 1] = ["users-register"];

fn meets_nothing(report: &Report, answer: &str) -> Verdict {
    let met = report
        .checked
        .iter()
        .filter(|checked| checked.outcome.is_ok())
        .map(|checked| checked.requirement.id.as_str())
        .filter(|id| !SEEN.contains(id))
        .collect::<Vec<_>>();
    if met.is_empty() {
        return Ok(());
    }
    let text = report.text(Language::En, false);
    Err(format!("{answer}: {met:?} are met\n{text}"))
}

/// The ways in which the program answers.
const ANSWERS: [&str; 10] = [
    "true", "false", "nil", "number", "text", "list", "struct", "echo", "random", "fault",
];

#[test]
fn a_server_that_answers_nonsense_meets_nothing() {
    judge_each(ANSWERS.len(), ANSWERS.to_vec(), |answer| {
        let program = Program::start("nonsense", &["--answer", answer]);
        let profile = Some(Profile::Assignment);
        let patience = Patience::default();
        let report =
            conformance::server(&program.address, profile, patience, Language::En).unwrap();
        meets_nothing(&report, answer)
    });
}

#[test]
fn a_binder_that_answers_nonsense_meets_nothing() {
    judge_each(ANSWERS.len(), ANSWERS.to_vec(), |answer| {
        let program = Program::start("nonsense", &["--answer", answer]);
        let report = conformance::binder(&program.address, Profile::Classic, Language::En).unwrap();
        meets_nothing(&report, answer)
    });
}
