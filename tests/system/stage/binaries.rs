//! This project's own programs, as a user would start them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value as Json;

use super::Program;

/// A command that runs the program `name` of this workspace, with no setting but its flags.
///
/// # Panics
/// When it cannot be built.
pub(crate) fn command(name: &str) -> Command {
    let file = built()
        .get(name)
        .unwrap_or_else(|| panic!("{name} cannot be built, see above"));
    let mut command = Command::new(file);
    // Each flag has an environment variable beside it, and the machine may have some of them set; what
    // Rust's own variables do (a backtrace below each error, for one) is not what users see.
    for (variable, _) in std::env::vars_os() {
        let variable = variable.to_string_lossy();
        if ["BINDER_", "CHAT_", "RUST_"]
            .iter()
            .any(|prefix| variable.starts_with(prefix))
        {
            command.env_remove(&*variable);
        }
    }
    // The client's log belongs to this run, not into the home of whoever runs the tests.
    command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    // A chat is kept only where a test says so: a port may be that of an earlier run, whose chat would be there.
    command.env("CHAT_SERVER_DATA", "off");
    command
}

/// Starts the program `name` with these flags.
pub(crate) fn start(name: &str, flags: &[&str]) -> Program {
    Program::start(
        format!("{name} {}", flags.join(" ")),
        command(name).args(flags),
    )
}

/// The programs' files by name, built when they are first asked for.
///
/// They belong to other packages, and Cargo builds a test's own package only. A test of the workspace
/// is asked for beside them, because features are chosen for everything that is built together: as it
/// is, `cargo test --workspace` has compiled all but the programs' own few lines already, while the
/// programs alone would have other features and compile most of their dependencies again.
fn built() -> &'static HashMap<String, PathBuf> {
    static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| {
        // This test is target/PROFILE/deps/system-HASH: the same directory and profile find what is
        // compiled already.
        let test = std::env::current_exe().unwrap();
        let of_profile = test.ancestors().nth(2).unwrap();
        let profile = match of_profile.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            named => named,
        };
        let output = Command::new(env!("CARGO"))
            // What cannot be built fails the tests that need it, and no others.
            .args(["build", "--workspace", "--bins", "--test", "system"])
            .args(["--keep-going", "--quiet"])
            .args(["--message-format", "json-render-diagnostics"])
            .args(["--profile", profile])
            .arg("--target-dir")
            .arg(of_profile.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines()
            .filter_map(|line| {
                let message: Json = serde_json::from_str(line).unwrap();
                let file = message["executable"].as_str()?;
                // A program's own unit tests are an executable of the same name.
                if message["profile"]["test"] == true {
                    return None;
                }
                Some((message["target"]["name"].as_str()?.to_owned(), file.into()))
            })
            .collect()
    })
}
