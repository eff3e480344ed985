//! The report: every requirement with its outcome, counted, and what to fix first.

mod files;
mod text;

pub use files::not_checked;
use serde::Serialize;

use crate::chat::Profile;
use crate::requirement::{Checked, Shortfall};

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A binder.
    Binder,
    /// A chat server.
    Server,
    /// A terminal client.
    Client,
    /// All three.
    System,
}

/// The report on one program, or on three.
#[derive(Debug)]
pub struct Report {
    /// What was checked.
    pub target: Target,
    /// Its address or command.
    pub subject: String,
    /// What it was checked against.
    pub profile: Profile,
    /// Each requirement.
    pub checked: Vec<Checked>,
}

/// How many requirements there are of each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Met.
    pub met: usize,
    /// Not met.
    pub failed: usize,
    /// Not offered, and not required.
    pub not_offered: usize,
    /// Not checked, because something else failed.
    pub blocked: usize,
}

impl Counts {
    /// Of what is required, how much is met, in per cent.
    pub const fn percentage(self) -> usize {
        let required = self.met + self.failed + self.blocked;
        if required == 0 {
            return 0;
        }
        self.met * 100 / required
    }
}

impl Report {
    /// How many requirements there are of each outcome.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for checked in &self.checked {
            match checked.outcome {
                Ok(()) => counts.met += 1,
                Err(Shortfall::Failed(_)) => counts.failed += 1,
                Err(Shortfall::NotOffered(_)) => counts.not_offered += 1,
                Err(Shortfall::Blocked(_)) => counts.blocked += 1,
            }
        }
        counts
    }

    /// The first requirement that is not met, or else the first that could not be checked, which counts as not met.
    /// The order of the checks is that of need: what others rest on comes first.
    pub fn first_to_mend(&self) -> Option<&Checked> {
        let mut checked = self.checked.iter();
        let failed = checked.find(|one| matches!(one.outcome, Err(Shortfall::Failed(_))));
        let mut checked = self.checked.iter();
        failed.or_else(|| checked.find(|one| matches!(one.outcome, Err(Shortfall::Blocked(_)))))
    }
}
