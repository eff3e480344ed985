//! How every program of this project starts and ends: what it logs, where it listens, when it stops.

pub mod clock;
pub mod descriptors;
pub mod documentation;
mod etcd_prefix;
mod journal;
pub mod limits;
pub mod listening;
pub mod locale;
pub mod logging;
pub mod output;
pub mod ports;
mod repetition;
pub mod supervisor;
pub mod termination;

pub use documentation::Documentation;
pub use etcd_prefix::etcd_prefix;
pub use limits::LimitFlags;
pub use listening::{Holder, ListenError, listen};
pub use logging::Verbosity;
pub use ports::PortOffset;
