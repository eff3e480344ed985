//! Linux.

use std::time::Duration;

use anyhow::{Context as _, bail};
use nix::sys::prctl::set_timerslack;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::time::ClockId;
use nix::unistd::Pid;

/// The processor time of one process: all its threads, in the program and in the system, to the
/// nanosecond.
///
/// `/proc/PID/stat` has the same in steps of ten milliseconds, and `/proc/PID/schedstat` for one thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuClock(ClockId);

impl CpuClock {
    /// The clock of the process with this number.
    pub(crate) fn of(process: u32) -> anyhow::Result<Self> {
        let process = Pid::from_raw(i32::try_from(process)?);
        Ok(Self(ClockId::pid_cpu_clock_id(process)?))
    }

    pub(crate) fn now(self) -> anyhow::Result<Duration> {
        let time = self.0.now().context("cannot read a process's clock")?;
        Ok(Duration::from(time))
    }
}

/// The memory that a process has in use, in bytes.
pub(crate) fn resident_bytes(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let kibibytes: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
        .context("no VmRSS in a process's status")?
        .parse()?;
    Ok(kibibytes * 1_024)
}

/// Makes sure that this process and those it starts may have so many files open.
pub(crate) fn allow_open_files(needed: u64) -> anyhow::Result<()> {
    let (allowed, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if most < needed {
        bail!(
            "a process needs {needed} open files for this, and the system allows {most}; raise it with \
             `ulimit -Hn {needed}` as root, or in /etc/security/limits.conf"
        );
    }
    setrlimit(Resource::RLIMIT_NOFILE, allowed.max(needed), most)?;
    Ok(())
}

/// Sleeps of this thread end when they should. Otherwise the system may let them last 50 µs longer,
/// which is several calls.
pub(crate) fn sleep_precisely() -> anyhow::Result<()> {
    Ok(set_timerslack(1)?)
}
