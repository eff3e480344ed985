//! The pages of docs/ in which the tables are replaced, and the charts beside them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::Local;

use super::machine;
use super::section::Section;
use crate::part::Part;

pub(crate) struct Document {
    directory: PathBuf,
    is_written: bool,
}

impl Document {
    /// The document of this repository. Unless it `is_written`, sections are thrown away.
    /// Fails when it has no place for a section: better now than when everything is measured.
    pub(crate) fn open(is_written: bool) -> anyhow::Result<Self> {
        let document = Self {
            directory: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs"),
            is_written,
        };
        if is_written {
            for part in Part::chosen(None) {
                let text = document.read(part)?;
                replace(&text, part, "")
                    .with_context(|| document.path(part).display().to_string())?;
            }
        }
        Ok(document)
    }

    /// Writes what a part reports in place of what it reported before.
    pub(crate) fn write(&self, part: Part, section: &Section) -> anyhow::Result<()> {
        if !self.is_written {
            return Ok(());
        }
        let report = format!(
            "Measured on {}: {}.\n\n{section}",
            Local::now().format("%Y-%m-%d"),
            machine::describe()
        );
        let text = replace(&self.read(part)?, part, &report)?;
        std::fs::write(self.path(part), text)?;
        if let Some(chart) = &section.chart {
            std::fs::write(self.directory.join(chart.file), &chart.svg)?;
        }
        Ok(())
    }

    fn path(&self, part: Part) -> PathBuf {
        self.directory.join(part.page())
    }

    fn read(&self, part: Part) -> anyhow::Result<String> {
        let path = self.path(part);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// The text with `report` between the two comments that mark the place of a part.
fn replace(text: &str, part: Part, report: &str) -> anyhow::Result<String> {
    let (begin, end) = (
        format!("<!-- measured: {part} -->\n"),
        format!("<!-- end of {part} -->"),
    );
    let place = || {
        let (before, rest) = text.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}\n{report}\n{end}{after}"))
    };
    place().with_context(|| format!("no place for {part} between {begin:?} and {end:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = "a\n<!-- measured: fan-out -->\nold\n<!-- end of fan-out -->\nb\n";
        let new = "a\n<!-- measured: fan-out -->\n\nnew\n<!-- end of fan-out -->\nb\n";
        assert_eq!(replace(text, Part::FanOut, "new").unwrap(), new);
        assert!(replace(text, Part::Memory, "new").is_err());
    }
}
