//! The programs of the shelf, and what a report says.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;

use conformance::{Language, Profile, Report, Shortfall, Target};
use protocol::endpoint::Endpoint;

/// Where the programs are.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

/// The machine's Python itself. Where `python3` is a script that looks for it, that takes longer than the program.
pub(crate) fn python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let output = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("python3 is needed");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    })
}

/// The words that run a program of the shelf. It is run without the machine's packages, which it does not need: looking
/// for them takes a quarter of the start.
pub(crate) fn words(script: &str) -> [String; 3] {
    let file = format!("{PROGRAMS}/{script}.py");
    [python().to_owned(), "-S".to_owned(), file]
}

/// The same in one line.
pub(crate) fn line(script: &str) -> String {
    words(script).join(" ")
}

/// A server of the shelf, which ends with this value.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: Endpoint,
}

impl Program {
    pub(crate) fn start(script: &str, flags: &[&str]) -> Self {
        let [python, arguments @ ..] = words(script);
        let mut child = Command::new(python)
            .args(arguments)
            .args(flags)
            .env("PYTHONUNBUFFERED", "1")
            .stdout(Stdio::piped())
            // What a mistake prints is no failure of the test.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
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

/// The mistakes that a program of the shelf can have, each named as the requirement that it breaks.
pub(crate) fn mistakes_of(script: &str) -> Vec<String> {
    static KNOWN: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    let mistakes = known
        .entry(script.to_owned())
        .or_insert_with(|| read_mistakes(script));
    mistakes.clone()
}

fn read_mistakes(script: &str) -> Vec<String> {
    let output = Command::new(python())
        .arg("-c")
        .arg(format!("import {script}; print(*{script}.MISTAKES)"))
        .current_dir(PROGRAMS)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Whether a report finds what it has to find, and the report as text if not.
pub(crate) type Verdict = Result<(), String>;

/// Judges each item, several at a time, and fails with all that is wrong.
#[track_caller]
pub(crate) fn judge_each<T: Send>(
    at_once: usize,
    items: Vec<T>,
    judge: impl Fn(T) -> Verdict + Sync,
) {
    let (left, wrong) = (Mutex::new(items), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(item) = next else {
                        return;
                    };
                    if let Err(text) = judge(item) {
                        wrong.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each requirement of a report.
pub(crate) fn ids(report: &Report) -> BTreeSet<String> {
    let ids = report.checked.iter();
    ids.map(|checked| checked.requirement.id.clone()).collect()
}

/// Each requirement that there is for a binder, a server and a client, and for all three together.
pub(crate) fn every_requirement(profile: Profile) -> BTreeSet<String> {
    [
        Target::Binder,
        Target::Server,
        Target::Client,
        Target::System,
    ]
    .into_iter()
    .flat_map(|target| conformance::requirements(target, profile))
    .map(|requirement| requirement.id)
    .collect()
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

/// Whether a program with a mistake fails the requirement that it breaks, and no other.
pub(crate) fn fails_only(report: &Report, id: &str) -> Verdict {
    let found = failed(report);
    if found == [id] {
        return Ok(());
    }
    let text = report.text(Language::En, false);
    Err(format!("{id}: found {found:?}\n{text}"))
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

/// The cause that a report gives for a requirement that is not met.
pub(crate) fn cause_of<'a>(report: &'a Report, id: &str) -> &'a str {
    let found = report
        .checked
        .iter()
        .find(|checked| checked.requirement.id == id)
        .unwrap();
    let Err(Shortfall::Failed(finding)) = &found.outcome else {
        panic!("{id}: {:?}", found.outcome);
    };
    finding.diagnosis.as_ref().unwrap().cause.of(Language::En)
}
