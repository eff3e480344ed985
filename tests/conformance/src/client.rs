//! Checks a terminal client: it is run with scripted servers, and typed to.

mod binder_port;
mod checks;
mod program;
mod script;

use crate::chat::Profile;
use crate::report::{Report, Target};
use crate::requirement::{Checked, Shortfall};
use crate::run::CannotCheck;
use crate::words::Words;

pub(crate) use program::{Command, Program, wait};

/// Checks the client that a command starts.
pub fn client(command: &[String], profile: Option<Profile>) -> Result<Report, CannotCheck> {
    let profile = profile.unwrap_or(Profile::Classic);
    let command = Command::new(command);
    let mut checked = Vec::new();
    let mut registers = true;
    for check in checks::CHECKS {
        let requirement = check.requirement();
        let (outcome, calls) = if registers {
            let mut session = checks::Session::start(&command, profile)?;
            ((check.run)(&mut session), session.calls())
        } else {
            // Each of them would wait in vain.
            let reason = Words::new(
                "not checked: the client registers no user",
                "não verificado: o cliente não registra usuário",
            );
            (Err(Shortfall::Blocked(reason)), Vec::new())
        };
        registers &= outcome.is_ok() || !checks::COME_FIRST.contains(&requirement.id.as_str());
        checked.push(Checked {
            requirement,
            outcome,
            calls,
        });
    }
    Ok(Report {
        target: Target::Client,
        subject: command.to_string(),
        profile,
        checked,
    })
}
