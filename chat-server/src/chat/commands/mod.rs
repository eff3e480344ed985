//! What can be done to the chat: one file for each command, with the outcomes it can have.
//!
//! A command is plain data and carries no time of its own, so that a log of commands can be applied
//! again. What is written in a log stays readable: the fields of a command may grow by optional ones, and
//! a command that means something else gets a new name.

mod create_room;
mod join;
mod leave;
mod record_activity;
mod register_user;
mod remove_idle_rooms;
mod remove_silent_users;
mod send_message;
mod start_server;
mod unregister_user;

pub use create_room::{CreateRoom, CreateRoomOutcome};
pub use join::{Join, JoinOutcome};
pub use leave::{Leave, LeaveOutcome};
pub use record_activity::RecordActivity;
pub use register_user::{RegisterUser, RegisterUserOutcome};
pub use remove_idle_rooms::RemoveIdleRooms;
pub use remove_silent_users::{RemoveSilentUsers, Removed};
pub use send_message::{SendMessage, SendMessageOutcome};
pub use start_server::{RULES, StartServer, Started};
pub use unregister_user::{UnregisterUser, UnregisterUserOutcome};

use serde::Serialize;
use thiserror::Error;

use super::{Chat, Moment, RoomName};

/// Something that can be done to the chat.
pub trait Command: Serialize + Clone + Send + 'static {
    /// What can come of it.
    type Outcome: Send + 'static;

    /// Its name in the log.
    const KIND: &'static str;

    /// Whether its outcome depends on which users are active, so that what was noted of that goes first.
    const DEPENDS_ON_ACTIVITY: bool = false;

    /// Does it. The outcome and the new state depend on nothing but the chat, the moment and the
    /// command.
    fn apply(self, chat: &mut Chat, at: Moment) -> Self::Outcome;
}

/// Why an entry of a log cannot be read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// A later version wrote it.
    #[error("the command \"{0}\" is unknown to this version")]
    UnknownCommand(String),
    /// It is damaged.
    #[error("the command cannot be read: {0}")]
    Damaged(#[from] serde_json::Error),
}

/// Lists the commands once, for everything that handles any of them.
macro_rules! commands {
    ($($command:ident -> $outcome:ty),* $(,)?) => {
        /// Any command, as it is read back from a log.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the commands of the same names")]
        pub enum AnyCommand { $($command($command)),* }

        /// What came of any command.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the commands of the same names")]
        pub enum AnyOutcome { $($command($outcome)),* }

        impl AnyCommand {
            /// Reads a command of a log: its name there, and its fields as JSON.
            ///
            /// # Errors
            /// When a later version wrote it, or it is damaged.
            pub fn decode(kind: &str, fields: &str) -> Result<Self, DecodeError> {
                match kind {
                    $($command::KIND => Ok(Self::$command(serde_json::from_str(fields)?)),)*
                    _ => Err(DecodeError::UnknownCommand(kind.to_owned())),
                }
            }

            /// Its name and fields, as [`decode`](Self::decode) reads them.
            #[cfg(test)]
            pub(super) fn encode(&self) -> (&'static str, String) {
                match self {
                    $(Self::$command(command) => {
                        ($command::KIND, serde_json::to_string(command).unwrap())
                    })*
                }
            }

            /// Carries it out.
            pub fn apply(self, chat: &mut Chat, at: Moment) -> AnyOutcome {
                match self {
                    $(Self::$command(command) => AnyOutcome::$command(chat.apply(at, command)),)*
                }
            }
        }

        $(
            impl From<$command> for AnyCommand {
                fn from(command: $command) -> Self {
                    Self::$command(command)
                }
            }
        )*
    };
}

commands! {
    StartServer -> Started,
    RegisterUser -> RegisterUserOutcome,
    UnregisterUser -> UnregisterUserOutcome,
    CreateRoom -> CreateRoomOutcome,
    Join -> JoinOutcome,
    Leave -> LeaveOutcome,
    SendMessage -> SendMessageOutcome,
    RecordActivity -> (),
    RemoveSilentUsers -> Vec<Removed>,
    RemoveIdleRooms -> Vec<RoomName>,
}
