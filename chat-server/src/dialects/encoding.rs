//! The messages of an answer as bytes, which is the same in both dialects but for the members of the struct.

use std::sync::Arc;

use dxr::Value;
use protocol::classic::message::Delivery;
use rpc::Answer;

use crate::chat::{Kind, Message};

/// The messages as an array, each encoded when a user of this kind first reads it and never again.
pub(super) fn encoded<const N: usize>(
    kind: Kind,
    messages: &[Arc<Message>],
    members: fn(&Message) -> [(&'static str, Value); N],
) -> Answer {
    Answer::array_of_encoded(messages.iter().map(|message| {
        message.rendered.get_or_make(kind, || {
            rpc::xml::write::members(members(message))
                .map(|xml| xml.into_bytes().into_boxed_slice())
                .unwrap_or_default()
        })
    }))
}

/// Whether everyone in the room receives the message, or one user.
pub(super) fn delivery(message: &Message) -> Delivery {
    match message.to {
        Some(_) => Delivery::Unicast,
        None => Delivery::Broadcast,
    }
}
