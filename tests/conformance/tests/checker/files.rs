//! The files into which a report is written.

use std::fs;
use std::process::Command;

use support::binaries;

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
    assert!(!wanted.exists(), "nothing was checked");
}
