//! The start of a server on a chat.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::chat::{Chat, ChatId, Moment, Policy};

/// The first command of a log and of each later run: what the server was started with. The policy must be
/// in the log, because outcomes depend on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartServer {
    /// The rules by which the commands from here on are applied.
    pub rules: u32,
    /// The identity of the chat, if this is its first command.
    pub id: ChatId,
    /// What the chat allows from now on.
    pub policy: Policy,
}

/// What the server finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// A chat that begins now.
    New,
    /// A chat that went on until a server stopped.
    Again,
}

impl Command for StartServer {
    type Outcome = Started;

    const KIND: &'static str = "StartServer";

    fn apply(self, chat: &mut Chat, _: Moment) -> Started {
        chat.policy = self.policy;
        chat.rules = self.rules;
        if chat.id.is_some() {
            chat.clock.restarted();
            Started::Again
        } else {
            chat.id = Some(self.id);
            Started::New
        }
    }
}
