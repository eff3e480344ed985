//! The system's clock, as far as a program relies on it.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

/// Checks that the clock is not before 1970, which the libraries for dates do not expect.
pub fn check() -> io::Result<()> {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(_) => Ok(()),
        Err(_) => Err(io::Error::other(
            "the clock of this machine is before 1970; set it, then start again",
        )),
    }
}
