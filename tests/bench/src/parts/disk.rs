//! What the disk itself takes to keep something: the least that a durable call can cost.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::figures::{at_share, microseconds};

/// As much as SQLite writes for a short entry: a page, and what it says of the page.
const PIECE: [u8; 4096] = [b'x'; 4096];

/// A file that grows by pieces, each of which is synced.
pub(crate) struct Disk(File);

impl Disk {
    /// A new file in this directory.
    pub(crate) fn in_directory(directory: &Path) -> anyhow::Result<Self> {
        Ok(Self(File::create(directory.join("appended"))?))
    }

    /// Appends and syncs for so long, with a pause before each time, and gives the median time of one piece, in
    /// microseconds. After a pause a disk and an idle processor take longer.
    pub(crate) fn round(&mut self, length: Duration, pause: Duration) -> anyhow::Result<f64> {
        let mut times = Vec::new();
        let end = Instant::now() + length;
        while Instant::now() < end {
            if !pause.is_zero() {
                std::thread::sleep(pause);
            }
            let begun = Instant::now();
            self.0.write_all(&PIECE)?;
            self.0.sync_data()?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        Ok(microseconds(at_share(&times, 0.5).unwrap_or_default()))
    }
}
