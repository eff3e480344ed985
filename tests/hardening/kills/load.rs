//! The clients of the chat while its server is killed again and again. Each tries a call until it is
//! answered, and writes into the ledger what was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chat_client::network::{Chat, Event, Identity, Receiving};
use dxr::{Fault, Value};
use fastrand::Rng;
use parking_lot::Mutex;
use protocol::reading::{member, members, string};
use rpc::Observers;
use serde_json::{Value as Json, json};
use tokio::sync::Barrier;

use super::ledger::{Ledger, Seen, Sent, Shown};
use crate::stage::{self, DEADLINE, eventually};
use crate::wire::{Connection, call, call_with, post};

/// The rooms in which messages are sent. Guests are in the first one, accounts in both.
pub(super) const ROOMS: [&str; 2] = ["geral", "rust"];

/// How the text of a room's last message begins.
const LAST: &str = "fim:";

/// Any text less than a timestamp.
const BEFORE_ALL: &str = "1970-01-01 00:00:00";

pub(super) use chat_client::network::Dialect;

/// What the clients share.
pub(super) struct World {
    pub(super) binder: String,
    pub(super) classic: String,
    pub(super) accounts: String,
    pub(super) ledger: Mutex<Ledger>,
    /// Passed once all clients are in the rooms.
    pub(super) ready: Barrier,
    pub(super) stopping: AtomicBool,
    /// How many of the clients that also read still send.
    pub(super) sending: AtomicUsize,
}

impl World {
    pub(super) fn address(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Classic => &self.classic,
            Dialect::Accounts => &self.accounts,
        }
    }

    pub(super) fn line(&self, dialect: Dialect) -> Line {
        Line {
            address: self.address(dialect).to_owned(),
            connection: None,
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// A message is about to be sent.
    fn begin(&self, text: &str, room: &'static str, to: Option<&str>) {
        let sent = Sent {
            room,
            to: to.map(ToOwned::to_owned),
            is_acknowledged: false,
        };
        self.ledger.lock().messages.insert(text.to_owned(), sent);
    }

    fn acknowledge(&self, text: &str) {
        let mut ledger = self.ledger.lock();
        ledger.messages.get_mut(text).unwrap().is_acknowledged = true;
    }

    /// Registers a user of this dialect and joins it to the rooms.
    pub(super) fn enter(&self, dialect: Dialect, name: &str, rooms: &[&str]) {
        let mut line = self.line(dialect);
        let registered = match dialect {
            Dialect::Classic => line.insist("register_user", &[name]),
            Dialect::Accounts => line.insist("register_user", &[name, &password(name)]),
        };
        registered.unwrap();
        for room in rooms {
            let joined = line.insist("join_room", &[name, room]);
            assert!(matches!(joined, Ok(Value::Struct(_))), "{joined:?}");
        }
        let mut ledger = self.ledger.lock();
        ledger
            .members
            .extend(rooms.contains(&ROOMS[0]).then(|| name.to_owned()));
        match dialect {
            Dialect::Classic => ledger.guests.push(name.to_owned()),
            Dialect::Accounts => ledger.accounts.push(name.to_owned()),
        }
    }

    /// Sends the last message of a room, by which its readers know that they have everything.
    pub(super) fn send_last(&self, room: usize) {
        let (text, name) = (format!("{LAST}{}", room + 1), "fim");
        self.begin(&text, ROOMS[room], None);
        let parameters = [name, ROOMS[room], &text, "", &text];
        let answer = self
            .line(Dialect::Accounts)
            .insist("send_message_once", &parameters);
        assert_sent(Dialect::Accounts, &text, &answer);
        self.acknowledge(&text);
    }
}

pub(super) fn password(name: &str) -> String {
    format!("senha de {name}")
}

/// A connection that is opened again when it is lost.
pub(super) struct Line {
    address: String,
    connection: Option<Connection>,
}

impl Line {
    /// Makes a call once. `None` if there is no answer, and it may have been carried out or not.
    pub(super) fn attempt(&mut self, body: &str) -> Option<Result<Value, Fault>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::try_open(&self.address).ok()?,
        };
        connection.send(post(body));
        let response = connection.try_response().ok()?;
        self.connection = Some(connection);
        Some(response.answer())
    }

    /// Makes a call with strings until it is answered.
    #[track_caller]
    pub(super) fn insist(&mut self, method: &str, texts: &[&str]) -> Result<Value, Fault> {
        self.insist_on(&call(method, texts))
    }

    #[track_caller]
    fn insist_on(&mut self, body: &str) -> Result<Value, Fault> {
        eventually(body, || self.attempt(body))
    }

    /// The messages after the cursor, and the next cursor.
    #[track_caller]
    pub(super) fn page(
        &mut self,
        dialect: Dialect,
        [user, room, cursor]: [&str; 3],
        milliseconds: u32,
    ) -> (Vec<Shown>, String) {
        let texts: String = [user, room, cursor]
            .map(|text| format!("<param><value>{text}</value></param>"))
            .concat();
        let parameters = format!("{texts}<param><value><int>{milliseconds}</int></value></param>");
        let answer = self.insist_on(&call_with("wait_messages", &parameters));
        let mut page = members(answer.unwrap()).unwrap();
        let messages = member(&mut page, "messages").unwrap();
        let cursor = string(member(&mut page, "cursor").unwrap()).unwrap();
        (shown(dialect, messages), cursor)
    }
}

/// The messages of an answer.
pub(super) fn shown(dialect: Dialect, messages: Value) -> Vec<Shown> {
    match dialect {
        Dialect::Classic => protocol::classic::message::Message::list_from_value(messages)
            .unwrap()
            .into_iter()
            .map(|message| Shown {
                text: message.content,
                timestamp: Some(message.timestamp),
            })
            .collect(),
        Dialect::Accounts => protocol::accounts::message::Message::list_from_value(messages)
            .unwrap()
            .into_iter()
            .map(|message| Shown {
                text: message.message,
                timestamp: None,
            })
            .collect(),
    }
}

#[track_caller]
fn assert_sent(dialect: Dialect, text: &str, answer: &Result<Value, Fault>) {
    let expected = match dialect {
        Dialect::Classic => Value::String("Mensagem enviada.".to_owned()),
        Dialect::Accounts => Value::Nil,
    };
    assert_eq!(answer, &Ok(expected), "{text}");
}

/// Sends to the rooms and to single readers. Most messages are repeated under their identifier until they
/// are acknowledged, and some of those once more; the others are sent once, and may be lost.
pub(super) fn send(
    world: &World,
    dialect: Dialect,
    name: &str,
    rooms: &[&'static str],
    readers: &[&str],
    mut random: Rng,
) {
    let mut line = world.line(dialect);
    for count in 1.. {
        if world.is_stopping() {
            return;
        }
        let text = format!("{name}:{count}");
        let room = rooms[random.usize(..rooms.len())];
        let to = (room == ROOMS[0] && random.u8(..4) == 0)
            .then(|| readers[random.usize(..readers.len())]);
        world.begin(&text, room, to);
        let parameters = [name, room, &text, to.unwrap_or_default(), &text];
        if random.u8(..5) == 0 {
            if let Some(answer) = line.attempt(&call("send_message", &parameters[..4])) {
                assert_sent(dialect, &text, &answer);
                world.acknowledge(&text);
            }
        } else {
            assert_sent(
                dialect,
                &text,
                &line.insist("send_message_once", &parameters),
            );
            world.acknowledge(&text);
            if random.u8(..8) == 0 {
                thread::sleep(Duration::from_millis(random.u64(..100)));
                assert_sent(
                    dialect,
                    &text,
                    &line.insist("send_message_once", &parameters),
                );
            }
        }
        thread::sleep(Duration::from_millis(random.u64(..12)));
    }
}

/// Guests register, create rooms, join; some unregister again.
pub(super) fn come_and_go(world: &World, mut random: Rng) {
    let mut line = world.line(Dialect::Classic);
    let ok = |answer: &Result<Value, Fault>, texts: &[&str]| {
        let said = match answer {
            Ok(Value::String(text)) => text.as_str(),
            Err(fault) => fault.string(),
            Ok(_) => "",
        };
        assert!(texts.contains(&said), "{answer:?}");
    };
    // The second text is the answer to a call that was carried out once, and not answered.
    let registered = [
        "Usuário registrado com sucesso.",
        "O nome de usuário já está em uso. Escolha outro.",
    ];
    for count in 1.. {
        if world.is_stopping() {
            return;
        }
        let guest = format!("hospede-{count}");
        ok(&line.insist("register_user", &[&guest]), &registered);
        world.ledger.lock().guests.push(guest.clone());
        let room = format!("sala-{count}");
        let created = [&format!("Sala '{room}' criada."), "Sala já existe."];
        ok(&line.insist("create_room", &[&room]), &created);
        world.ledger.lock().rooms.push(room);
        if count % 3 == 0 {
            let joined = line.insist("join_room", &[&guest, ROOMS[0]]);
            assert!(matches!(joined, Ok(Value::Struct(_))), "{joined:?}");
            world.ledger.lock().members.push(guest);
        }
        if count % 4 == 0 {
            let guest = format!("visita-{count}");
            ok(&line.insist("register_user", &[&guest]), &registered);
            let joined = line.insist("join_room", &[&guest, ROOMS[0]]);
            assert!(matches!(joined, Ok(Value::Struct(_))), "{joined:?}");
            let gone = [
                "Usuário desconectado com sucesso.",
                "Usuário não encontrado.",
            ];
            ok(&line.insist("unregister_user", &[&guest]), &gone);
            world.ledger.lock().gone.push(guest);
        }
        thread::sleep(Duration::from_millis(random.u64(..60)));
    }
}

/// Accounts are created.
pub(super) fn create_accounts(world: &World, mut random: Rng) {
    let mut line = world.line(Dialect::Accounts);
    for count in 1.. {
        if world.is_stopping() {
            return;
        }
        let name = format!("conta-{count}");
        let answer = line.insist("register_user", &[&name, &password(&name)]);
        let taken = format!("Nome de usuário '{name}' já está em uso.");
        assert!(
            matches!(&answer, Ok(Value::Boolean(true))) || answer == Err(Fault::new(1, taken)),
            "{answer:?}"
        );
        world.ledger.lock().accounts.push(name);
        thread::sleep(Duration::from_millis(random.u64(..100)));
    }
}

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
            seen: Seen {
                reader: reader.to_owned(),
                room,
                shown: Vec::new(),
                without_own: false,
            },
            deadline: None,
        }
    }

    /// Whether the last message has come, or it is too late for it: then the comparison shows what is missing.
    fn is_over(&mut self) -> bool {
        let last = self.seen.shown.last();
        if self.world.is_stopping() && self.deadline.is_none() {
            self.deadline = Some(Instant::now() + DEADLINE);
        }
        last.is_some_and(|last| last.text.starts_with(LAST))
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() > deadline)
    }

    /// Takes what is later than everything before, as the original client does.
    fn take_later(&mut self, messages: Vec<Shown>) {
        for message in messages {
            if message.timestamp.as_deref() > Some(self.last_timestamp().as_str()) {
                self.seen.shown.push(message);
            }
        }
    }

    fn last_timestamp(&self) -> String {
        let last = self.seen.shown.last();
        last.and_then(|last| last.timestamp.clone())
            .unwrap_or_else(|| BEFORE_ALL.to_owned())
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
        reading.seen.shown.extend(messages);
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
        reading.take_later(shown(Dialect::Classic, answer.unwrap()));
        thread::sleep(Duration::from_millis(20));
    }
    reading.seen
}

/// The same from Python, through one `ServerProxy` that is kept, which also sends.
pub(super) fn poll_from_python(world: &World, name: &str) -> Seen {
    let mut python = stage::Caller::python(&world.classic);
    let mut insist = |method: &str, parameters: &[&str]| -> Json {
        let parameters: Vec<Json> = parameters.iter().map(|text| json!(text)).collect();
        eventually(method, || match python.call(method, &parameters) {
            stage::Seen::Value(value) => Some(value),
            // The server was away, or went away.
            stage::Seen::Nothing(_) => None,
            fault @ stage::Seen::Fault(..) => panic!("{method}{parameters:?}: {fault:?}"),
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
    let found = Chat::find(dialect, &binder, Observers::none()).await;
    let (chat, mut arrivals) = found.unwrap();
    let identity = match dialect {
        Dialect::Classic => Identity::guest(name),
        Dialect::Accounts => Identity::account(name, &password(name)),
    };
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
                Ok(Event::Message(message)) => reading.seen.shown.push(Shown {
                    text: message.text,
                    timestamp: (dialect == Dialect::Classic).then_some(message.timestamp),
                }),
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
