//! What is installed: the package for Debian, its services under a systemd of their own, the static programs, and the
//! files for containers.
//!
//! These tests need Debian's packages `debhelper`, `systemd`, `musl-tools` and `python3-yaml`, and stand behind a
//! feature so that nothing else does:
//!
//! ```text
//! cargo test --workspace --features tests/packaging --test packaging
//! ```
//!
//! Those that install and start something need root. They do so on a throwaway machine ([`machine`]), never on this
//! one.
#![cfg(test)]

mod containers;
mod machine;
mod package;
mod settings;
mod static_programs;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's folder.
fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A file of the folder `packaging`.
fn file(path: &str) -> String {
    let path = project().join("packaging").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs `packaging/make`, and gives the file that it made.
fn make(words: &[&str]) -> PathBuf {
    let mut command = Command::new(project().join("packaging/make"));
    // Without symbols, which would be packed and unpacked for nothing.
    command
        .args(words)
        .env("CARGO_PROFILE_DEV_STRIP", "symbols");
    PathBuf::from(succeed(&mut command).trim_end())
}

/// Runs a command to its end, and gives what it printed.
#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "{command:?}: {}\n{out}{err}",
        output.status
    );
    out.into_owned()
}
