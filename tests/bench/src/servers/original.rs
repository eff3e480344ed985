//! The original: this repository's re-creation of the Python servers, on the standard library.

use support::python;

use super::process::{Server, System};

/// Starts the original binder and the original chat server of dialect classic.
pub(crate) fn start() -> anyhow::Result<System> {
    System::start(start_program("binder.py", &[])?, |binder| {
        start_program("classic_server.py", &["--binder", binder])
    })
}

fn start_program(program: &str, arguments: &[&str]) -> anyhow::Result<Server> {
    let mut command = python::command(program);
    command.args(["--port", "0"]).args(arguments);
    Server::start(command, "")
}
