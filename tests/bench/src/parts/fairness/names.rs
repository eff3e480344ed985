//! Who is in the chat, and where.

pub(super) const ROOM: &str = "sala";

/// The user of ordinary calls.
pub(super) const OTHERS: [&str; 2] = ["ana", "bia"];

/// The user of the peer's calls.
pub(super) const HOSTILE: &str = "eva";

/// The room of the largest messages.
pub(super) const COSTLIEST: &str = "cara";
