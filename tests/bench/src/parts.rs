//! The measurements, one file for each part of them.

mod board;
mod calls;
mod cluster;
mod disk;
mod durability;
mod fan_out;
mod growth;
mod memory;
mod reading;
mod slowest;
mod way;
mod workload;

use std::fmt;

use clap::ValueEnum;

use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::Section;

/// A part of the comparison, with a section of its own in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// What a call costs, beside everybody else's.
    Calls,
    /// How the cost of a poll grows with messages, rooms and users.
    Growth,
    /// What a connection and a waiting client cost in memory.
    Memory,
    /// How fast a broadcast reaches everybody who waits.
    FanOut,
    /// What the board costs the calls that it shows.
    Board,
    /// What it costs to keep the chat on the disk.
    Durability,
    /// What it costs to share the chat among servers.
    Cluster,
}

impl Part {
    const ALL: [Self; 7] = [
        Self::Calls,
        Self::Growth,
        Self::Memory,
        Self::FanOut,
        Self::Board,
        Self::Durability,
        Self::Cluster,
    ];

    /// The parts to measure: one, or all.
    pub(crate) fn chosen(only: Option<Self>) -> Vec<Self> {
        only.map_or_else(|| Self::ALL.to_vec(), |part| vec![part])
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calls => "calls",
            Self::Growth => "growth",
            Self::Memory => "memory",
            Self::FanOut => "fan-out",
            Self::Board => "board",
            Self::Durability => "durability",
            Self::Cluster => "cluster",
        })
    }
}

pub(crate) async fn measure(
    part: Part,
    plan: &Plan,
    progress: &mut Progress,
) -> anyhow::Result<Section> {
    match part {
        Part::Calls => calls::measure(plan, progress).await,
        Part::Growth => growth::measure(plan, progress).await,
        Part::Memory => memory::measure(plan, progress).await,
        Part::FanOut => fan_out::measure(plan, progress).await,
        Part::Board => board::measure(plan, progress).await,
        Part::Durability => durability::measure(plan, progress).await,
        Part::Cluster => cluster::measure(plan, progress).await,
    }
}
