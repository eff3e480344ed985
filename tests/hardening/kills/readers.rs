//! The clients that read while the server is killed again and again; some also send.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use chat_client::network::{self, Chat, Event, Identity, Receiving};
use rpc::Observers;
use serde_json::{Value as Json, json};

use support::{
    Caller, DEADLINE, Seen as Answer,
    dialect::{Dialect, Shown, password},
    eventually,
    ledger::Seen,
};

use super::load::{LAST, ROOMS, World};

/// Any text less than a timestamp.
const BEFORE_ALL: &str = "1970-01-01 00:00:00";

/// What a reader has, and when it has everything.
struct Reading<'world> {
    world: &'world World,
    seen: Seen,
    /// By when the last message must have come, from the moment on at which the senders stopped.
    deadline: Option<Instant>,
}

impl<'world> Reading<'world> {
    fn begin(world: &'world World, reader: &str, room: &'static str) -> Self {
        Self {
            world,
            seen: Seen::nothing(reader, room),
            deadline: None,
        }
    }

    /// Whether the last message has come, or it is too late for it: then the comparison shows what is missing.
    fn is_over(&mut self) -> bool {
        let last = self.seen.texts.last();
        if self.world.is_stopping() && self.deadline.is_none() {
            self.deadline = Some(Instant::now() + DEADLINE);
        }
        last.is_some_and(|last| last.starts_with(LAST))
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() > deadline)
    }

    fn take(&mut self, messages: impl IntoIterator<Item = Shown>) {
        let messages = messages.into_iter();
        self.seen
            .extend(&self.world.ledger.lock().messages, messages);
    }

    /// Takes what is later than everything before, as the original client does.
    fn take_later(&mut self, messages: Vec<Shown>) {
        for message in messages {
            if message.timestamp.as_deref() > Some(self.last_timestamp().as_str()) {
                self.take([message]);
            }
        }
    }

    fn last_timestamp(&self) -> String {
        let last = self.seen.timestamps.last();
        last.cloned().unwrap_or_else(|| BEFORE_ALL.to_owned())
    }
}

/// Waits for messages with `wait_messages`, with the cursor going on whatever happens.
pub(super) fn wait(world: &World, dialect: Dialect, name: &str, room: &'static str) -> Seen {
    let mut line = world.line(dialect);
    let mut reading = Reading::begin(world, name, room);
    // Of no chat, so that it is the place before the first message.
    let mut cursor = "0-0".to_owned();
    while !reading.is_over() {
        let (messages, next) = line.page(dialect, [name, room, &cursor], 400);
        reading.take(messages);
        cursor = next;
    }
    reading.seen
}

/// Polls with `receive_new_messages`, as the original client does.
pub(super) fn poll(world: &World, name: &str) -> Seen {
    let mut line = world.line(Dialect::Classic);
    let mut reading = Reading::begin(world, name, ROOMS[0]);
    while !reading.is_over() {
        let last = reading.last_timestamp();
        let answer = line.insist("receive_new_messages", &[name, ROOMS[0], &last]);
        reading.take_later(Dialect::Classic.messages(answer.unwrap()).unwrap());
        thread::sleep(Duration::from_millis(20));
    }
    reading.seen
}

/// The same from Python, through one `ServerProxy` that is kept, which also sends.
pub(super) fn poll_from_python(world: &World, name: &str) -> Seen {
    let mut python = Caller::python(&world.classic);
    let mut insist = |method: &str, parameters: &[&str]| -> Json {
        let parameters: Vec<Json> = parameters.iter().map(|text| json!(text)).collect();
        eventually(method, || match python.call(method, &parameters) {
            Answer::Value(value) => Some(value),
            // The server was away, or went away.
            Answer::Nothing(_) => None,
            fault @ Answer::Fault(..) => panic!("{method}{parameters:?}: {fault:?}"),
        })
    };
    let mut reading = Reading::begin(world, name, ROOMS[0]);
    let mut is_sending = true;
    for count in 1.. {
        if reading.is_over() {
            break;
        }
        if is_sending && world.is_stopping() {
            is_sending = false;
            world.sending.fetch_sub(1, Ordering::Relaxed);
        }
        if is_sending {
            let text = format!("{name}:{count}");
            world.begin(&text, ROOMS[0], None);
            let answer = insist("send_message_once", &[name, ROOMS[0], &text, "", &text]);
            assert_eq!(answer, "Mensagem enviada.");
            world.acknowledge(&text);
        }
        let last = reading.last_timestamp();
        let answer = insist("receive_new_messages", &[name, ROOMS[0], &last]);
        let field = |message: &Json, field: &str| message[field].as_str().unwrap().to_owned();
        let messages = answer.as_array().unwrap().iter().map(|message| Shown {
            text: field(message, "content"),
            timestamp: Some(field(message, "timestamp")),
        });
        reading.take_later(messages.collect());
        thread::sleep(Duration::from_millis(50));
    }
    reading.seen
}

/// Our client library: it sends and receives, and must not be forgotten.
pub(super) async fn converse(world: Arc<World>, dialect: Dialect, name: &str) -> Seen {
    let binder = world.binder.parse().unwrap();
    let (ours, identity) = match dialect {
        Dialect::Classic => (network::Dialect::Classic, Identity::guest(name)),
        Dialect::Accounts => (
            network::Dialect::Accounts,
            Identity::account(name, &password(name)),
        ),
    };
    let found = Chat::find(ours, &binder, Observers::none()).await;
    let (chat, mut arrivals) = found.unwrap();
    chat.sign_in(identity).await.unwrap();
    let joined = chat.join_room(ROOMS[0], Receiving::AtOnce).await.unwrap();
    let mut reading = Reading::begin(&world, name, ROOMS[0]);
    let history = joined.history.into_iter().map(|message| message.text);
    assert_eq!(
        history.collect::<Vec<_>>(),
        Vec::<String>::new(),
        "it joins before the others talk"
    );
    arrivals.listen(joined.feed);
    world.ledger.lock().members.push(name.to_owned());
    world.ready.wait().await;
    let sending = async {
        for count in 1.. {
            if world.is_stopping() {
                break;
            }
            let text = format!("{name}:{count}");
            world.begin(&text, ROOMS[0], None);
            // What fails may be there or not.
            if chat.send(ROOMS[0], &text, None).await.is_ok() {
                world.acknowledge(&text);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        world.sending.fetch_sub(1, Ordering::Relaxed);
    };
    let receiving = async {
        while !reading.is_over() {
            let next = tokio::time::timeout(Duration::from_secs(1), arrivals.next());
            match next.await {
                Ok(Event::Message(message)) => reading.take([Shown {
                    text: message.text,
                    timestamp: (dialect == Dialect::Classic).then_some(message.timestamp),
                }]),
                Ok(event @ (Event::Restored(_) | Event::NameGone(_) | Event::RoomGone { .. })) => {
                    panic!("{name} was forgotten: {event:?}")
                }
                Ok(Event::Lost { .. } | Event::Back) | Err(_) => {}
            }
        }
    };
    tokio::join!(sending, receiving);
    reading.seen
}
