//! Checks a terminal client: it is run with scripted servers, and typed to.

mod checks;
mod program;
mod script;

use std::io;

use crate::chat::Profile;
use crate::report::{Report, Target};
use crate::requirement::Checked;
use crate::run::CannotCheck;

pub(crate) use program::{Command, Program, wait};

/// Checks the client that a command starts.
pub fn client(command: &[String], profile: Option<Profile>) -> Result<Report, CannotCheck> {
    let profile = profile.unwrap_or(Profile::Classic);
    let command = Command::new(command);
    let mut checked = Vec::new();
    for check in checks::CHECKS {
        let mut session = checks::Session::start(&command, profile)?;
        let outcome = (check.run)(&mut session);
        checked.push(Checked {
            requirement: check.requirement(),
            outcome,
            calls: session.calls(),
        });
    }
    Ok(Report {
        target: Target::Client,
        subject: command.to_string(),
        profile,
        checked,
    })
}

/// The port that clients use where their command does not say which.
const WELL_KNOWN_PORT: u16 = protocol::binder::PORT;

/// Which port the scripted binder takes: any, if it can be put into the command.
fn binder_port(command: &Command) -> u16 {
    if command.takes_address() {
        0
    } else {
        WELL_KNOWN_PORT
    }
}

/// The well-known port is taken.
fn port_taken(error: &io::Error, port: u16) -> io::Error {
    io::Error::new(
        error.kind(),
        format!(
            "a binder for the client at port {port}: {error}; stop what has the port, or put {{binder}} into the \
             command where the client takes HOST:PORT"
        ),
    )
}
