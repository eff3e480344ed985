//! How long ordinary calls take while something else goes on.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use support::wire::{Connection, post};

/// How long calls take: half of them at most the one, of a hundred all but one at most the other.
pub(crate) struct Latency {
    pub(crate) median: Duration,
    pub(crate) of_99_in_100: Duration,
    slowest: Duration,
    calls: usize,
}

impl Latency {
    /// Makes this call of the server at `address` every few milliseconds, for this long, and expects a
    /// value each time.
    pub(crate) fn of(address: &str, call: &str, time: Duration) -> Self {
        let mut connection = Connection::open(address);
        let request = post(call);
        let (began, mut taken) = (Instant::now(), Vec::new());
        while began.elapsed() < time {
            let sent = Instant::now();
            let answer = connection.ask(&request).answer();
            taken.push(sent.elapsed());
            assert!(answer.is_ok(), "{answer:?}");
            // So that the calls are a sample of the time, and not a load of their own.
            thread::sleep(Duration::from_millis(2));
        }
        taken.sort();
        Self {
            median: taken[taken.len() / 2],
            of_99_in_100: taken[taken.len() * 99 / 100],
            slowest: taken[taken.len() - 1],
            calls: taken.len(),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} calls, median {:?}, 99 of 100 within {:?}, slowest {:?}",
            self.calls, self.median, self.of_99_in_100, self.slowest
        )
    }
}
