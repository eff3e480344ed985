//! A program away from the checker's terminal: what is typed comes from the checker, in a terminal as without one.
//! Programs read a password from `/dev/tty` where there is one, which is the terminal of their session.
//!
//! To begin a session between fork and exec needs unsafe code, so the program `setsid` of util-linux or BusyBox does
//! it. Where there is none the program gets a process group only, and the checker is to be run without a terminal.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const SETSID: &str = "setsid";

/// Where programs are searched for when `PATH` is not set.
const USUAL_PATH: &str = "/bin:/usr/bin";

/// A command that runs `program` in a session of its own. Its process is the leader of a group with the same number,
/// from the moment at which it runs.
pub(super) fn command(program: &str, arguments: &[String]) -> io::Result<Command> {
    if !is_there(SETSID) {
        let mut command = Command::new(program);
        command.args(arguments).process_group(0);
        return Ok(command);
    }
    // Otherwise `setsid` itself is started, and only its output says that there is no such program.
    if !is_there(program) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut command = Command::new(SETSID);
    command.args(["--", program]).args(arguments);
    Ok(command)
}

/// Whether a program can be run by this name.
fn is_there(program: &str) -> bool {
    if program.contains('/') {
        return can_be_run(Path::new(program));
    }
    let path = env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into());
    env::split_paths(&path)
        .map(|directory: PathBuf| directory.join(program))
        .any(|file| can_be_run(&file))
}

fn can_be_run(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_exist_is_not_started() {
        for (program, exists) in [
            ("sh", true),
            ("/bin/sh", true),
            ("/", false),
            ("no-such-program", false),
        ] {
            assert_eq!(command(program, &[]).is_ok(), exists, "{program}");
        }
    }
}
