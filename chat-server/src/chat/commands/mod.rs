//! What can be done to the chat: one file for each command, with the outcomes it can have.
//!
//! A command is plain data and carries no time of its own, so that a log of commands can be applied
//! again. What is written in a log stays readable: the fields of a command may grow by optional ones, and
//! a command that means something else gets a new name, or the rules (`chat/rules.rs`) get a new number.

mod any;
mod command;
mod create_room;
mod join;
mod leave;
mod record_activity;
mod record_login;
mod register_user;
mod remove_idle_rooms;
mod remove_silent_users;
mod send_message;
mod start_server;
mod unregister_user;

pub use any::{AnyCommand, AnyOutcome, DecodeError};
pub use command::Command;
pub use create_room::{CreateRoom, CreateRoomOutcome};
pub use join::{Join, JoinOutcome};
pub use leave::{Leave, LeaveOutcome};
pub use record_activity::RecordActivity;
pub use record_login::RecordLogin;
pub use register_user::{RegisterUser, RegisterUserOutcome};
pub use remove_idle_rooms::RemoveIdleRooms;
pub use remove_silent_users::{RemoveSilentUsers, Removed};
pub use send_message::{SendMessage, SendMessageOutcome};
pub use start_server::{StartServer, Started};
pub use unregister_user::{UnregisterUser, UnregisterUserOutcome};
