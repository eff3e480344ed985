//! Checks a terminal client: it is run with scripted servers, and typed to.

mod binder_port;
mod checks;
mod program;
mod script;

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
