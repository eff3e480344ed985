//! The two implementations of everything.

use std::fmt;

/// In which language a program under test is written: the originals' or ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// The originals, as `tests/python/` has them.
    Python,
    /// This project's binaries.
    Rust,
}

impl Language {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Python, Self::Rust];

    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Python => Self::Rust,
            Self::Rust => Self::Python,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}
