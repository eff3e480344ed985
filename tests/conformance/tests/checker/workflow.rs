//! The example of a workflow in the documents for courses, and the flags that they name.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use support::binaries;

const DOCUMENTS: [(&str, &str); 2] = [
    (
        "for-courses.md",
        include_str!("../../../../docs/for-courses.md"),
    ),
    (
        "para-cursos.md",
        include_str!("../../../../docs/para-cursos.md"),
    ),
];

/// The workflow of a document.
fn workflow(document: &str) -> &str {
    let (_, rest) = document.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0
}

/// The example, which is the same in both documents.
fn example() -> &'static str {
    let [english, portuguese] = DOCUMENTS.map(|(_, document)| workflow(document));
    assert_eq!(english, portuguese);
    english
}

fn checker() -> Command {
    Command::new(env!("CARGO_BIN_EXE_chat-conformance"))
}

/// The words of a command, as a shell takes it apart.
fn words(command: &str) -> Vec<String> {
    let output = Command::new("sh")
        .args(["-c", &format!("printf '%s\\n' {command}")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The words that run the checker: its flags, and before them Cargo's.
fn command_of_example() -> (Vec<String>, Vec<String>) {
    let (_, rest) = example().split_once("- run: >\n").unwrap();
    // A folded scalar: its lines are one.
    let lines: Vec<&str> = rest
        .lines()
        .take_while(|line| line.starts_with("          "))
        .map(str::trim)
        .collect();
    let words = words(&lines.join(" "));
    let end = words.iter().position(|word| word == "--").unwrap();
    (words[..end].to_vec(), words[end + 1..].to_vec())
}

/// Nothing in Rust's standard library or this project reads YAML. Without Python's reader this is not tested.
#[test]
fn the_workflow_is_yaml_with_steps_that_run_something() {
    let read =
        "import json, sys, yaml; json.dump(yaml.load(sys.argv[1], yaml.BaseLoader), sys.stdout)";
    let has_reader = Command::new("python3").args(["-c", "import yaml"]).output();
    if !has_reader.unwrap().status.success() {
        eprintln!("not tested: Python has no module yaml");
        return;
    }
    let output = Command::new("python3")
        .args(["-c", read, example()])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let workflow: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(workflow["on"], "push");
    let steps = workflow["jobs"]["check"]["steps"].as_array().unwrap();
    for step in steps {
        let kinds = ["run", "uses"].map(|kind| step.get(kind).is_some());
        assert_ne!(kinds[0], kinds[1], "{step}");
    }
    // The files that are kept are those that the checker writes.
    let kept = &steps.last().unwrap()["with"]["path"];
    let beginning = kept.as_str().unwrap().strip_suffix('*').unwrap();
    let (_, flags) = command_of_example();
    for flag in ["--json", "--junit"] {
        let at = flags.iter().position(|word| word == flag).unwrap();
        assert!(flags[at + 1].starts_with(beginning), "{flag}");
    }
}

#[test]
fn the_workflow_names_what_there_is() {
    let (cargo, flags) = command_of_example();
    let after = |flag: &str| {
        let at = cargo.iter().position(|word| word == flag).unwrap();
        cargo[at + 1].as_str()
    };
    assert_eq!(after("-p"), env!("CARGO_PKG_NAME"));
    // What is cloned is this project.
    let (directory, file) = after("--manifest-path").split_once('/').unwrap();
    assert!(example().contains(&format!("git clone --depth 1 REPOSITORY {directory}\n")));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    assert!(root.join(file).exists() && root.join("Cargo.lock").exists());
    // A binder that ends shows that the flags were read, and not more.
    let place = binaries::temporary().join("workflow");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("binder.py"), "raise SystemExit(3)\n").unwrap();
    let output = checker().args(flags).current_dir(&place).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.starts_with("chat-conformance: "), "{errors}");
}

#[test]
fn the_documents_name_flags_that_there_are() {
    let output = checker().args(["system", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for (name, document) in DOCUMENTS {
        let (_, table) = document.split_once("| --- | --- |\n").unwrap();
        let rows: Vec<&str> = table
            .lines()
            .take_while(|line| line.starts_with("| `--"))
            .collect();
        assert!(rows.len() > 4, "{name}");
        for row in rows {
            let flags = row.split('`').filter(|piece| piece.starts_with("--"));
            for flag in flags.filter_map(|piece| piece.split(' ').next()) {
                assert!(help.contains(flag), "{name}: {flag}");
            }
        }
    }
}
