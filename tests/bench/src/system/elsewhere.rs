//! Systems that do not report precisely what another process used.

use std::time::Duration;

use anyhow::bail;

const LINUX_ONLY: &str = "the comparison reads what processes use from Linux and runs only there";

/// The processor time of a process, if the system reported it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock;

impl CpuClock {
    pub(crate) fn of(_process: u32) -> anyhow::Result<Self> {
        bail!(LINUX_ONLY)
    }

    pub(crate) fn now(self) -> anyhow::Result<Duration> {
        bail!(LINUX_ONLY)
    }
}

pub(crate) fn resident_bytes(_process: u32) -> anyhow::Result<u64> {
    bail!(LINUX_ONLY)
}

pub(crate) fn allow_open_files(_needed: u64) -> anyhow::Result<()> {
    bail!(LINUX_ONLY)
}

pub(crate) fn sleep_precisely() -> anyhow::Result<()> {
    bail!(LINUX_ONLY)
}
