//! Where typed lines are remembered.

use std::path::PathBuf;

use crate::log_file::state_directory;

/// The file in the user's state directory, whose folder is made if need be. `None` when it cannot be:
/// then lines are remembered as long as the client runs.
pub(super) fn path() -> Option<PathBuf> {
    let folder = state_directory()?.join("distributed-chat");
    if let Err(error) = std::fs::create_dir_all(&folder) {
        tracing::debug!(%error, "typed lines are not remembered");
        return None;
    }
    Some(folder.join("chat-client.history"))
}
