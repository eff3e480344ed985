//! Several clients at the same time.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use super::losses::limit;
use super::reader::{Known, Reader};
use crate::chat::Chat;
use crate::diagnosis;
use crate::peer::{Reply, connect};
use crate::refusal::is_refusal;
use crate::requirement::{Group, Outcome, Shortfall};
use crate::scene::{Check, Scene, failed};
use crate::value::mentions;
use crate::words::{Words, words};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "at-once-served",
        group: Group::Concurrency,
        sentence: [
            "A client is served while others have a connection open.",
            "Um cliente é atendido enquanto outros mantêm uma conexão aberta.",
        ],
        why: [
            "A client keeps its connection, and its user may be thinking.",
            "O cliente mantém a conexão, e o usuário pode estar pensando.",
        ],
        run: served_beside_open_connections,
    },
    Check {
        id: "at-once-delivery",
        group: Group::Concurrency,
        sentence: [
            "Of what 10 clients write at once, 10 readers miss nothing, see nothing twice, and each writer's messages in order.",
            "Do que 10 clientes escrevem ao mesmo tempo, 10 leitores não perdem nada, não veem nada duas vezes, e as de cada um em ordem.",
        ],
        why: [
            "Two messages in one second, and two threads in one list, are where messages get lost.",
            "Duas mensagens no mesmo segundo, e duas threads na mesma lista, são onde se perdem mensagens.",
        ],
        run: delivery,
    },
];

fn served_beside_open_connections(scene: &mut Scene) -> Outcome {
    let room = scene.listed_room()?;
    let address = scene.chat.peer.address().clone();
    let mut held = Vec::new();
    for beginning in [&b""[..], b"POST /RPC2 HTTP/1.1\r\nHost: x\r\n"] {
        if let Some(mut stream) = connect(&address) {
            let _ = stream.write_all(beginning);
            held.push(stream);
        }
    }
    let reply = scene.chat.rooms();
    drop(held);
    if !reply.is_answer() {
        scene.may_have_threads = false;
    }
    if matches!(&reply, Reply::Value(rooms) if mentions(rooms, &room)) {
        return Ok(());
    }
    Err(failed(
        Words::new("an answer to list_rooms", "uma resposta a list_rooms"),
        &reply,
    )
    .provoked_by(Words::new(
        "two connections were open: one that had sent nothing, one that had sent half a header",
        "havia duas conexões abertas: uma que não enviou nada, outra que enviou meio cabeçalho",
    ))
    .because(Some(diagnosis::single_thread())))
}

/// The writers and readers of the check.
const CLIENTS: usize = 10;

/// How long is written.
pub(super) const WRITING: Duration = Duration::from_secs(1);

/// How many messages each writer sends at most: together fewer than any history that is known.
const MOST: usize = 40;

fn delivery(scene: &mut Scene) -> Outcome {
    scene.needs_messages()?;
    let room = scene.room("sala")?;
    let (mut writers, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..CLIENTS {
        for (base, clients) in [("escreve", &mut writers), ("le", &mut readers)] {
            let user = scene.user(base)?;
            scene.enter(&user, &room)?;
            clients.push((user, scene.chat.another()));
        }
    }
    let mark = scene.text();
    let provoked = words!(
        "{CLIENTS} writers sent up to {MOST} messages each within a second, {CLIENTS} readers fetched meanwhile",
        "{CLIENTS} escritores enviaram até {MOST} mensagens cada em um segundo, {CLIENTS} leitores buscavam"
    );
    let by_timestamp = scene.chat.fetches_from_a_place();
    let may_be_threads = scene.may_have_threads && !scene.loses_alone;
    let acknowledged = OnceLock::new();
    let (sent, seen) = thread::scope(|scope| {
        let writing: Vec<_> = writers
            .into_iter()
            .map(|(user, chat)| {
                let (room, mark) = (&room, &mark);
                scope.spawn(move || write(chat, &user, room, mark))
            })
            .collect();
        let reading: Vec<_> = readers
            .into_iter()
            .map(|(user, chat)| {
                let (room, mark, acknowledged) = (&room, &mark, &acknowledged);
                (
                    user.clone(),
                    scope.spawn(move || Reader::new(mark).read(chat, &user, room, acknowledged)),
                )
            })
            .collect();
        let mut sent = HashMap::new();
        for writer in writing {
            if let Ok((user, count)) = writer.join() {
                sent.insert(user, count);
            }
        }
        // Readers may stop when they have all messages.
        let _ = acknowledged.set(sent.clone());
        let seen: Vec<_> = reading
            .into_iter()
            .filter_map(|(user, reader)| Some((user, reader.join().ok()?)))
            .collect();
        (sent, seen)
    });
    let all: usize = sent.values().sum();
    if all == 0 {
        return Err(Shortfall::Blocked(Words::new(
            "not checked: no message could be sent",
            "não verificado: nenhuma mensagem pôde ser enviada",
        )));
    }
    let known = Known {
        by_timestamp,
        first_reader_only: scene.gives_to_first_reader_only,
        limit: limit(seen.iter().map(|(_, reader)| &reader.losses), &sent),
        may_be_threads,
    };
    for (user, reader) in seen {
        if let Some(wrong) = reader.judge(&sent) {
            if let (None, Some(reply)) = (&reader.doubled, &reader.unanswered) {
                let expected = words!(
                    "each fetch of {user} is answered",
                    "cada busca de {user} é respondida"
                );
                return Err(failed(expected, reply).provoked_by(provoked));
            }
            let cause = reader.cause(&wrong, &sent, &known);
            return Err(Shortfall::failed(
                words!(
                    "{user} sees each of {all} acknowledged messages once, each writer's in order",
                    "{user} vê cada uma das {all} mensagens confirmadas uma vez, as de cada escritor em ordem"
                ),
                wrong.words(),
            )
            .provoked_by(provoked)
            .because(cause));
        }
    }
    Ok(())
}

/// Sends numbered messages, and answers how many were acknowledged. It ends at the first that was not.
fn write(mut chat: Chat, user: &str, room: &str, mark: &str) -> (String, usize) {
    let began = Instant::now();
    let mut sent = 0;
    while sent < MOST && began.elapsed() < WRITING {
        let reply = chat.send(user, room, &format!("{mark}[{user}#{sent}]"), None);
        if is_refusal(&reply) {
            break;
        }
        sent += 1;
    }
    (user.to_owned(), sent)
}
