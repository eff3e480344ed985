//! The accounts file, whose [`format`] tells whether all of it is there.
//!
//! It is replaced as a whole: written beside the old one, synced, renamed over it. Whatever happens in
//! between, the file is the old one or the new one.

mod format;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use thiserror::Error;

use super::{Hashes, Ledger};

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
        // Another way to the same file, by a link, is the same file: for its lock, and because what a
        // link stands for is to be replaced and not the link.
        let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let failed = |reason| FileError::System {
            path: path.to_owned(),
            reason,
        };
        let is_other = std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
        if is_other {
            return Err(failed(std::io::Error::other("it is no regular file")));
        }
        // The lock is on a file of its own, because the accounts file itself is replaced.
        let lock = private(&beside(path, "lock"), false).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => FileError::InUse {
                path: path.to_owned(),
            },
            TryLockError::Error(reason) => failed(reason),
        })?;
        let hashes = match std::fs::read(path) {
            Ok(content) => {
                let damaged = |(line, reason)| FileError::Damaged {
                    path: path.to_owned(),
                    line,
                    reason,
                };
                let hashes = format::parse(&content).map_err(damaged)?;
                // A copy that was put back may be readable to others.
                keep_private(path).map_err(failed)?;
                hashes
            }
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
            (format::render(&ledger.hashes), ledger.changes)
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

/// Takes a file away from everybody but its owner.
#[cfg(unix)]
fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = std::fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(file = %path.display(), "others could read the accounts file; now its owner alone can");
    permissions.set_mode(0o600);
    std::fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as where there are permissions")]
fn keep_private(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The path with another ending after its own.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::format::tests::two;
    use super::*;

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
            ..Ledger::default()
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

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_to_the_file_is_the_same_file() {
        let directory = tempfile::tempdir().unwrap();
        let [path, link] = ["accounts", "link"].map(|name| directory.path().join(name));
        std::fs::write(&path, format::render(&two())).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let (file, hashes) = AccountsFile::open(&link).unwrap();
        assert!(matches!(
            AccountsFile::open(&path),
            Err(FileError::InUse { .. })
        ));
        let ledger = Ledger {
            hashes,
            changes: 1,
            ..Ledger::default()
        };
        file.store(&Mutex::new(ledger)).await.unwrap();
        assert!(link.is_symlink() && !path.is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn a_copy_that_others_could_read_is_taken_away_from_them() {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        std::fs::write(&path, format::render(&two())).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        AccountsFile::open(&path).unwrap();
        assert_eq!(mode(), 0o600);
        // What is no accounts file belongs to somebody else.
        std::fs::write(&path, "something").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        AccountsFile::open(&path).unwrap_err();
        assert_eq!(mode(), 0o644);
    }

    #[test]
    fn what_is_no_file_is_refused_and_nothing_is_put_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("directory");
        std::fs::create_dir(&path).unwrap();
        let error = AccountsFile::open(&path).unwrap_err();
        assert!(matches!(error, FileError::System { .. }), "{error}");
        assert!(!beside(&path, "lock").exists());
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
