//! Users, rooms and messages to measure with, made by ordinary calls of dialect classic, so that the
//! same is done to our server and to the original.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use dxr::Value;
use futures_util::{StreamExt as _, TryStreamExt as _};
use protocol::binder::{Endpoint, LOOKUP_PROCEDURE};
use protocol::classic::Message;
use protocol::classic::answers::JoinAnswer;
use protocol::classic::procedures as p;
use protocol::classic::texts;
use rpc::{Caller, Observers};

use crate::load::call::{Parameter, body};
use crate::servers::Call;
use crate::servers::process::{Server, System};

/// How long a call may take. The original reads through all of its history.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls at the same time. Python's server takes no more (see `Contestant::clients`).
const AT_ONCE: usize = 5;

/// The messages in a poll that is not empty.
const NEW_MESSAGES: usize = 50;

fn caller(server: &Server) -> anyhow::Result<Caller> {
    let endpoint: Endpoint = server.address().to_string().parse()?;
    Ok(Caller::new(&endpoint, TIMEOUT, Observers::none())?)
}

/// The messages in each of the two rooms.
const HISTORY: usize = 1_000;

/// A system with two rooms: one is polled, the other one is written to.
pub(crate) struct Chat {
    system: System,
    polled: Room,
    written: Room,
}

impl Chat {
    pub(crate) async fn prepare(system: System) -> anyhow::Result<Self> {
        Ok(Self {
            polled: Room::make(&system.chat_server, "polled", HISTORY).await?,
            written: Room::make(&system.chat_server, "talked", HISTORY).await?,
            system,
        })
    }

    /// The binder, and where it sends the clients of the chat server.
    pub(crate) async fn looked_up(&self) -> anyhow::Result<(&Server, SocketAddr)> {
        let binder = &self.system.binder;
        let name = vec![Value::String(p::CREATE_ROOM.name.to_owned())];
        let found = caller(binder)?.call(&LOOKUP_PROCEDURE, name).await?;
        let found = Endpoint::looked_up(found).context("the chat server is not registered")?;
        Ok((binder, found.to_string().parse()?))
    }

    /// A call, and the server that answers it.
    pub(crate) fn call(&self, call: Call) -> (&Server, Bytes) {
        match call {
            Call::EmptyPoll => (&self.system.chat_server, self.polled.empty_poll()),
            Call::PollOfFifty => (&self.system.chat_server, self.polled.poll_of_fifty()),
            Call::Send => (&self.system.chat_server, self.written.send()),
            Call::Lookup => (&self.system.binder, lookup()),
        }
    }
}

/// A room in which it was talked, and where its readers may have stopped reading.
pub(crate) struct Room {
    name: String,
    user: String,
    newest: String,
    /// The timestamp after which there are fifty.
    before_fifty: String,
}

impl Room {
    /// Makes a room of two users with so many messages.
    pub(crate) async fn make(server: &Server, name: &str, messages: usize) -> anyhow::Result<Self> {
        let caller = caller(server)?;
        let (user, other) = (format!("ana-{name}"), format!("bia-{name}"));
        create_room(&caller, name).await?;
        for user in [&user, &other] {
            register(&caller, user).await?;
            join(&caller, user, name).await?;
        }
        let mut room = Self {
            name: name.to_owned(),
            user,
            newest: String::new(),
            before_fifty: String::new(),
        };
        room.talk(&caller, messages.saturating_sub(NEW_MESSAGES))
            .await?;
        // Joining is answered with the newest.
        let messages = join(&caller, &room.user, name).await?;
        room.before_fifty = last_timestamp(&messages)?;
        // The original's timestamps are whole seconds: the fifty need one of their own.
        next_second().await;
        room.talk(&caller, NEW_MESSAGES).await?;
        let fifty = room.new_messages(&caller, &room.before_fifty).await?;
        room.newest = last_timestamp(&fifty)?;
        let none = room.new_messages(&caller, &room.newest).await?;
        ensure!(
            fifty.len() == NEW_MESSAGES && none.is_empty(),
            "{} and {} new messages instead of {NEW_MESSAGES} and none",
            fifty.len(),
            none.len()
        );
        Ok(room)
    }

    async fn talk(&self, caller: &Caller, messages: usize) -> anyhow::Result<()> {
        each(messages, |number| async move {
            let text = format!("Mensagem {number}: alguém já leu o capítulo da aula de hoje?");
            let parameters = strings([&self.user, &self.name, &text, ""]);
            let answer = caller.call(p::SEND_MESSAGE.name, parameters).await?;
            ensure!(
                answer == Value::String(texts::MESSAGE_SENT.to_owned()),
                "a message was not sent: {answer:?}"
            );
            Ok(())
        })
        .await
    }

    async fn new_messages(&self, caller: &Caller, last: &str) -> anyhow::Result<Vec<Message>> {
        let parameters = strings([&self.user, &self.name, last]);
        let answer = caller
            .call(p::RECEIVE_NEW_MESSAGES.name, parameters)
            .await?;
        Ok(Message::list_from_value(answer)?)
    }

    /// A poll by a user that has seen everything.
    pub(crate) fn empty_poll(&self) -> Bytes {
        self.poll(&self.newest)
    }

    /// A poll by a user that has not seen the newest fifty.
    pub(crate) fn poll_of_fifty(&self) -> Bytes {
        self.poll(&self.before_fifty)
    }

    fn poll(&self, last: &str) -> Bytes {
        let parameters = [&self.user, &self.name, last].map(Parameter::Text);
        body(p::RECEIVE_NEW_MESSAGES.name, &parameters)
    }

    /// Asking who is in the room.
    pub(crate) fn list_users(&self) -> Bytes {
        list_users(&self.name)
    }

    /// Waiting for messages after a cursor.
    pub(crate) fn wait(&self, cursor: &str) -> Bytes {
        wait(&self.user, &self.name, cursor)
    }

    /// Asking for the cursor of the newest message, by a wait that is over at once.
    pub(crate) fn glance_ahead(&self) -> Bytes {
        wait_for(&self.user, &self.name, "", 1)
    }

    pub(crate) fn send(&self) -> Bytes {
        send(&self.user, &self.name)
    }
}

/// A message to a whole room.
pub(crate) fn send(user: &str, room: &str) -> Bytes {
    send_text(
        user,
        room,
        "Bom dia! Alguém já leu o capítulo da aula de hoje?",
    )
}

/// A message of this text.
pub(crate) fn send_text(user: &str, room: &str, text: &str) -> Bytes {
    let parameters = [user, room, text, ""].map(Parameter::Text);
    body(p::SEND_MESSAGE.name, &parameters)
}

/// A poll after everything: what it looks up, without what it would bring.
pub(crate) fn poll_for_nothing(user: &str, room: &str) -> Bytes {
    let parameters = [user, room, "2999-01-01 00:00:00"].map(Parameter::Text);
    body(p::RECEIVE_NEW_MESSAGES.name, &parameters)
}

/// Asking who is in the room.
pub(crate) fn list_users(room: &str) -> Bytes {
    body(p::LIST_USERS.name, &[Parameter::Text(room)])
}

/// Asking the binder where rooms are created, which is how clients find the chat server.
fn lookup() -> Bytes {
    let parameters = [Parameter::Text(p::CREATE_ROOM.name)];
    body(LOOKUP_PROCEDURE.name, &parameters)
}

/// A call that costs little at any chat server: the messages of a room that is not there.
pub(crate) fn glance() -> Bytes {
    let parameters = ["ninguém", "nenhuma"].map(Parameter::Text);
    body(p::RECEIVE_MESSAGES.name, &parameters)
}

/// Waiting for messages from now on, or after a cursor, for as long as a server allows.
pub(crate) fn wait(user: &str, room: &str, cursor: &str) -> Bytes {
    wait_for(user, room, cursor, 30_000)
}

fn wait_for(user: &str, room: &str, cursor: &str, milliseconds: i64) -> Bytes {
    let parameters = [
        Parameter::Text(user),
        Parameter::Text(room),
        Parameter::Text(cursor),
        Parameter::Number(milliseconds),
    ];
    body(p::WAIT_MESSAGES.name, &parameters)
}

/// The name of the room numbered so.
pub(crate) fn room_name(number: impl Display) -> String {
    format!("sala-{number}")
}

/// The name of the user numbered so.
pub(crate) fn user_name(number: impl Display) -> String {
    format!("pessoa-{number}")
}

/// Makes so many rooms and users, the users spread evenly over the rooms.
pub(crate) async fn populate(server: &Server, rooms: usize, users: usize) -> anyhow::Result<()> {
    let caller = &caller(server)?;
    each(rooms, |room| async move {
        create_room(caller, &room_name(room)).await
    })
    .await?;
    each(users, |user| async move {
        let name = user_name(user);
        register(caller, &name).await?;
        join(caller, &name, &room_name(user % rooms)).await?;
        Ok(())
    })
    .await
}

/// Makes a room with these users.
pub(crate) async fn meet(server: &Server, room: &str, users: &[&str]) -> anyhow::Result<()> {
    let caller = &caller(server)?;
    create_room(caller, room).await?;
    for user in users {
        register(caller, user).await?;
        join(caller, user, room).await?;
    }
    Ok(())
}

async fn create_room(caller: &Caller, name: &str) -> anyhow::Result<()> {
    caller.call(p::CREATE_ROOM.name, strings([name])).await?;
    Ok(())
}

async fn register(caller: &Caller, user: &str) -> anyhow::Result<()> {
    caller.call(p::REGISTER_USER.name, strings([user])).await?;
    Ok(())
}

/// Joins a room and gives its newest messages.
async fn join(caller: &Caller, user: &str, room: &str) -> anyhow::Result<Vec<Message>> {
    let parameters = strings([user, room]);
    let answer = caller.call(p::JOIN_ROOM.name, parameters).await?;
    match JoinAnswer::from_value(answer)? {
        JoinAnswer::Joined { messages, .. } => Ok(messages),
        JoinAnswer::Refused(text) => bail!("{user} cannot join {room}: {text}"),
    }
}

fn last_timestamp(messages: &[Message]) -> anyhow::Result<String> {
    let last = messages.last().context("no messages")?;
    Ok(last.timestamp.clone())
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<Value> {
    texts.map(|text| Value::String(text.to_owned())).into()
}

/// Does something so many times, a few at once.
async fn each<Done>(times: usize, action: impl Fn(usize) -> Done) -> anyhow::Result<()>
where
    Done: Future<Output = anyhow::Result<()>>,
{
    futures_util::stream::iter(0..times)
        .map(action)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Waits until the clock shows another second.
async fn next_second() {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let to_next = Duration::from_secs(since_1970.as_secs() + 1) - since_1970;
    // The runtime's timers never end early.
    tokio::time::sleep(to_next).await;
}
