//! The one chat, shared between all calls of all dialects.

use parking_lot::Mutex;

use crate::chat::commands::Command;
use crate::chat::{Chat, Policy};
use crate::clock::Clock;

/// The chat with its clock, behind a lock.
#[derive(Debug)]
pub struct ChatService {
    clock: Clock,
    /// One lock for the whole chat: a command takes about a microsecond and a query clones a few
    /// pointers, so calls spend their time in reading and writing XML, which happens outside. One
    /// order of commands for everybody is what makes the chat deterministic.
    chat: Mutex<Chat>,
}

impl ChatService {
    /// An empty chat.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            clock: Clock::start(),
            chat: Mutex::new(Chat::new(policy)),
        }
    }

    /// Carries out a command now.
    pub fn apply<C: Command>(&self, command: C) -> C::Outcome {
        let mut chat = self.chat.lock();
        // The clock is read under the lock: moments reach the chat in their order.
        let at = self.clock.now();
        chat.apply(at, command)
    }

    /// Reads the chat.
    pub fn query<T>(&self, query: impl FnOnce(&Chat) -> T) -> T {
        query(&self.chat.lock())
    }
}
