//! What a run is given.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) time: Duration,
    pub(crate) clients: u32,
    pub(crate) seed: u64,
    /// How long a client rests between two actions, on average.
    pub(crate) pause: Duration,
}
