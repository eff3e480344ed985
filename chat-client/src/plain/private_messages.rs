//! The private messages already shown, so that joining a room again neither hides nor repeats one.
//!
//! The history of a join is shown without private messages, as the original client of dialect classic
//! does. When a user joins a room again, the history may contain one that came in between and was not
//! shown yet.

use std::collections::HashMap;

use crate::network::{Message, take_one};

/// As many as the history of a join can bring.
const REMEMBERED: usize = 50;

/// The private messages of each room that need not be shown any more.
#[derive(Debug, Default)]
pub(super) struct PrivateMessages {
    known: HashMap<String, Vec<Message>>,
}

impl PrivateMessages {
    pub(super) fn shown(&mut self, room: &str, message: &Message) {
        if message.is_private() {
            let known = self.known.entry(room.to_owned()).or_default();
            known.push(message.clone());
            if known.len() > REMEMBERED {
                known.remove(0);
            }
        }
    }

    /// The private messages of a join's history to show now: none when the room is joined
    /// for the first time.
    pub(super) fn take_unshown(&mut self, room: &str, history: &[Message]) -> Vec<Message> {
        let mut private = history.to_vec();
        private.retain(Message::is_private);
        let Some(mut known) = self.known.insert(room.to_owned(), private.clone()) else {
            return Vec::new();
        };
        private.retain(|message| !take_one(&mut known, message));
        private
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(recipient: Option<&str>, text: &str) -> Message {
        Message {
            origin: "bia".into(),
            recipient: recipient.map(str::to_owned),
            text: text.into(),
            timestamp: "2025-03-09 07:05:01".into(),
        }
    }

    #[test]
    fn what_came_between_leaving_a_room_and_joining_it_again_is_shown_once() {
        let private = |text| message(Some("ana"), text);
        let mut messages = PrivateMessages::default();
        let mut history = vec![private("antes"), message(None, "para todos")];
        assert_eq!(messages.take_unshown("geral", &history), []);
        messages.shown("geral", &private("visto"));
        history.extend([private("visto"), private("visto"), private("novo")]);
        assert_eq!(
            messages.take_unshown("geral", &history),
            [private("visto"), private("novo")]
        );
        assert_eq!(messages.take_unshown("geral", &history), []);
        assert_eq!(messages.take_unshown("jogos", &history), []);
    }
}
