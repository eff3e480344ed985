//! What came of the measurements: tables, verdicts and charts, for the terminal and for docs/.

pub(crate) mod chart;
mod document;
pub(crate) mod machine;
pub(crate) mod table;

use std::fmt;
use std::io::Write as _;

pub(crate) use document::Document;

use crate::figures::short;
use table::Table;

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

pub(crate) fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}
