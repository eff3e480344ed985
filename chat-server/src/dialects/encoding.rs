//! The messages of an answer as bytes, which is the same in both dialects but for the members of the struct.

use std::sync::Arc;

use dxr::Value;
use protocol::classic::message::Delivery;
use rpc::Answer;

use crate::chat::{Kind, Message};

/// Bytes of texts that are copied into an answer at once: that takes about 100 µs.
const BYTES_COPIED_AT_ONCE: usize = 256 << 10;

/// Messages that are encoded for the first time at once: that takes some 100 µs.
const MESSAGES_ENCODED_AT_ONCE: usize = 50;

/// The messages as an array, each encoded when a user of this kind first reads it and never again. It is
/// done when the lock of the chat is released, and beside the ordinary calls where it takes long.
pub(super) fn encoded<const N: usize>(
    kind: Kind,
    messages: Vec<Arc<Message>>,
    members: fn(&Message) -> [(&'static str, Value); N],
) -> Answer {
    // Most polls find nothing new.
    if messages.is_empty() {
        return Answer::array_of_encoded(std::iter::empty());
    }
    let (mut length, mut new) = (0, 0);
    for message in &messages {
        length += message.text.as_str().len();
        new += usize::from(!message.rendered.is_made(kind));
    }
    let is_costly = length > BYTES_COPIED_AT_ONCE || new > MESSAGES_ENCODED_AT_ONCE;
    Answer::later(is_costly, move || {
        let encoded = messages.iter().map(|message| {
            message.rendered.get_or_make(kind, || {
                rpc::xml::write::members(members(message))
                    .map(|xml| xml.into_bytes().into_boxed_slice())
                    .unwrap_or_default()
            })
        });
        Ok(Answer::array_of_encoded(encoded))
    })
}

/// Whether everyone in the room receives the message, or one user.
pub(super) fn delivery(message: &Message) -> Delivery {
    match message.to {
        Some(_) => Delivery::Unicast,
        None => Delivery::Broadcast,
    }
}
