//! What can be done to the chat: one file for each command, with the outcomes it can have.
//!
//! A command is plain data and carries no time of its own, so that the same ones can be given again
//! from a record of them.

mod create_room;
mod join;
mod leave;
mod register_user;
mod remove_idle_rooms;
mod send;
mod unregister_user;

pub use create_room::{CreateRoom, CreateRoomOutcome};
pub use join::{Join, JoinOutcome};
pub use leave::{Leave, LeaveOutcome};
pub use register_user::{RegisterUser, RegisterUserOutcome};
pub use remove_idle_rooms::RemoveIdleRooms;
pub use send::{Send, SendOutcome};
pub use unregister_user::{UnregisterUser, UnregisterUserOutcome};

use super::{Chat, Moment};

/// Something that can be done to the chat.
pub trait Command {
    /// What can come of it.
    type Outcome;

    /// Does it. The outcome and the new state depend on nothing but the chat, the moment and the
    /// command.
    fn apply(self, chat: &mut Chat, at: Moment) -> Self::Outcome;
}
