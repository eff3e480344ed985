//! Why a log cannot be opened.

use std::fmt;
use std::path::{Path, PathBuf};

use super::entry::Position;

/// The name of the database in its directory.
pub(super) const DATABASE: &str = "chat.db";

#[derive(Debug)]
pub enum OpenError {
    Unusable {
        directory: PathBuf,
        reason: String,
    },
    InUse {
        directory: PathBuf,
    },
    /// The directory has a database of another program.
    Foreign {
        directory: PathBuf,
    },
    Newer {
        directory: PathBuf,
        what: String,
    },
    Damaged {
        directory: PathBuf,
        what: String,
    },
    /// An entry makes this version of the program panic.
    Unappliable {
        directory: PathBuf,
        position: Position,
        kind: String,
    },
    Missing {
        directory: PathBuf,
    },
}

impl std::error::Error for OpenError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.advising("--data"))
    }
}

impl OpenError {
    /// Says in a line what is wrong and what to do, where the directory is chosen with this flag.
    pub fn advising(&self, flag: &str) -> String {
        let choose = format!("choose another directory with {flag} DIR");
        match self {
            Self::Unusable { directory, reason } => format!(
                "cannot keep the chat in {}: {reason}; {choose}, or {flag} off to keep it in memory alone",
                directory.display()
            ),
            Self::InUse { directory } => format!(
                "{} is in use by another chat server; stop that one, or {choose}",
                directory.display()
            ),
            Self::Foreign { directory } => format!(
                "{} is not a chat's log; {choose}",
                directory.join(DATABASE).display()
            ),
            Self::Newer { directory, what } => format!(
                "{} was written by a newer version of this program ({what}); start that version, or {choose}",
                directory.display()
            ),
            Self::Damaged { directory, what } => format!(
                "the log in {} is damaged: {what}; restore a backup of the directory, or move it away to begin \
                 with an empty chat",
                directory.display()
            ),
            Self::Unappliable {
                directory,
                position,
                kind,
            } => format!(
                "the log in {} cannot be applied: this version of the program panics at the entry at position \
                 {position}, {kind}; keep the directory and report it, and start another version, or {choose}",
                directory.display()
            ),
            Self::Missing { directory } => format!("there is no chat in {}", directory.display()),
        }
    }

    pub(super) fn damaged(directory: &Path, what: impl fmt::Display) -> Self {
        Self::Damaged {
            directory: directory.to_owned(),
            what: what.to_string(),
        }
    }
}
