//! Several clients at the same time.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::crowd::unexpected;
use super::timestamps;
use crate::chat::Chat;
use crate::diagnosis;
use crate::peer::Reply;
use crate::refusal::is_refusal;
use crate::requirement::{Group, Outcome, Shortfall};
use crate::scene::{Check, Scene, failed};
use crate::value::{mentions, texts_of};
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
        let stream = TcpStream::connect((address.address.as_str(), address.port));
        if let Ok(mut stream) = stream {
            let _ = stream.write_all(beginning);
            held.push(stream);
        }
    }
    let reply = scene.chat.rooms();
    drop(held);
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
const WRITING: Duration = Duration::from_secs(1);

/// How many messages each writer sends at most: together fewer than any history that is known.
const MOST: usize = 40;

/// How long readers may take to see the last message, which a slow machine is long in sending.
const READING: Duration = Duration::from_secs(40);

/// How many fetches without anything new, after the last message was sent, show that nothing more comes.
const FETCHES_IN_VAIN: usize = 3;

fn delivery(scene: &mut Scene) -> Outcome {
    scene.needs_messages()?;
    let room = scene.room("sala")?;
    let (mut writers, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..CLIENTS {
        for (base, clients) in [("escreve", &mut writers), ("le", &mut readers)] {
            let user = scene.user(base)?;
            scene.enter(&user, &room)?;
            clients.push((user, scene.chat.another().map_err(unexpected)?));
        }
    }
    let mark = scene.text();
    let provoked = words!(
        "{CLIENTS} writers sent up to {MOST} messages each within a second, {CLIENTS} readers fetched meanwhile",
        "{CLIENTS} escritores enviaram até {MOST} mensagens cada em um segundo, {CLIENTS} leitores buscavam"
    );
    let by_timestamp = scene.chat.fetches_from_a_place();
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
    for (user, reader) in seen {
        if let Some(wrong) = reader.judge(&sent) {
            if let (None, Some(reply)) = (&reader.doubled, &reader.unanswered) {
                let expected = words!(
                    "each fetch of {user} is answered",
                    "cada busca de {user} é respondida"
                );
                return Err(failed(expected, reply).provoked_by(provoked));
            }
            let cause = if by_timestamp && reader.misses_equal_timestamps(&sent) {
                diagnosis::whole_seconds()
            } else {
                diagnosis::without_lock()
            };
            return Err(Shortfall::failed(
                words!(
                    "{user} sees each of {all} acknowledged messages once, each writer's in order",
                    "{user} vê cada uma das {all} mensagens confirmadas uma vez, as de cada escritor em ordem"
                ),
                wrong,
            )
            .provoked_by(provoked)
            .because(Some(cause)));
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

/// What one reader saw.
struct Reader<'a> {
    mark: &'a str,
    /// The numbers of each writer in the order in which they were first seen.
    seen: HashMap<String, Vec<usize>>,
    /// A message that one answer had twice.
    doubled: Option<String>,
    /// Whether two messages of one answer had the same timestamp.
    has_equal_timestamps: bool,
    /// A fetch that got no answer. By the sheet the messages in it are given to nobody again.
    unanswered: Option<Reply>,
}

impl<'a> Reader<'a> {
    fn new(mark: &'a str) -> Self {
        Self {
            mark,
            seen: HashMap::new(),
            doubled: None,
            has_equal_timestamps: false,
            unanswered: None,
        }
    }

    /// Fetches until everything acknowledged was seen, or nothing new has come for a while.
    fn read(
        mut self,
        mut chat: Chat,
        user: &str,
        room: &str,
        acknowledged: &OnceLock<HashMap<String, usize>>,
    ) -> Self {
        let (began, mut last_news, mut in_vain) = (Instant::now(), Instant::now(), 0);
        while began.elapsed() < READING {
            let sent = acknowledged.get();
            let has_all = sent.is_some_and(|sent| self.judge(sent).is_none());
            let reply = chat.fetch(user, room);
            let is_new = matches!(&reply, Reply::Value(answer) if self.take(answer));
            if !reply.is_answer() {
                self.unanswered = Some(reply);
            }
            if is_new {
                (last_news, in_vain) = (Instant::now(), 0);
            } else if sent.is_some() {
                in_vain += 1;
            }
            let has_ended = in_vain >= FETCHES_IN_VAIN && last_news.elapsed() >= WRITING * 3;
            // One fetch more than needed would bring what is doubled.
            if has_all || has_ended {
                break;
            }
            // As often as an eager client.
            thread::sleep(Duration::from_millis(100));
        }
        self
    }

    /// Takes the messages of an answer; whether there were new ones.
    fn take(&mut self, answer: &Json) -> bool {
        self.has_equal_timestamps |= timestamps::are_repeated(answer);
        let mut is_new = false;
        let mut here: Vec<(String, usize)> = Vec::new();
        for text in texts_of(answer) {
            for piece in text.split(self.mark).skip(1) {
                let Some((writer, number)) = piece
                    .strip_prefix('[')
                    .and_then(|piece| piece.split_once(']'))
                    .and_then(|(inside, _)| inside.split_once('#'))
                else {
                    continue;
                };
                let Ok(number) = number.parse::<usize>() else {
                    continue;
                };
                let message = (writer.to_owned(), number);
                if here.contains(&message) {
                    self.doubled = Some(format!("{writer}#{number}"));
                }
                here.push(message);
                let numbers = self.seen.entry(writer.to_owned()).or_default();
                if !numbers.contains(&number) {
                    numbers.push(number);
                    is_new = true;
                }
            }
        }
        is_new
    }

    /// Whether messages are missing and there is a reason in their timestamps: a caller that asks for what is
    /// later than the last one it has does not get another one of the same time.
    fn misses_equal_timestamps(&self, sent: &HashMap<String, usize>) -> bool {
        let acknowledged: usize = sent.values().sum();
        let seen: usize = self.seen.values().map(Vec::len).sum();
        self.has_equal_timestamps && self.doubled.is_none() && seen < acknowledged
    }

    /// What is wrong with what was seen, if anything is.
    fn judge(&self, sent: &HashMap<String, usize>) -> Option<Words> {
        if let Some(message) = &self.doubled {
            return Some(words!(
                "{message} twice in one answer",
                "{message} duas vezes em uma resposta"
            ));
        }
        for (writer, &count) in sent {
            let none = Vec::new();
            let numbers = self.seen.get(writer).unwrap_or(&none);
            let missing = (0..count)
                .filter(|number| !numbers.contains(number))
                .count();
            if missing > 0 {
                return Some(words!(
                    "{missing} of {count} messages of {writer} are missing",
                    "faltam {missing} de {count} mensagens de {writer}"
                ));
            }
            if !numbers.is_sorted() {
                return Some(words!(
                    "the messages of {writer} are in another order",
                    "as mensagens de {writer} estão em outra ordem"
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reader(answers: &[Json]) -> Reader<'static> {
        let mut reader = Reader::new("m.");
        for answer in answers {
            reader.take(answer);
        }
        reader
    }

    #[test]
    fn lost_doubled_and_swapped_messages_are_found() {
        let sent = HashMap::from([("ana".to_owned(), 2)]);
        let judged = |answers: &[Json]| reader(answers).judge(&sent).is_none();
        assert!(judged(&[json!(["m.[ana#0]"]), json!(["m.[ana#1]"])]));
        assert!(judged(&[
            json!(["m.[ana#0]"]),
            json!(["m.[ana#0]", "m.[ana#1]"])
        ]));
        assert!(!judged(&[json!(["m.[ana#0]"])]), "one is missing");
        assert!(!judged(&[json!(["m.[ana#1]", "m.[ana#0]"])]), "swapped");
        assert!(
            !judged(&[json!(["m.[ana#0]", "m.[ana#0]", "m.[ana#1]"])]),
            "doubled"
        );
    }

    #[test]
    fn a_message_of_the_same_second_is_missed_because_of_its_timestamp() {
        let sent = HashMap::from([("ana".to_owned(), 3)]);
        let message = |number: usize, timestamp: &str| json!({"content": format!("m.[ana#{number}]"), "timestamp": timestamp});
        let missed = |answer: Json| reader(&[answer]).misses_equal_timestamps(&sent);
        assert!(missed(json!([
            message(0, "10:30:00"),
            message(1, "10:30:00")
        ])));
        assert!(!missed(json!([
            message(0, "10:30:00"),
            message(1, "10:30:01")
        ])));
        assert!(!missed(json!(
            [0, 1, 2].map(|number| message(number, "10:30:00"))
        )));
    }
}
