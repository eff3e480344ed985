//! Answers that are lost, and calls that are repeated for that reason. Python's client repeats a call by itself
//! when the connection breaks before the answer.

use serde_json::{Value as Json, json};

use super::raw;
use super::robustness::still_works;
use crate::chat::{NO_SUCH_METHOD, Profile, offers};
use crate::peer::Reply;
use crate::requirement::{Group, Outcome, Shortfall};
use crate::scene::{Check, Scene, failed};
use crate::value::{mentions, occurrences};
use crate::words::{Words, words};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "lost-answer-repeat",
        group: Group::Failures,
        sentence: [
            "A join_room that is repeated because its answer was lost lists the user once.",
            "Um join_room repetido porque a resposta se perdeu lista o usuário uma só vez.",
        ],
        why: [
            "Python's client repeats a call by itself when the connection breaks.",
            "O cliente Python repete sozinho uma chamada quando a conexão cai.",
        ],
        run: repeated_join,
    },
    Check {
        id: "lost-answer-survived",
        group: Group::Failures,
        sentence: [
            "Clients that hang up in the middle of a call, or before its answer, do not stop the others.",
            "Clientes que desligam no meio de uma chamada, ou antes da resposta, não param os outros.",
        ],
        why: [
            "Laptops are closed, and networks fail.",
            "Notebooks são fechados, e redes falham.",
        ],
        run: survived,
    },
    Check {
        id: "lost-answer-fetch",
        group: Group::Failures,
        sentence: [
            "Messages whose answer was lost come with the next fetch.",
            "As mensagens de uma resposta perdida vêm na próxima busca.",
        ],
        why: [
            "The caller asks from the last one that it saw, or for all.",
            "Quem chama pede a partir da última que viu, ou todas.",
        ],
        run: fetched_again,
    },
    Check {
        id: "lost-answer-once",
        group: Group::Extensions,
        sentence: [
            "A send_message_once that is repeated because its answer was lost stores one message.",
            "Um send_message_once repetido porque a resposta se perdeu guarda uma só mensagem.",
        ],
        why: [
            "That is what its message_id is for.",
            "É para isso que serve o message_id.",
        ],
        run: sent_once,
    },
];

/// How a lost answer is made.
fn provoked(call: &str) -> Words {
    words!(
        "{call} was called, the connection was closed before the answer was read, and it was called again",
        "{call} foi chamado, a conexão foi fechada antes de ler a resposta, e ele foi chamado de novo"
    )
}

fn repeated_join(scene: &mut Scene) -> Outcome {
    let room = scene.room("sala")?;
    let (ana, bia) = (scene.user("ana")?, scene.user("bia")?);
    scene.enter(&ana, &room)?;
    let address = scene.chat.peer.address().clone();
    raw::lose_answer(&address, "join_room", &[json!(bia), json!(room)]);
    // The repeat may be refused: what counts is what is listed.
    let repeated = scene.chat.join(&bia, &room);
    scene.note_entered(&bia, &room);
    if !repeated.is_answer() {
        return Err(failed(Words::new("an answer", "uma resposta"), &repeated)
            .provoked_by(provoked("join_room")));
    }
    let users = scene.chat.users(&room);
    match &users {
        Reply::Value(listed) if occurrences(listed, &bia) == 1 => Ok(()),
        _ => Err(failed(words!("{bia} once", "{bia} uma vez"), &users)
            .provoked_by(provoked("join_room"))),
    }
}

/// How many clients hang up.
const CLIENTS: usize = 10;

fn survived(scene: &mut Scene) -> Outcome {
    scene.needs_messages()?;
    let (room, ana, bia) = scene.room_with_two()?;
    let address = scene.chat.peer.address().clone();
    for _ in 0..CLIENTS {
        raw::hang_up(&address, "list_users", &[json!(room)]);
    }
    still_works(scene, &room, &ana, &bia).map_err(|shortfall| {
        shortfall.provoked_by(words!(
            "{CLIENTS} clients closed the connection in the middle of a call, {CLIENTS} more before its answer",
            "{CLIENTS} clientes fecharam a conexão no meio de uma chamada, outros {CLIENTS} antes da resposta"
        ))
    })
}

fn fetched_again(scene: &mut Scene) -> Outcome {
    if scene.profile == Profile::Assignment && !scene.chat.fetches_from_a_place() {
        return Err(Shortfall::NotOffered(Words::new(
            "by the sheet receive_messages answers each message once; what was lost comes with the next join_room",
            "pelo enunciado receive_messages entrega cada mensagem uma vez; o que se perdeu vem com o próximo join_room",
        )));
    }
    scene.needs_messages()?;
    let (room, ana, bia) = scene.room_with_two()?;
    let text = scene.text();
    scene.say(&ana, &room, &text, None)?;
    let address = scene.chat.peer.address().clone();
    let (method, parameters) = scene.chat.fetching(&bia, &room);
    raw::lose_answer(&address, method, &parameters);
    let reply = scene.chat.fetch(&bia, &room);
    match &reply {
        Reply::Value(messages) if mentions(messages, &text) => Ok(()),
        _ => Err(failed(words!("{text:?}", "{text:?}"), &reply).provoked_by(provoked(method))),
    }
}

fn sent_once(scene: &mut Scene) -> Outcome {
    let unknown = scene.chat.peer.call(NO_SUCH_METHOD, &[]);
    if !offers(&mut scene.chat.peer, "send_message_once", &unknown) {
        return Err(Shortfall::NotOffered(Words::new(
            "the server has no send_message_once",
            "o servidor não tem send_message_once",
        )));
    }
    scene.chat.peer.take_recorded();
    let (room, ana, bia) = scene.room_with_two()?;
    let text = scene.text();
    let parameters: [Json; 5] = [
        json!(ana),
        json!(room),
        json!(text),
        json!(""),
        json!(format!("id of {text}")),
    ];
    let address = scene.chat.peer.address().clone();
    raw::lose_answer(&address, "send_message_once", &parameters);
    let repeated = scene.chat.peer.call("send_message_once", &parameters);
    let reply = scene.chat.fetch(&bia, &room);
    match &reply {
        Reply::Value(messages) if occurrences(messages, &text) == 1 => Ok(()),
        _ if !matches!(repeated, Reply::Value(_)) => Err(failed(
            Words::new("the answer of the first time", "a resposta da primeira vez"),
            &repeated,
        )
        .provoked_by(provoked("send_message_once"))),
        _ => Err(failed(words!("{text:?} once", "{text:?} uma vez"), &reply)
            .provoked_by(provoked("send_message_once"))),
    }
}
