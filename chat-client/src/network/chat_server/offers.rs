//! What a server offers beyond the originals, and how a client finds out.

use protocol::classic::procedures::{LEAVE_ROOM, SEND_MESSAGE_ONCE, WAIT_MESSAGES};
use protocol::procedure::Procedure;

/// The extensions of the protocol that a server has announced. Whatever was not announced is not
/// called: an original server answers one call at a time, and one that waits would hold up everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// `leave_room` in dialect classic; dialect accounts always has it.
    pub leaving: bool,
    /// `send_message_once`.
    pub sending_once: bool,
    /// `wait_messages`.
    pub waiting: bool,
}

impl Offers {
    /// Every procedure that a server may offer beyond the originals.
    pub const PROCEDURES: [&'static str; 3] =
        [LEAVE_ROOM.name, SEND_MESSAGE_ONCE.name, WAIT_MESSAGES.name];

    /// What a server offers that has the procedures with these names.
    #[must_use]
    pub fn of_named(names: &[String]) -> Self {
        let has = |procedure: &Procedure| names.iter().any(|name| name == procedure.name);
        Self {
            leaving: has(&LEAVE_ROOM),
            sending_once: has(&SEND_MESSAGE_ONCE),
            waiting: has(&WAIT_MESSAGES),
        }
    }
}
