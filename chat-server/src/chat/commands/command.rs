//! What every command is.

use serde::Serialize;

use crate::chat::{Chat, Moment};

/// Something that can be done to the chat.
pub trait Command: Serialize + Clone + Send + 'static {
    type Outcome: Send + 'static;

    /// Its name in the log.
    const KIND: &'static str;

    /// Whether its outcome depends on which users are active, so that what was noted of that goes first.
    const DEPENDS_ON_ACTIVITY: bool = false;

    /// Whether it was carried out before, and is only answered again.
    fn repeats(&self, _chat: &Chat) -> bool {
        false
    }

    /// Does it. The outcome and the new state depend on nothing but the chat, the moment and the
    /// command.
    fn apply(self, chat: &mut Chat, at: Moment) -> Self::Outcome;
}

impl Chat {
    /// Carries out a command at a moment and returns its outcome.
    pub fn apply<C: Command>(&mut self, at: Moment, command: C) -> C::Outcome {
        let at = self.clock.advance(at);
        command.apply(self, at)
    }
}
