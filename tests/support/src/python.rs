//! The Python programs of `tests/python/`, run by the machine's own Python.

use std::process::Command;

use crate::Program;

/// Where the Python programs are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python");

/// A command that runs `script` of `tests/python/`.
///
/// Python is required: a machine without it fails these tests instead of skipping them.
pub fn command(script: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(format!("{FOLDER}/{script}"))
        // Tests wait for its output, so nothing may stay in a buffer.
        .env("PYTHONUNBUFFERED", "1")
        // The texts have accents, whatever the locale is.
        .env("PYTHONUTF8", "1");
    command
}

/// Starts `script` of `tests/python/` with these flags.
pub fn start(script: &str, flags: &[&str]) -> Program {
    Program::start(
        format!("python3 {script} {}", flags.join(" ")),
        command(script).args(flags),
    )
}
