//! The accounts file: a name and a password's hash on each line, between a first and a last line that
//! tell whether all of it is there.
//!
//! It is replaced as a whole: written beside the old one, synced, renamed over it. Whatever happens in
//! between, the file is the old one or the new one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use parking_lot::Mutex;
use thiserror::Error;

use super::{Hashes, Ledger};
use crate::chat::Username;

const FIRST_LINE: &str = "distributed-chat accounts, version 1";

/// Why the accounts file cannot be used.
#[derive(Debug, Error)]
pub enum FileError {
    /// The system does not let us read or write it.
    #[error("the accounts file {path} cannot be used: {reason}")]
    System {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// Its content is not what this program writes.
    #[error(
        "the accounts file {path} is damaged at line {line}: {reason}; it was left as it is. Mend it or restore a copy, or name another file"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Another server would overwrite what this one writes.
    #[error("the accounts file {path} is used by another chat server")]
    InUse {
        /// The file.
        path: PathBuf,
    },
}

/// The accounts file, held for this server alone.
#[derive(Debug)]
pub struct AccountsFile {
    path: PathBuf,
    /// Which change of the accounts the file has. Its lock makes writers take turns.
    written: Arc<tokio::sync::Mutex<u64>>,
    /// Held as long as the server runs; the system releases it when the process ends, however it
    /// ends.
    _lock: File,
}

impl AccountsFile {
    /// Takes the file at `path` for this server and reads the accounts in it; none when there is no
    /// such file yet.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or is used by another server.
    pub fn open(path: &Path) -> Result<(Self, Hashes), FileError> {
        let failed = |reason| FileError::System {
            path: path.to_owned(),
            reason,
        };
        // The lock is on a file of its own, because the accounts file itself is replaced.
        let lock = private(&beside(path, "lock"), false).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => FileError::InUse {
                path: path.to_owned(),
            },
            TryLockError::Error(reason) => failed(reason),
        })?;
        let hashes = match std::fs::read(path) {
            Ok(content) => parse(&content).map_err(|(line, reason)| FileError::Damaged {
                path: path.to_owned(),
                line,
                reason,
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Hashes::new(),
            Err(error) => return Err(failed(error)),
        };
        let file = Self {
            path: path.to_owned(),
            written: Arc::default(),
            _lock: lock,
        };
        Ok((file, hashes))
    }

    /// Writes the accounts as they are now. When it answers, they survive a power cut.
    ///
    /// Calls at the same time share one write: who comes while the file is being written waits, and
    /// finds that the next writer has taken its account along.
    ///
    /// # Errors
    /// The system's reason. The file is the old one then.
    pub async fn store(&self, ledger: &Mutex<Ledger>) -> std::io::Result<()> {
        let wanted = ledger.lock().changes;
        let mut written = Arc::clone(&self.written).lock_owned().await;
        if *written >= wanted {
            return Ok(());
        }
        let (content, changes) = {
            let ledger = ledger.lock();
            (render(&ledger.hashes), ledger.changes)
        };
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || {
            replace(&path, &content)?;
            *written = changes;
            Ok(())
        })
        .await?
    }
}

fn replace(path: &Path, content: &str) -> std::io::Result<()> {
    let temporary = beside(path, "new");
    // One left by a crash may have other permissions.
    if let Err(error) = std::fs::remove_file(&temporary)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = private(&temporary, true)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    // The new name is in the directory, which has to reach the disk as well.
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

/// Opens a file for writing that only its owner may read.
fn private(path: &Path, new: bool) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).create_new(new);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// The path with another ending after its own.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn render(hashes: &Hashes) -> String {
    let mut content = format!("{FIRST_LINE}\n");
    for (name, hash) in hashes {
        // A name has no control characters, so it has no tab.
        content.push_str(&format!("{name}\t{hash}\n"));
    }
    content.push_str(&format!("end of {} accounts\n", hashes.len()));
    content
}

/// # Errors
/// The line, counted from 1, and what is wrong there.
fn parse(content: &[u8]) -> Result<Hashes, (usize, &'static str)> {
    let content = std::str::from_utf8(content).map_err(|_| (1, "it is not text"))?;
    let mut lines = content.split_terminator('\n').enumerate();
    if lines.next().map(|(_, line)| line) != Some(FIRST_LINE) {
        return Err((1, "it does not begin like an accounts file"));
    }
    let mut hashes = Hashes::new();
    let mut last = 1;
    for (index, line) in lines.by_ref() {
        last = index + 1;
        if line == format!("end of {} accounts", hashes.len()) && content.ends_with('\n') {
            return match lines.next() {
                None => Ok(hashes),
                Some((index, _)) => Err((index + 1, "something follows the end")),
            };
        }
        let (name, hash) = line
            .split_once('\t')
            .ok_or((last, "it is no name and hash"))?;
        let name = Username::parse(name).map_err(|_| (last, "it begins with no valid name"))?;
        let hash = PasswordHash::new(hash)
            .ok()
            .filter(|hash| hash.algorithm.as_str() == "argon2id" && hash.hash.is_some())
            .ok_or((last, "it has no valid hash"))?;
        if hashes.insert(name, hash).is_some() {
            return Err((last, "the name is there twice"));
        }
    }
    Err((last, "the end is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$ZZ7V0KT3nRPYPzPEq5eVxpQiyrFmrvXVHXcSkOqdhS8";

    fn two() -> Hashes {
        ["ana", "josé da silva"]
            .map(|name| {
                (
                    Username::parse(name).unwrap(),
                    PasswordHash::new(HASH).unwrap(),
                )
            })
            .into()
    }

    #[tokio::test]
    async fn what_is_stored_is_read_again_and_only_by_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts");
        let (file, hashes) = AccountsFile::open(&path).unwrap();
        assert!(hashes.is_empty());
        // One that a crash has left is no obstacle.
        std::fs::write(beside(&path, "new"), "half").unwrap();
        let ledger = Ledger {
            hashes: two(),
            changes: 2,
        };
        file.store(&Mutex::new(ledger)).await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(file);
        assert_eq!(AccountsFile::open(&path).unwrap().1, two());
    }

    #[test]
    fn two_servers_cannot_use_one_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts");
        let first = AccountsFile::open(&path).unwrap();
        assert!(matches!(
            AccountsFile::open(&path),
            Err(FileError::InUse { .. })
        ));
        drop(first);
        assert!(AccountsFile::open(&path).is_ok());
    }

    #[test]
    fn any_cut_and_any_strange_line_is_damage() {
        let whole = render(&two());
        assert_eq!(parse(whole.as_bytes()), Ok(two()));
        for end in 0..whole.len() {
            assert!(parse(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        for (damaged, line) in [
            (whole.replace("ana\t", "\t"), 2),
            (whole.replace("ana\t", "ana "), 2),
            (whole.replace("josé da silva", "ana"), 3),
            (whole.replacen("argon2id", "argon2", 1), 2),
            (format!("{whole}more\n"), 5),
            (whole.replace("end of 2", "end of 3"), 4),
        ] {
            assert_eq!(parse(damaged.as_bytes()).unwrap_err().0, line, "{damaged}");
        }
    }

    #[test]
    fn a_damaged_file_is_left_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts");
        std::fs::write(&path, "something precious\n").unwrap();
        let error = AccountsFile::open(&path).unwrap_err();
        assert!(
            matches!(error, FileError::Damaged { line: 1, .. }),
            "{error}"
        );
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "something precious\n"
        );
    }
}
