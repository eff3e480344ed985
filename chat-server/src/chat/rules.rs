//! Versions of the rules by which commands are applied.

/// The version of the rules by which commands are applied. A change of rules that gives an old log another
/// state needs a new number, and the old rules for the entries before it.
///
/// | rules | what is different |
/// | --- | --- |
/// | 1 | a refused send is remembered; when memory is full, the room with most in it drops its oldest message |
/// | 2 | only what was stored is remembered; the sender with most drops, in the room where it has most |
pub const RULES: u32 = 2;

/// The rules of logs and snapshots that do not name them.
pub(super) const FIRST_RULES: u32 = 1;
