//! What one part has found.

use std::fmt;

use super::table::Table;
use crate::figures::short;

#[derive(Default)]
pub(crate) struct Section {
    pub(crate) tables: Vec<Table>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) chart: Option<Chart>,
}

/// A chart as a file in docs/.
pub(crate) struct Chart {
    pub(crate) file: &'static str,
    pub(crate) svg: String,
}

/// A target, and whether it was met.
pub(crate) struct Verdict {
    what: String,
    measured: f64,
    at_most: f64,
}

impl Verdict {
    /// The verdict on something that is to be at most so much.
    pub(crate) fn at_most(what: impl Into<String>, measured: f64, at_most: f64) -> Self {
        Self {
            what: what.into(),
            measured,
            at_most,
        }
    }

    fn is_met(&self) -> bool {
        self.measured <= self.at_most
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            writeln!(f, "{table}")?;
        }
        let mut targets = Table::new(["target", "at most", "measured", ""]);
        for verdict in &self.verdicts {
            targets.row([
                verdict.what.clone(),
                short(verdict.at_most),
                short(verdict.measured),
                if verdict.is_met() {
                    "met"
                } else {
                    "**missed**"
                }
                .to_owned(),
            ]);
        }
        write!(f, "{targets}")
    }
}
