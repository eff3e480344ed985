//! The log and the history of typed lines. The log goes to a file, so as not to disturb the conversation.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

#[derive(Debug, Error)]
pub enum LogFileError {
    /// Neither the user's state directory nor their home is known.
    #[error("no log: neither XDG_STATE_HOME nor HOME says where it belongs")]
    NoPlace,
    #[error("no log: cannot write to {}: {reason}", .path.display())]
    Unwritable { path: PathBuf, reason: io::Error },
}

/// Opens the log file for appending: the one that was `chosen`, or the one in the user's state
/// directory.
pub fn open_log(chosen: Option<&Path>) -> Result<File, LogFileError> {
    let path = match chosen {
        Some(path) => path.to_owned(),
        None => state_directory()
            .ok_or(LogFileError::NoPlace)?
            .join("distributed-chat")
            .join("chat-client.log"),
    };
    append(&path).map_err(|reason| LogFileError::Unwritable { path, reason })
}

/// The user's directory for what programs remember (XDG Base Directory Specification).
fn state_directory() -> Option<PathBuf> {
    std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        // The specification has relative paths ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".local").join("state")))
}

fn append(path: &Path) -> io::Result<File> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    // Private: the log shows who talked where.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The file of typed lines in the user's state directory. `None` if its folder cannot be created: lines
/// are then remembered only while the client runs.
pub(crate) fn history_path() -> Option<PathBuf> {
    let folder = state_directory()?.join("distributed-chat");
    if let Err(error) = std::fs::create_dir_all(&folder) {
        tracing::debug!(%error, "typed lines are not remembered");
        return None;
    }
    Some(folder.join("chat-client.history"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_chosen_file_is_made_with_its_folders_and_appended_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join("b.log");
        for line in ["one\n", "two\n"] {
            open_log(Some(&path))
                .unwrap()
                .write_all(line.as_bytes())
                .unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = open_log(Some(folder.path())).unwrap_err().to_string();
        let path = folder.path().display().to_string();
        assert!(
            error.starts_with(&format!("no log: cannot write to {path}: ")),
            "{error}"
        );
    }
}
