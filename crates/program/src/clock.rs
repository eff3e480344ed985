//! The system's clock, as far as a program relies on it.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The beginning of the year 10000.
const END: Duration = Duration::from_secs(253_402_300_800);

/// Refuses a clock that is not in the years 1970 to 9999. The libraries for dates panic with others, that of
/// HTTP in each answer.
pub fn check() -> io::Result<()> {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) if since < END => Ok(()),
        _ => Err(io::Error::other(
            "the clock of this machine is before 1970 or after 9999; set it, then start again",
        )),
    }
}
