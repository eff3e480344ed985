//! The parts of the comparison.

use std::fmt;

use clap::ValueEnum;

/// A part of the comparison, with a section of its own in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// What a call costs, beside those of other servers.
    Calls,
    /// How the cost of a poll grows with messages, rooms and users.
    Growth,
    /// What a connection and a waiting client cost in memory.
    Memory,
    /// How fast a broadcast reaches all who wait.
    FanOut,
    /// What the board costs the calls that it shows.
    Board,
    /// What it costs to keep the chat on the disk.
    Durability,
    /// What it costs to share the chat among servers.
    Cluster,
    /// What one hostile peer takes from the others.
    Fairness,
    /// What it costs to pass calls on.
    Proxy,
}

impl Part {
    /// The page of docs/ with its tables.
    pub(crate) const fn page(self) -> &'static str {
        match self {
            Self::Fairness => "reliability.md",
            _ => "performance.md",
        }
    }

    /// The parts to measure: one, or all.
    pub(crate) fn chosen(only: Option<Self>) -> Vec<Self> {
        only.map_or_else(|| Self::value_variants().to_vec(), |part| vec![part])
    }
}

/// As on the command line.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
