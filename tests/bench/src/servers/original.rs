//! The original: this repository's re-creation of the Python servers, on the standard library.

use std::path::Path;
use std::process::Command;

use super::process::{Server, System};

/// Starts the original binder and the original chat server of dialect classic.
pub(crate) fn start() -> anyhow::Result<System> {
    let binder = start_program("binder.py", &[])?;
    let address = binder.address().to_string();
    Ok(System {
        chat_server: start_program("classic_server.py", &["--binder", &address])?,
        binder,
    })
}

fn start_program(program: &str, arguments: &[&str]) -> anyhow::Result<Server> {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python");
    let mut command = Command::new("python3");
    command
        .arg(programs.join(program))
        .args(["--port", "0"])
        .args(arguments);
    Server::start(command, &[])
}
