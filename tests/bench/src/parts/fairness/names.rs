//! Who is in the chat, and where.

pub(super) const ROOM: &str = "sala";

/// Who calls as everybody else does.
pub(super) const OTHERS: [&str; 2] = ["ana", "bia"];

/// In whose name the peer calls.
pub(super) const HOSTILE: &str = "eva";

/// The room of the largest messages.
pub(super) const DEAREST: &str = "cara";
