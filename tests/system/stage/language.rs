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

/// The binders that there are: the two systems of the originals have one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binder {
    /// The one of the classic system.
    Classic,
    /// The one of the accounts system, which answers with a fault where it should answer nil.
    Accounts,
    /// This project's.
    Ours,
}

impl Binder {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Classic, Self::Accounts, Self::Ours];
}

impl From<Language> for Binder {
    fn from(language: Language) -> Self {
        match language {
            Language::Python => Self::Classic,
            Language::Rust => Self::Ours,
        }
    }
}

impl fmt::Display for Binder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Classic => "Python",
            Self::Accounts => "Python accounts",
            Self::Ours => "Rust",
        })
    }
}
