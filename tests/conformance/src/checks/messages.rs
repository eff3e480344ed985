//! Messages: to the room and to one user, in order, with what belongs to them.

use std::thread;
use std::time::Duration;

use serde_json::Value as Json;

use super::elsewhere::other_room;
use super::order::{history, order};
use super::private::{exact, private, private_stays};
use crate::diagnosis;
use crate::peer::Reply;
use crate::requirement::{Group, Outcome, Shortfall};
use crate::scene::{Check, Scene, failed};
use crate::value::{mentions, occurrences};
use crate::words::{Words, words};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "messages-public",
        group: Group::Messages,
        sentence: [
            "A public message reaches everybody in the room, once.",
            "Uma mensagem pública chega a todos na sala, uma vez.",
        ],
        why: [
            "send_message without a recipient",
            "send_message sem destinatário",
        ],
        run: public,
    },
    Check {
        id: "messages-members",
        group: Group::Messages,
        sentence: [
            "A message has its sender, its text, and its date or time.",
            "Uma mensagem tem remetente, texto e data ou hora.",
        ],
        why: [
            "The history has type, sender, recipient, content, date and time.",
            "O histórico tem tipo, origem, destino, conteúdo, data e hora.",
        ],
        run: members,
    },
    Check {
        id: "messages-unchanged",
        group: Group::Messages,
        sentence: [
            "A text arrives as it was sent: accents, <, &, quotes, two lines.",
            "O texto chega como foi enviado: acentos, <, &, aspas, duas linhas.",
        ],
        why: [
            "A chat in Portuguese needs accents.",
            "Um chat em português precisa de acentos.",
        ],
        run: unchanged,
    },
    Check {
        id: "messages-order",
        group: Group::Messages,
        sentence: [
            "Messages arrive in the order in which they were sent.",
            "As mensagens chegam na ordem em que foram enviadas.",
        ],
        why: [
            "An answer before its question makes no sense.",
            "Resposta antes da pergunta não faz sentido.",
        ],
        run: order,
    },
    Check {
        id: "messages-private",
        group: Group::Messages,
        sentence: [
            "A private message reaches its recipient.",
            "Uma mensagem privada chega ao destinatário.",
        ],
        why: [
            "send_message with a recipient",
            "send_message com destinatário",
        ],
        run: private,
    },
    Check {
        id: "messages-private-stays",
        group: Group::Messages,
        sentence: [
            "A private message is given to no one else: not when fetching, not when entering.",
            "Uma mensagem privada não é entregue a mais ninguém: nem ao buscar, nem ao entrar.",
        ],
        why: ["Private means private.", "Privada quer dizer privada."],
        run: private_stays,
    },
    Check {
        id: "messages-private-exact",
        group: Group::Messages,
        sentence: [
            "A private message is not given to a user whose name is like the recipient's: longer, shorter, in capitals.",
            "Uma mensagem privada não é entregue a quem tem um nome parecido: mais longo, mais curto, em maiúsculas.",
        ],
        why: [
            "ana and anabela are two users.",
            "ana e anabela são dois usuários.",
        ],
        run: exact,
    },
    Check {
        id: "messages-other-room",
        group: Group::Messages,
        sentence: [
            "A message in one room is not given in another one: not when fetching, not when entering.",
            "Uma mensagem de uma sala não é entregue em outra: nem ao buscar, nem ao entrar.",
        ],
        why: [
            "There are several rooms, each with a history of its own.",
            "Há várias salas, cada uma com o seu histórico.",
        ],
        run: other_room,
    },
    Check {
        id: "messages-new-only",
        group: Group::Messages,
        sentence: [
            "What was fetched is not fetched again.",
            "O que já foi buscado não vem de novo.",
        ],
        why: [
            "receive_messages answers what came since this user's last fetch.",
            "receive_messages responde com o que chegou desde a última busca do usuário.",
        ],
        run: new_only,
    },
    Check {
        id: "messages-history",
        group: Group::Messages,
        sentence: [
            "A user who enters gets the last 50 public messages, oldest first.",
            "Quem entra recebe as últimas 50 mensagens públicas, da mais antiga à mais nova.",
        ],
        why: [
            "join_room(username, room_name)",
            "join_room(username, room_name)",
        ],
        run: history,
    },
];

/// Sends, which is what is checked: others rest on it.
pub(super) fn send(scene: &mut Scene, [user, room, text]: [&str; 3], to: Option<&str>) -> Outcome {
    match scene.chat.send(user, room, text, to) {
        Reply::Value(_) => Ok(()),
        refused => Err(failed(Words::new("a value", "um valor"), &refused)),
    }
}

/// Whether a text is in an answer.
pub(super) fn has(reply: &Reply, text: &str) -> bool {
    matches!(reply, Reply::Value(answer) if mentions(answer, text))
}

/// The same finding with its cause, where messages are taken with the room before the user.
pub(super) fn named_if_swapped(
    scene: &mut Scene,
    [user, room, reader]: [&str; 3],
    finding: Shortfall,
) -> Shortfall {
    let text = scene.text();
    scene.chat.send(room, user, &text, None);
    let is_swapped = has(&scene.chat.fetch(reader, room), &text);
    finding.because(is_swapped.then(diagnosis::swapped_send))
}

fn public(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let caio = scene.user("caio")?;
    scene.enter(&caio, &room)?;
    let given = given_to_all(scene, [&ana, &room], [&bia, &caio]);
    given.map_err(|finding| named_if_swapped(scene, [&ana, &room, &bia], finding))
}

/// That each of two readers gets a message once.
fn given_to_all(scene: &mut Scene, [user, room]: [&str; 2], readers: [&str; 2]) -> Outcome {
    let text = scene.text();
    send(scene, [user, room, &text], None)?;
    for reader in readers {
        let reply = scene.chat.fetch(reader, room);
        if matches!(&reply, Reply::Value(messages) if occurrences(messages, &text) == 1) {
            continue;
        }
        scene.loses_alone = true;
        let finding = failed(
            words!(
                "{text:?} once for {reader}",
                "{text:?} uma vez para {reader}"
            ),
            &reply,
        );
        let [first, second] = readers;
        scene.gives_to_first_reader_only = reader == second
            && !has(&reply, &text)
            && is_given_to_first_reader_only(scene, [user, room], [second, first]);
        let cause = scene
            .gives_to_first_reader_only
            .then(diagnosis::one_mark_for_all);
        return Err(finding.because(cause));
    }
    Ok(())
}

/// Whether of two readers the first one alone gets a message.
fn is_given_to_first_reader_only(
    scene: &mut Scene,
    [user, room]: [&str; 2],
    [first, second]: [&str; 2],
) -> bool {
    let text = scene.text();
    scene.say(user, room, &text, None).is_ok()
        && has(&scene.chat.fetch(first, room), &text)
        && !has(&scene.chat.fetch(second, room), &text)
}

/// The message with a text, wherever it is in an answer: the smallest struct or array around it.
fn message<'a>(answer: &'a Json, text: &str) -> Option<&'a Json> {
    let inside = match answer {
        Json::Array(parts) => parts.iter().find_map(|part| message(part, text)),
        Json::Object(parts) => parts.values().find_map(|part| message(part, text)),
        Json::String(whole) => return whole.contains(text).then_some(answer),
        _ => return None,
    };
    // A struct is the message of its text, and an array of texts as well.
    match inside {
        Some(Json::String(whole)) if whole == text => Some(answer),
        other => other,
    }
}

fn members(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let text = scene.text();
    scene.say(&ana, &room, &text, None)?;
    let reply = scene.chat.fetch(&bia, &room);
    let Reply::Value(answer) = &reply else {
        return Err(failed(words!("{text:?}", "{text:?}"), &reply));
    };
    let Some(message) = message(answer, &text) else {
        return Err(failed(words!("{text:?}", "{text:?}"), &reply));
    };
    let rest = message.to_string().replace(&text, "").replace(&room, "");
    let has_time = is_time_in(&rest);
    if mentions(message, &ana) && has_time {
        return Ok(());
    }
    Err(failed(
        words!(
            "{ana}, the text, a date or a time",
            "{ana}, o texto, data ou hora"
        ),
        &Reply::Value(message.clone()),
    ))
}

/// Whether a text has a time of day or a moment in seconds in it.
fn is_time_in(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    ["00:00", "0000-00-00", "00/00", "0000000000", "T00"]
        .iter()
        .any(|form| shape.contains(form))
}

fn unchanged(scene: &mut Scene) -> Outcome {
    scene.needs_messages()?;
    let (room, ana, bia) = scene.room_with_two()?;
    let mark = scene.text();
    let text = format!("{mark} ação <b>&amp; \"d'água\"\n  日本語");
    // A server that takes other texts, and not this one, does not pass it on.
    send(scene, [&ana, &room, &text], None)?;
    let reply = scene.chat.fetch(&bia, &room);
    match &reply {
        Reply::Value(messages) if mentions(messages, &text) => Ok(()),
        _ => Err(failed(words!("{text:?}", "{text:?}"), &reply)),
    }
}

/// So long that a clock of whole seconds has gone on.
const NEXT_SECOND: Duration = Duration::from_millis(1100);

fn new_only(scene: &mut Scene) -> Outcome {
    if !scene.chat.fetches_new_ones_alone(scene.profile) {
        return Err(Shortfall::NotOffered(Words::new(
            "in this protocol each fetch answers the whole history",
            "neste protocolo cada busca traz o histórico inteiro",
        )));
    }
    let (room, ana, bia) = scene.room_with_two()?;
    let (first, second) = (scene.text(), scene.text());
    scene.say(&ana, &room, &first, None)?;
    let _ = scene.chat.fetch(&bia, &room);
    // Two messages in one second are checked by another requirement.
    thread::sleep(NEXT_SECOND);
    scene.say(&ana, &room, &second, None)?;
    let reply = scene.chat.fetch(&bia, &room);
    match &reply {
        Reply::Value(messages) if mentions(messages, &second) && !mentions(messages, &first) => {
            Ok(())
        }
        _ => Err(failed(
            words!("{second:?} without {first:?}", "{second:?} sem {first:?}"),
            &reply,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_found_in_every_form() {
        let in_struct = json!({"messages": [{"origin": "ana", "content": "oi"}]});
        assert_eq!(message(&in_struct, "oi"), Some(&in_struct["messages"][0]));
        let in_array = json!([["ana", "oi", "10:30"]]);
        assert_eq!(message(&in_array, "oi"), Some(&in_array[0]));
        let in_line = json!(["[10:30] ana: oi"]);
        assert_eq!(message(&in_line, "oi"), Some(&in_line[0]));
        assert_eq!(message(&in_line, "nada"), None);
    }

    #[test]
    fn times_have_many_forms() {
        for time in ["10:30", "2026-01-02", "02/01/2026", "1767312000.5"] {
            assert!(is_time_in(time), "{time}");
        }
        assert!(!is_time_in("ana 12"));
    }
}
