//! The servers as the client sees them: finding them, calling them, receiving from them.
//!
//! Nothing in here knows how anything is shown.

pub mod classic;
pub mod discovery;
pub mod feed;
pub mod seen;

use std::time::Duration;

/// How long a server may take to answer. An original server answers one call at a time, so that in a
/// full class room an answer may take seconds.
pub const PATIENCE: Duration = Duration::from_secs(10);
