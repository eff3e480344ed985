//! What only the operating system knows: the time a process has used, and its memory.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{CpuClock, allow_open_files, resident_bytes, sleep_precisely};

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{CpuClock, allow_open_files, resident_bytes, sleep_precisely};
