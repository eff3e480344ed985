//! Timestamps of messages, by which clients of dialect classic ask for what is new.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use crate::chat::Profile;
use crate::diagnosis;
use crate::peer::Reply;
use crate::requirement::{Group, Outcome, Shortfall};
use crate::scene::{Check, Scene};
use crate::words::{Words, words};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "messages-timestamps",
    group: Group::Messages,
    sentence: [
        "In dialect classic each message of a room has a later timestamp than the one before.",
        "No dialeto classic cada mensagem de uma sala tem um timestamp maior que o da anterior.",
    ],
    why: [
        "Clients ask for what is later than the last timestamp; what has the same one is lost.",
        "Os clientes pedem o que é posterior ao último timestamp; o que tem o mesmo se perde.",
    ],
    run: increase,
}];

/// How many messages are sent one after the other.
const MESSAGES: usize = 4;

fn increase(scene: &mut Scene) -> Outcome {
    if scene.profile != Profile::Classic {
        return Err(Shortfall::NotOffered(Words::new(
            "timestamps are not asked for in this protocol",
            "neste protocolo não se pergunta por timestamps",
        )));
    }
    let (room, ana, bia) = scene.room_with_two()?;
    for _ in 0..MESSAGES {
        let text = scene.text();
        scene.say(&ana, &room, &text, None)?;
    }
    let parameters = [json!(bia), json!(room)];
    let reply = scene.chat.peer.call("receive_messages", &parameters);
    let timestamps = match &reply {
        Reply::Value(messages) => of_messages(messages),
        _ => Vec::new(),
    };
    let increase = timestamps.windows(2).all(|pair| pair.first() < pair.last());
    if timestamps.len() == MESSAGES && increase {
        return Ok(());
    }
    let is_repeated = matches!(&reply, Reply::Value(messages) if are_repeated(messages));
    let cause = is_repeated.then(diagnosis::whole_seconds);
    let came = if timestamps.is_empty() {
        reply.words()
    } else {
        Words::same(timestamps.join(", "))
    };
    Err(Shortfall::failed(
        Words::new(
            "four timestamps, each later than the one before, as a text",
            "quatro timestamps, cada um maior que o anterior, como texto",
        ),
        came,
    )
    .provoked_by(words!(
        "{ana} sent four messages one after the other",
        "{ana} enviou quatro mensagens, uma após a outra"
    ))
    .because(cause))
}

/// The timestamps of the messages of an answer, in its order.
fn of_messages(answer: &Json) -> Vec<&str> {
    let messages = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    messages
        .iter()
        .filter_map(|message| message.get("timestamp")?.as_str())
        .collect()
}

/// Whether two messages of an answer have the same timestamp.
pub(super) fn are_repeated(answer: &Json) -> bool {
    let mut seen = HashSet::new();
    !of_messages(answer).into_iter().all(|one| seen.insert(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_timestamps_are_found() {
        let answer = |times: [&str; 2]| {
            let messages = times.map(|time| json!({ "content": "oi", "timestamp": time }));
            json!(messages)
        };
        assert!(are_repeated(&answer(["10:30:00", "10:30:00"])));
        assert!(!are_repeated(&answer(["10:30:00", "10:30:00.000001"])));
        assert!(!are_repeated(&json!(["oi", "oi"])));
    }
}
