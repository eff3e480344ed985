//! What became of a user's latest sends, so that one repeated is not stored twice.
//!
//! A client that never saw the answer to a send cannot know whether the message is there. It repeats
//! the send under the same identifier, and gets the answer of the first time. The
//! message itself is not held on to: it may be long, and its room may have dropped it.

use std::sync::Arc;

use hashlink::LinkedHashMap;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::message::SendMessageOutcome;

/// How many characters the identifier of a send may have: a UUID and something to spare.
pub const MESSAGE_ID_MAX_CHARACTERS: usize = 128;

/// How many sends of a person are remembered. A client repeats what was not answered yet, and it has
/// few of those at once; this covers one that sends what it gathered while the server was away, and
/// bounds the memory that one person can take.
const REMEMBERED: usize = 256;

/// Why a text is not the identifier of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MessageIdError {
    #[error("it is empty")]
    Empty,
    /// It has more characters than an identifier may have.
    #[error("it has more than {max} characters")]
    TooLong { max: usize },
}

/// What a client calls one message of its own, the same each time it repeats the send.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(Arc<str>);

impl MessageId {
    /// Takes a text of 1 to 128 characters, whatever they are: it is compared and never shown.
    pub fn parse(text: &str) -> Result<Self, MessageIdError> {
        if text.is_empty() {
            return Err(MessageIdError::Empty);
        }
        if text.chars().nth(MESSAGE_ID_MAX_CHARACTERS).is_some() {
            return Err(MessageIdError::TooLong {
                max: MESSAGE_ID_MAX_CHARACTERS,
            });
        }
        Ok(Self(text.into()))
    }
}

/// The outcomes of one person's newest sends that had an identifier.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RecentSends(LinkedHashMap<MessageId, SendMessageOutcome>);

impl RecentSends {
    pub(super) fn outcome(&self, id: &MessageId) -> Option<&SendMessageOutcome> {
        self.0.get(id)
    }

    pub(super) fn remember(&mut self, id: MessageId, outcome: SendMessageOutcome) {
        self.0.insert(id, outcome);
        if self.0.len() > REMEMBERED {
            self.0.pop_front();
        }
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&MessageId, &SendMessageOutcome)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> MessageId {
        MessageId::parse(&number.to_string()).unwrap()
    }

    #[test]
    fn the_newest_256_are_remembered() {
        let mut recent = RecentSends::default();
        for number in 0..257 {
            recent.remember(id(number), SendMessageOutcome::AloneInRoom);
        }
        assert_eq!(recent.outcome(&id(0)), None);
        for number in 1..257 {
            assert_eq!(
                recent.outcome(&id(number)),
                Some(&SendMessageOutcome::AloneInRoom)
            );
        }
    }

    #[test]
    fn an_identifier_has_1_to_128_characters() {
        assert_eq!(MessageId::parse(""), Err(MessageIdError::Empty));
        assert!(MessageId::parse(&"é".repeat(128)).is_ok());
        assert_eq!(
            MessageId::parse(&"é".repeat(129)),
            Err(MessageIdError::TooLong { max: 128 })
        );
    }
}
