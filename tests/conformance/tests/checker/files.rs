//! The files into which a report is written.

use std::fs;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{binaries, eventually};

/// The forms of a report, each of which has a flag of its own.
const FORMS: [&str; 3] = ["json", "junit", "gradescope"];

/// A student who mistypes a path is not to wait for the end of the check.
#[test]
fn a_report_that_cannot_be_written_is_noticed_before_the_check() {
    let directory = binaries::temporary().join("report-files");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let marker = directory.join("started");
    let (wanted, missing) = (directory.join("a.json"), directory.join("missing/b.xml"));
    let output = Command::new(env!("CARGO_BIN_EXE_chat-conformance"))
        .arg("--json")
        .arg(&wanted)
        .arg("--junit")
        .arg(&missing)
        .args([
            "client",
            &format!("touch {}; true {{binder}}", marker.display()),
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write"), "{said}");
    assert!(said.contains("missing/b.xml"), "{said}");
    assert!(!marker.exists(), "the client was started");
    let written = fs::read_to_string(wanted).unwrap();
    assert!(written.contains("missing/b.xml"), "{written}");
}

/// A grader who gives each student's program the same file reads this student's result.
#[test]
fn a_report_of_an_earlier_run_does_not_stay_where_nothing_can_be_checked() {
    let file = |form: &str| binaries::temporary().join(format!("earlier.{form}"));
    let mut checker = Command::new(env!("CARGO_BIN_EXE_chat-conformance"));
    for form in FORMS {
        fs::write(file(form), "100 %").unwrap();
        checker.arg(format!("--{form}")).arg(file(form));
    }
    // Nothing listens at the discard port.
    let output = checker.args(["binder", "127.0.0.1:9"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    for form in FORMS {
        let written = fs::read_to_string(file(form)).unwrap();
        assert!(written.contains("127.0.0.1:9 does not answer"), "{written}");
    }
}

/// A grader may end a check that takes too long.
#[test]
fn a_report_of_an_earlier_run_does_not_stay_when_a_check_is_ended() {
    let directory = binaries::temporary();
    let (report, started) = (
        directory.join("ended.json"),
        directory.join("ended.started"),
    );
    let _ = fs::remove_file(&started);
    fs::write(&report, "100 %").unwrap();
    let line = format!("touch {}; sleep 600; true {{binder}}", started.display());
    let mut checker = Command::new(env!("CARGO_BIN_EXE_chat-conformance"))
        .arg("--json")
        .arg(&report)
        .args(["client", &line])
        .spawn()
        .unwrap();
    eventually("the client is started", || started.exists().then_some(()));
    let id = Pid::from_raw(checker.id().try_into().unwrap());
    kill(id, Signal::SIGINT).unwrap();
    assert_eq!(checker.wait().unwrap().code(), Some(2));
    let written = fs::read_to_string(report).unwrap();
    assert!(written.contains("has not come to its end"), "{written}");
}
