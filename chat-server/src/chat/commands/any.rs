//! Any of the commands, as it is read back from a log.

use thiserror::Error;

use super::command::Command;
use super::create_room::{CreateRoom, CreateRoomOutcome};
use super::join::{Join, JoinOutcome};
use super::leave::{Leave, LeaveOutcome};
use super::record_activity::RecordActivity;
use super::record_login::RecordLogin;
use super::register_user::{RegisterUser, RegisterUserOutcome};
use super::remove_idle_rooms::RemoveIdleRooms;
use super::remove_silent_users::{RemoveSilentUsers, Removed};
use super::send_message::{SendMessage, SendMessageOutcome};
use super::start_server::{StartServer, Started};
use super::unregister_user::{UnregisterUser, UnregisterUserOutcome};
use crate::chat::rules::RULES;
use crate::chat::{Chat, Moment, RoomName};

/// Why an entry of a log cannot be read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// A later version wrote it.
    #[error("the command \"{0}\" is unknown to this version")]
    UnknownCommand(String),
    /// A later version wrote what follows.
    #[error("the rules are version {0}, and {RULES} is the latest known here")]
    NewerRules(u32),
    #[error("the command cannot be read: {0}")]
    Damaged(#[from] serde_json::Error),
}

/// Lists the commands once, for everything that handles any of them.
macro_rules! commands {
    ($($command:ident -> $outcome:ty),* $(,)?) => {
        /// Any command, as it is read back from a log.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyCommand { $($command($command)),* }

        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyOutcome { $($command($outcome)),* }

        impl AnyCommand {
            /// Reads a command of a log: its name there, and its fields as JSON.
            /// Fails when a later version wrote it, or it is damaged.
            pub fn decode(kind: &str, fields: &str) -> Result<Self, DecodeError> {
                match kind {
                    $($command::KIND => Ok(Self::$command(serde_json::from_str(fields)?)),)*
                    _ => Err(DecodeError::UnknownCommand(kind.to_owned())),
                }
            }

            /// Its name and fields, as [`decode`](Self::decode) reads them.
            #[cfg(test)]
            pub(in crate::chat) fn encode(&self) -> (&'static str, String) {
                match self {
                    $(Self::$command(command) => {
                        ($command::KIND, serde_json::to_string(command).unwrap())
                    })*
                }
            }

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
    RecordLogin -> (),
    RemoveSilentUsers -> Vec<Removed>,
    RemoveIdleRooms -> Vec<RoomName>,
}
