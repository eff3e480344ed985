//! What is being done, on standard error.

use std::io::IsTerminal as _;
use std::time::Instant;

use crate::part::Part;

/// The steps of one part, shown as they begin: on a terminal in one line, elsewhere each in its own.
pub(crate) struct Progress {
    part: Part,
    began: Instant,
    in_one_line: bool,
}

impl Progress {
    pub(crate) fn begin(part: Part) -> Self {
        Self {
            part,
            began: Instant::now(),
            in_one_line: std::io::stderr().is_terminal(),
        }
    }

    /// A round begins, counted from 0.
    pub(crate) fn round(&mut self, what: impl std::fmt::Display, round: usize, of: usize) {
        self.step(format_args!("{what}, round {} of {of}", round + 1));
    }

    pub(crate) fn step(&mut self, what: impl std::fmt::Display) {
        let line = format!(
            "{:>4} s  {}: {what}",
            self.began.elapsed().as_secs(),
            self.part
        );
        if self.in_one_line {
            // To the line's beginning, and the rest of the last one away.
            eprint!("\r{line}\x1b[K");
        } else {
            eprintln!("{line}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.in_one_line {
            eprint!("\r\x1b[K");
        }
    }
}
