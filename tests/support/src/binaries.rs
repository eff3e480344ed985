//! This project's own programs, as a user would start them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::Program;

/// A command that runs the program `name` of this workspace, with no setting but its flags.
pub fn command(name: &str) -> Command {
    let file = built()
        .get(name)
        .unwrap_or_else(|| panic!("{name} cannot be built, see above"));
    let mut command = Command::new(file);
    scrub(&mut command);
    command
}

pub fn start(name: &str, flags: &[&str]) -> Program {
    Program::start(
        format!("{name} {}", flags.join(" ")),
        command(name).args(flags),
    )
}

/// `command`, run by another program: `["setpriv", "--flag"]` gives `setpriv --flag PROGRAM ARGUMENTS`.
pub fn under(wrapper: &[&str], command: Command) -> Command {
    let Some((first, words)) = wrapper.split_first() else {
        return command;
    };
    let mut wrapped = Command::new(first);
    wrapped.args(words).arg(command.get_program());
    wrapped.args(command.get_args());
    scrub(&mut wrapped);
    wrapped
}

/// `command`, run by Bash after the line `first`, which may limit what the program gets. The program
/// takes the place of the shell, with its process id.
pub fn after(first: &str, command: Command) -> Command {
    under(
        &["bash", "-c", &format!("{first}; exec \"$0\" \"$@\"")],
        command,
    )
}

/// Takes from a command the settings that the machine may have in its environment.
fn scrub(command: &mut Command) {
    // Each flag has an environment variable; Rust's own variables add a backtrace to each error, for
    // example, which users do not see.
    for (variable, _) in std::env::vars_os() {
        let variable = variable.to_string_lossy();
        if ["BINDER_", "CHAT_", "RUST_"]
            .iter()
            .any(|prefix| variable.starts_with(prefix))
        {
            command.env_remove(&*variable);
        }
    }
    // The client's log belongs to this run, not into the user's home.
    command.env("XDG_STATE_HOME", temporary());
    // A test that keeps a chat says so: a port may be that of an earlier run, whose chat would be there.
    command.env("CHAT_SERVER_DATA", "off");
}

/// The directory for what tests write, below `target/`.
pub fn temporary() -> PathBuf {
    let directory = Build::here().target.join("tmp");
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Where Cargo has put the running program.
struct Build {
    target: PathBuf,
    profile: String,
    /// The package to build together with the programs, unless it is a test.
    package: Option<String>,
}

impl Build {
    fn here() -> Self {
        // A test is target/PROFILE/deps/system-HASH, a program is target/PROFILE/soak.
        let this = std::env::current_exe().unwrap();
        let directory = this.parent().unwrap();
        let (directory, package) = if directory.ends_with("deps") {
            (directory.parent().unwrap(), None)
        } else {
            (directory, this.file_stem())
        };
        let profile = match directory.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            named => named,
        };
        Self {
            target: directory.parent().unwrap().to_owned(),
            profile: profile.to_owned(),
            package: package.map(|name| name.to_str().unwrap().to_owned()),
        }
    }
}

/// The programs' files by name, built at the first call.
///
/// They belong to other packages, and Cargo builds only the package it is asked for. The running package
/// is built beside them, because features are unified over everything that is built together: so
/// `cargo test --workspace` has compiled all but the programs' own few lines already, while the programs
/// alone would have other features and compile most of their dependencies again.
fn built() -> &'static HashMap<String, PathBuf> {
    static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let build = Build::here();
        let mut cargo = Command::new(env!("CARGO"));
        // A program that cannot be built fails the tests that need it, and no others.
        cargo.args(["build", "--keep-going", "--quiet"]);
        match &build.package {
            None => cargo.args(["--workspace", "--bins", "--test", "system"]),
            Some(package) => cargo.args(["-p", package, "-p", "binder", "-p", "chat-server"]),
        };
        let output = cargo
            .args(["--message-format", "json-render-diagnostics"])
            .args(["--profile", &build.profile])
            .arg("--target-dir")
            .arg(&build.target)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let messages = String::from_utf8(output.stdout).unwrap();
        messages
            .lines()
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
