//! The clients of the chat while its server is killed again and again. Each tries a call until it is
//! answered, and writes into the ledger what was acknowledged.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use dxr::{Fault, Value};
use fastrand::Rng;
use parking_lot::Mutex;
use support::{
    dialect::{Dialect, Shown},
    eventually,
    ledger::{Messages, State},
    wire::{Connection, call, call_with, post},
};
use tokio::sync::Barrier;

/// The rooms in which messages are sent. Guests are in the first one, accounts in both.
pub(super) const ROOMS: [&str; 2] = ["geral", "rust"];

/// How the text of a room's last message begins.
pub(super) const LAST: &str = "fim:";

/// Everything that the server said yes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) messages: Messages,
    pub(super) rooms: Vec<String>,
    /// Guests who registered and stay.
    pub(super) guests: Vec<String>,
    pub(super) accounts: Vec<String>,
    /// Who joined `geral` and stays.
    pub(super) members: Vec<String>,
    /// Guests who registered, joined `geral` and unregistered.
    pub(super) gone: Vec<String>,
}

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

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// A message is about to be sent.
    pub(super) fn begin(&self, text: &str, room: &str, to: Option<&str>) {
        self.ledger.lock().messages.begin(text, room, to);
    }

    pub(super) fn acknowledge(&self, text: &str) {
        let messages = &mut self.ledger.lock().messages;
        messages.end(text, State::Acknowledged);
    }

    /// Registers a user of this dialect and joins it to the rooms.
    pub(super) fn enter(&self, dialect: Dialect, name: &str, rooms: &[&str]) {
        let mut line = self.line(dialect);
        let parameters = dialect.registration(name);
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        line.insist("register_user", &parameters).unwrap();
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
        dialect.page(answer.unwrap()).unwrap()
    }
}

#[track_caller]
fn assert_sent(dialect: Dialect, text: &str, answer: &Result<Value, Fault>) {
    assert_eq!(dialect.sent(answer), Ok(true), "{text}");
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

pub(super) fn create_accounts(world: &World, mut random: Rng) {
    let mut line = world.line(Dialect::Accounts);
    for count in 1.. {
        if world.is_stopping() {
            return;
        }
        let name = format!("conta-{count}");
        let password = support::dialect::password(&name);
        let answer = line.insist("register_user", &[&name, &password]);
        let taken = format!("Nome de usuário '{name}' já está em uso.");
        assert!(
            matches!(&answer, Ok(Value::Boolean(true))) || answer == Err(Fault::new(1, taken)),
            "{answer:?}"
        );
        world.ledger.lock().accounts.push(name);
        thread::sleep(Duration::from_millis(random.u64(..100)));
    }
}
