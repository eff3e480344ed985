//! The programs of the shelf, and what a report says.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use conformance::{Language, Report, Shortfall};
use protocol::endpoint::Endpoint;

/// Where the programs are.
pub(crate) const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

/// A server of the shelf, which ends with this value.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: Endpoint,
}

impl Program {
    pub(crate) fn start(script: &str, flags: &[&str]) -> Self {
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

/// The requirements that are not met.
pub(crate) fn failed(report: &Report) -> Vec<&str> {
    let failed = report
        .checked
        .iter()
        .filter(|checked| matches!(&checked.outcome, Err(Shortfall::Failed(_))));
    failed
        .map(|checked| checked.requirement.id.as_str())
        .collect()
}

/// Fails unless exactly these requirements are not met, and all others could be checked.
#[track_caller]
pub(crate) fn assert_fails(report: &Report, expected: &[&str]) {
    let blocked = report.counts().blocked;
    assert!(
        failed(report) == expected && blocked == 0,
        "expected {expected:?}, found {:?}\n{}",
        failed(report),
        report.text(Language::En, false)
    );
}
