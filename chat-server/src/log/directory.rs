//! The directory of a log: its place, its lock, its permissions.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::open_error::{DATABASE, OpenError};

/// Held by the server that writes. It is empty until there is a chat in the directory.
const LOCK: &str = "lock";

/// SQLite's write-ahead log.
const WRITE_AHEAD: &str = "chat.db-wal";

/// The index of SQLite's write-ahead log.
#[cfg(unix)]
const WRITE_AHEAD_INDEX: &str = "chat.db-shm";

/// Where the chat server on this port keeps its log when no directory is given: below the user's state
/// directory (XDG Base Directory Specification). `None` if neither it nor the home directory is known.
pub fn default_directory(port: u16) -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        // The specification says to ignore relative paths.
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".local").join("state")))?;
    Some(
        state
            .join("distributed-chat")
            .join(format!("chat-server-{port}")),
    )
}

/// Makes the directory and the database's file, readable by this user alone: password hashes and private
/// messages are in them. SQLite gives its other files the permissions of the database.
///
/// Returns the lock that keeps a second server out for as long as it is held.
pub(super) fn prepare(directory: &Path) -> Result<File, OpenError> {
    let unusable = |reason: io::Error| OpenError::Unusable {
        directory: directory.to_owned(),
        reason: reason.to_string(),
    };
    create(directory).map_err(unusable)?;
    let lock = open_private(&directory.join(LOCK)).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(OpenError::InUse {
                directory: directory.to_owned(),
            });
        }
        Err(TryLockError::Error(reason)) => return Err(unusable(reason)),
    }
    // A lost database is not created again: the start would take it for a new chat.
    if !is_emptied(directory) {
        open_private(&directory.join(DATABASE)).map_err(unusable)?;
    }
    #[cfg(unix)]
    for name in [LOCK, DATABASE, WRITE_AHEAD, WRITE_AHEAD_INDEX] {
        close_to_others(&directory.join(name)).map_err(unusable)?;
    }
    Ok(lock)
}

/// Notes that there is a chat from now on, so that a database without anything in it is not taken for that of a
/// new one.
pub(super) fn mark_used(lock: &File) -> io::Result<()> {
    // Its length alone says so, which takes no room on a full disk.
    lock.set_len(1)
}

/// Whether the database is empty or missing although there was a chat.
pub(super) fn is_emptied(directory: &Path) -> bool {
    // SQLite takes a file of one byte for an empty one, too.
    length(directory, DATABASE) <= 1 && (is_used(directory) || length(directory, WRITE_AHEAD) > 0)
}

/// Whether there is a chat, or was one, according to [`mark_used`].
pub(super) fn is_used(directory: &Path) -> bool {
    length(directory, LOCK) > 0
}

fn length(directory: &Path, name: &str) -> u64 {
    fs::metadata(directory.join(name)).map_or(0, |file| file.len())
}

fn create(directory: &Path) -> io::Result<()> {
    if directory.exists() && !directory.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    #[cfg(unix)]
    let made: Vec<&Path> = (directory.ancestors())
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    // SQLite syncs the names of its files. The names of the directories must outlive a loss of power, too.
    #[cfg(unix)]
    for parent in made.into_iter().filter_map(Path::parent) {
        let here = parent.as_os_str().is_empty();
        File::open(if here { Path::new(".") } else { parent })?.sync_all()?;
    }
    Ok(())
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Takes the permissions away that a file has for others, such as one that was restored from a backup.
#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    match fs::metadata(path) {
        Ok(file) if file.permissions().mode() & 0o077 != 0 => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        }
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(reason),
        _ => Ok(()),
    }
}
