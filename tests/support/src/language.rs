//! The two implementations of everything.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use contract::Faults;

/// In which language a program under test is written: the originals' or ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The originals, as `tests/python/` has them.
    Python,
    /// This project's binaries.
    Rust,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Python, Self::Rust];

    pub const fn other(self) -> Self {
        match self {
            Self::Python => Self::Rust,
            Self::Rust => Self::Python,
        }
    }

    /// How its servers write the texts of their faults.
    pub const fn faults(self) -> Faults {
        match self {
            Self::Python => Faults::Raised,
            Self::Rust => Faults::Plain,
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
pub enum Binder {
    /// The one of the classic system.
    Classic,
    /// The one of the accounts system, which answers with a fault where it should answer nil.
    Accounts,
    /// This project's.
    Ours,
}

impl Binder {
    pub const ALL: [Self; 3] = [Self::Classic, Self::Accounts, Self::Ours];
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

/// Runs `converse` with each mixture of a binder, a chat server and clients, in which the server `can_use`
/// the binder, all at once: they spend their time waiting for the next poll.
///
/// # Panics
/// With the mixtures in which it panics.
pub fn in_every_mixture(
    can_use: fn(Language, Binder) -> bool,
    converse: fn(Binder, Language, Language),
) {
    let both = Language::ALL;
    let mixtures = Binder::ALL.into_iter().flat_map(|binder| {
        both.into_iter()
            .filter(move |server| can_use(*server, binder))
            .flat_map(move |server| both.map(|clients| (binder, server, clients)))
    });
    let failed: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = mixtures
            .map(|(binder, server, clients)| {
                let name = format!("{binder} binder, {server} chat server, {clients} clients");
                let converse = move || converse(binder, server, clients);
                let run = move || catch_unwind(AssertUnwindSafe(converse));
                let thread = thread::Builder::new().name(name.clone());
                (name, thread.spawn_scoped(scope, run).unwrap())
            })
            .collect();
        running
            .into_iter()
            .filter_map(|(name, running)| running.join().unwrap().is_err().then_some(name))
            .collect()
    });
    assert!(failed.is_empty(), "these do not work: {failed:#?}");
}
