//! Wrong and hostile input: answered by a fault, and survived.

use serde_json::{Value as Json, json};

use super::raw;
use crate::chat::NO_SUCH_METHOD;
use crate::peer::{Peer, Reply};
use crate::refusal::is_refusal;
use crate::requirement::{Group, Outcome};
use crate::scene::{Check, Scene, failed};
use crate::value::mentions;
use crate::words::{Words, words};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "wrong-method",
        group: Group::Robustness,
        sentence: [
            "A method that does not exist is answered with a fault.",
            "Um método que não existe é respondido com um fault.",
        ],
        why: [
            "The caller must learn that it is mistaken.",
            "Quem chama precisa saber que se enganou.",
        ],
        run: |scene| {
            scene.listed_room()?;
            unknown_method(&mut scene.chat.peer)
        },
    },
    Check {
        id: "wrong-count",
        group: Group::Robustness,
        sentence: [
            "A call with too few or too many parameters is answered with a fault.",
            "Uma chamada com parâmetros de menos ou de mais é respondida com um fault.",
        ],
        why: [
            "The caller must learn that it is mistaken.",
            "Quem chama precisa saber que se enganou.",
        ],
        run: wrong_count,
    },
    Check {
        id: "wrong-types",
        group: Group::Robustness,
        sentence: [
            "Numbers, arrays and structs in place of names do not end the server, nor what it does for others.",
            "Números, arrays e structs no lugar de nomes não derrubam o servidor nem atrapalham os outros.",
        ],
        why: [
            "One wrong client must not stop the chat for the others.",
            "Um cliente errado não pode parar o chat dos outros.",
        ],
        run: wrong_types,
    },
    Check {
        id: "wrong-xml",
        group: Group::Robustness,
        sentence: [
            "A request that is not XML is survived.",
            "Uma requisição que não é XML não derruba o servidor.",
        ],
        why: [
            "Anything can connect to an open port.",
            "Qualquer coisa pode se conectar a uma porta aberta.",
        ],
        run: wrong_xml,
    },
    Check {
        id: "wrong-characters",
        group: Group::Robustness,
        sentence: [
            "A text with a control character does not stop others from reading.",
            "Um texto com caractere de controle não impede os outros de ler.",
        ],
        why: [
            "Python's client sends it without complaint, and no client can read the answer in which it is.",
            "O cliente Python o envia sem reclamar, e nenhum cliente consegue ler a resposta em que ele está.",
        ],
        run: wrong_characters,
    },
    Check {
        id: "wrong-sender",
        group: Group::Robustness,
        sentence: [
            "A message by a name that is not registered is not given to the room.",
            "Mensagem de quem não está registrado não chega à sala.",
        ],
        why: [
            "Users register first; others see who writes.",
            "O usuário se registra primeiro; os outros veem quem escreve.",
        ],
        run: unregistered_sender,
    },
];

/// Also for binders.
pub(super) fn unknown_method(peer: &mut Peer) -> Outcome {
    match peer.call(NO_SUCH_METHOD, &[]) {
        Reply::Fault { .. } | Reply::Status(404 | 405 | 501) => Ok(()),
        reply => Err(failed(Words::new("a fault", "um fault"), &reply)),
    }
}

fn wrong_count(scene: &mut Scene) -> Outcome {
    scene.listed_room()?;
    for (method, parameters) in [
        ("create_room", vec![]),
        ("join_room", vec![json!("a")]),
        ("list_rooms", vec![json!("a"), json!("b")]),
    ] {
        match scene.chat.peer.call(method, &parameters) {
            Reply::Fault { .. } => {}
            reply => return Err(failed(Words::new("a fault", "um fault"), &reply)),
        }
    }
    Ok(())
}

fn wrong_types(scene: &mut Scene) -> Outcome {
    scene.needs_messages()?;
    let (room, ana, bia) = scene.room_with_two()?;
    let wrong = [json!(7), json!([1, 2]), json!({"a": 1}), json!(true)];
    for value in &wrong {
        let other: &Json = value;
        for (method, parameters) in [
            ("create_room", vec![other.clone()]),
            ("join_room", vec![json!(ana), other.clone()]),
            ("join_room", vec![other.clone(), json!(room)]),
            ("send_message", vec![json!(ana), json!(room), other.clone()]),
            ("list_users", vec![other.clone()]),
        ] {
            let reply = scene.chat.peer.call(method, &parameters);
            if !reply.is_answer() {
                return Err(failed(Words::new("an answer", "uma resposta"), &reply));
            }
        }
    }
    scene.chat.peer.take_recorded();
    // Where a number is the name of a room, the user is in that one now.
    scene.enter(&ana, &room)?;
    still_works(scene, &room, &ana, &bia)
}

fn wrong_xml(scene: &mut Scene) -> Outcome {
    let room = scene.listed_room()?;
    survive_garbage(&mut scene.chat.peer, "list_rooms", &[], &room)
}

/// Whether a call is answered with `wanted` after requests that are no calls. Also for binders.
pub(super) fn survive_garbage(
    peer: &mut Peer,
    method: &str,
    parameters: &[Json],
    wanted: &str,
) -> Outcome {
    let deep = format!(
        "{}{}",
        "<value><array><data>".repeat(200),
        "</data></array></value>".repeat(200)
    );
    let deep = format!(
        "<methodCall><methodName>list_rooms</methodName><params><param>{deep}</param></params></methodCall>"
    );
    for body in [
        deep.as_str(),
        "<methodCall><methodName></methodName></methodCall>",
        "",
        "oi",
        "<methodCall>",
    ] {
        raw::post(peer.address(), body.as_bytes());
    }
    let reply = peer.call(method, parameters);
    if matches!(&reply, Reply::Value(value) if mentions(value, wanted)) {
        return Ok(());
    }
    let address = peer.address();
    Err(failed(
        Words::new(
            "the next call is answered",
            "a próxima chamada é respondida",
        ),
        &reply,
    )
    .provoked_by(words!(
        "requests that are not XML, or not a call, were sent to {address}",
        "requisições que não são XML, ou não são chamadas, foram enviadas a {address}"
    )))
}

fn wrong_characters(scene: &mut Scene) -> Outcome {
    scene.needs_messages()?;
    let (room, ana, bia) = scene.room_with_two()?;
    // As Python writes it: the caller of this program would refuse to.
    let parameters: String = [ana.as_str(), &room, "a\u{1}b"]
        .iter()
        .map(|text| format!("<param><value><string>{text}</string></value></param>"))
        .collect();
    let call = format!(
        "<?xml version='1.0'?>\n<methodCall>\n<methodName>send_message</methodName>\n<params>{parameters}</params>\n</methodCall>\n"
    );
    raw::post(scene.chat.peer.address(), call.as_bytes());
    still_works(scene, &room, &ana, &bia).map_err(|shortfall| {
        shortfall.provoked_by(words!(
            "{ana} sent a text with the character U+0001",
            "{ana} enviou um texto com o caractere U+0001"
        ))
    })
}

fn unregistered_sender(scene: &mut Scene) -> Outcome {
    let (room, ana, bia) = scene.room_with_two()?;
    let (stranger, text, known) = (scene.name("ninguem"), scene.text(), scene.text());
    let reply = scene.chat.send(&stranger, &room, &text, None);
    if !reply.is_answer() {
        return Err(failed(Words::new("a refusal", "uma recusa"), &reply));
    }
    scene.say(&ana, &room, &known, None)?;
    match scene.chat.fetch(&bia, &room) {
        Reply::Value(messages) if mentions(&messages, &text) => Err(failed(
            words!("nothing by {stranger}", "nada de {stranger}"),
            &Reply::Value(messages),
        )),
        Reply::Value(messages) if mentions(&messages, &known) => Ok(()),
        reply => Err(scene.not_received(&bia, &room, &reply)),
    }
}

/// Whether the chat still carries a message.
pub(super) fn still_works(scene: &mut Scene, room: &str, ana: &str, bia: &str) -> Outcome {
    let text = scene.text();
    let sent = scene.chat.send(ana, room, &text, None);
    if is_refusal(&sent) {
        return Err(failed(
            Words::new("the chat goes on", "o chat continua"),
            &sent,
        ));
    }
    let reply = scene.chat.fetch(bia, room);
    match &reply {
        Reply::Value(messages) if mentions(messages, &text) => Ok(()),
        _ => Err(failed(
            Words::new(
                "others read the next message",
                "os outros leem a próxima mensagem",
            ),
            &reply,
        )),
    }
}
