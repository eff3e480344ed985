//! What came of the measurements: tables, verdicts and charts, for the terminal and for docs/.

pub(crate) mod chart;
mod document;
pub(crate) mod machine;
mod section;
pub(crate) mod table;

use std::io::Write as _;

pub(crate) use document::Document;
pub(crate) use section::{Chart, Section, Verdict};

pub(crate) fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}
