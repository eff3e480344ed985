//! Ours: the binder and the chat server as a user would run them.

use support::binaries;

use super::process::{Server, System};

/// Starts a binder, and a chat server of dialect classic with these flags besides.
pub(crate) fn start(flags: &[&str]) -> anyhow::Result<System> {
    start_with(&[], flags)
}

/// The same with more flags for the binder.
pub(crate) fn start_with(binder: &[&str], flags: &[&str]) -> anyhow::Result<System> {
    System::start(start_program("binder", binder)?, |binder| {
        let fixed = ["--binder", binder, "--accounts-listen", "off"];
        start_program("chat-server", &[&fixed, flags].concat())
    })
}

pub(crate) fn start_program(name: &str, flags: &[&str]) -> anyhow::Result<Server> {
    let mut command = binaries::command(name);
    command
        // Warnings and errors are shown, users that join are not.
        .args(["--quiet", "--listen", "127.0.0.1:0"])
        .args(flags);
    Server::start(command, "")
}
