//! Conversations that are the same in both dialects, but for the words of the answers.

use serde_json::{Value as Json, json};

use crate::table::{Answer, Row, rows, value};
use crate::wrong_calls::{self, Wrong};

/// The words of a dialect.
pub(crate) struct Words {
    /// ana and bia join the room `geral`.
    pub(crate) ana_and_bia_in_a_room: fn() -> Vec<Row>,
    /// How a message that is stored is answered.
    pub(crate) sent: fn() -> Answer,
    /// How a message is refused.
    pub(crate) refused: fn(&str) -> Answer,
    /// What ana says to everyone, on the wire.
    pub(crate) said: fn(&str) -> Json,
}

/// The join answers the last 50 messages, and a poll all 51.
pub(crate) fn last_fifty(words: &Words) -> Vec<Row> {
    let mut rows = (words.ana_and_bia_in_a_room)();
    for number in 1..=51 {
        let content = format!("mensagem {number}");
        rows.push(send([&content, &content], &content, (words.sent)()));
    }
    rows.extend(rows! {
        "join_room has the last fifty" / "join_room tem as últimas cinquenta":
            join_room("bia", "geral") => value(json!({"users": ["ana", "bia"], "messages": fifty_one(words, 2)}));
        "receive_messages has all of them" / "receive_messages tem todas":
            receive_messages("bia", "geral") => value(fifty_one(words, 1));
    });
    rows
}

/// The messages of [`last_fifty`] from this one on.
pub(crate) fn fifty_one(words: &Words, first: usize) -> Json {
    let said = |number| (words.said)(&format!("mensagem {number}"));
    (first..=51).map(said).collect()
}

/// A message that is not allowed is refused with the reason; these and others that are allowed are stored.
pub(crate) fn texts(words: &Words, allowed: &[([&str; 2], &str)]) -> Vec<Row> {
    let (too_long, larger_than_bodies) = ("é".repeat(8 * 1024 + 1), "a".repeat(2 << 20));
    let refusals = [
        (["an empty message", "uma mensagem vazia"], "", "está vazia"),
        (
            ["a message over 16 KiB", "uma mensagem de mais de 16 KiB"],
            &too_long,
            "tem mais de 16384 bytes",
        ),
        (
            [
                "a message that is larger than any body that is read",
                "uma mensagem maior que qualquer corpo que se lê",
            ],
            &larger_than_bodies,
            "tem mais de 16384 bytes",
        ),
    ];
    let longest = "a".repeat(16 * 1024);
    let mut stored = vec![
        (["a message of 16 KiB", "uma mensagem de 16 KiB"], &*longest),
        (["a message of spaces", "uma mensagem de espaços"], "  "),
    ];
    stored.extend(allowed);
    let mut rows = (words.ana_and_bia_in_a_room)();
    for (name, text, reason) in refusals {
        let answer = (words.refused)(&format!("Mensagem inválida: {reason}"));
        rows.push(send(name, text, answer));
    }
    for (name, text) in &stored {
        rows.push(send(*name, text, (words.sent)()));
    }
    let stored: Json = stored.iter().map(|(_, text)| (words.said)(text)).collect();
    rows.extend(rows! {
        "what was accepted is stored as it was sent, and nothing else" / "o que foi aceito é guardado como foi enviado, e mais nada":
            receive_messages("bia", "geral") => value(stored);
    });
    rows
}

/// Texts that are no names are refused with the reason, in each of the calls that `calls` makes with the text, and
/// with how it is refused as a user's and as a room's name.
pub(crate) fn names(
    calls: impl Fn(&str, &str, &str) -> Vec<(&'static str, Json, Answer)>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for (what, name, reason) in wrong_calls::names() {
        let user = format!("Nome de usuário inválido: {reason}");
        let room = format!("Nome de sala inválido: {reason}");
        for (method, parameters, answer) in calls(&name, &user, &room) {
            rows.push(with_name(what, method, parameters, answer));
        }
    }
    rows
}

/// ana sends a text to the room.
fn send(name: [&str; 2], text: &str, answer: Answer) -> Row {
    let parameters = ["ana", "geral", text].map(|text| json!(text));
    Row::new(name, "send_message", parameters, answer)
}

fn with_name([english, portuguese]: Wrong, method: &str, parameters: Json, answer: Answer) -> Row {
    let Json::Array(parameters) = parameters else {
        unreachable!("the parameters of every call are a list");
    };
    Row::new(
        [
            format!("{method} with a name {english}"),
            format!("{method} com um nome {portuguese}"),
        ],
        method,
        parameters,
        answer,
    )
}
