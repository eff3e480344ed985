//! Chat servers that keep their chat in a directory, run under another program where need be.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::stage::{Program, Server, binaries};

/// A directory of a test's own. It is gone after the test.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The command that runs a chat server on any ports with its chat in `data`, with `wrapper` before it.
pub(crate) fn command(wrapper: &[&str], data: &Path, flags: &[&str]) -> Command {
    let program = binaries::command("chat-server");
    let mut words = wrapper.iter().copied();
    let mut command = match words.next() {
        Some(first) => {
            let mut command = Command::new(first);
            command.args(words).arg(program.get_program());
            command
        }
        None => Command::new(program.get_program()),
    };
    for (variable, value) in program.get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--accounts-listen",
            "127.0.0.1:0",
        ])
        // Nobody listens on port 1.
        .args(["--binder", "127.0.0.1:1"])
        .arg("--data")
        .arg(data)
        .args(flags);
    command
}

/// A chat server with its chat in `data`, ready to answer.
pub(crate) fn start(data: &Path, flags: &[&str]) -> Server {
    start_under(&[], data, flags)
}

/// The same, run by another program.
pub(crate) fn start_under(wrapper: &[&str], data: &Path, flags: &[&str]) -> Server {
    let name = format!("{wrapper:?} chat-server {flags:?}");
    Server::ready(Program::start(name, &mut command(wrapper, data, flags)))
}
