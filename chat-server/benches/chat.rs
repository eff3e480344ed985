//! The pieces of a call that are the chat: commands applied, messages found.
//!
//! `cargo bench -p chat-server`. What whole calls cost is measured by the package `bench`.

use std::hint::black_box;
use std::time::Duration;

use chat_server::chat::commands::{CreateRoom, Join, RegisterUser, SendMessage};
use chat_server::chat::{
    Caller, Chat, Credential, Kind, MessageText, Moment, Policy, Recipient, RoomName, Timestamp,
    Username,
};
use chrono::DateTime;
use divan::{AllocProfiler, Bencher};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Messages in an answer, where it is not empty.
const NEW: usize = 50;

fn main() {
    divan::main();
}

/// A room of two users with so many messages, all that it keeps.
struct Room {
    chat: Chat,
    name: RoomName,
    talker: Caller,
    said: u64,
}

impl Room {
    fn of(messages: usize) -> Self {
        let (Ok(name), Ok(ana), Ok(bia)) = (
            RoomName::parse("geral"),
            Username::parse("ana"),
            Username::parse("bia"),
        ) else {
            panic!("names that nobody may have");
        };
        let mut room = Self {
            chat: Chat::new(Policy {
                history: messages,
                memory: usize::MAX,
                ..Policy::default()
            }),
            name,
            talker: guest(ana.clone()),
            said: 0,
        };
        let name = room.name.clone();
        room.chat.apply(at(0), CreateRoom::new(name.clone()));
        for user in [ana, bia] {
            let caller = guest(user.clone());
            let register = RegisterUser::guest(user);
            room.chat.apply(at(0), register);
            let room_name = name.clone();
            room.chat.apply(
                at(0),
                Join {
                    caller,
                    room: room_name,
                },
            );
        }
        for _ in 0..messages {
            room.say(room.next());
        }
        room
    }

    fn next(&self) -> SendMessage {
        let text = "Bom dia! Alguém já leu o capítulo da aula de hoje?";
        let Ok(text) = MessageText::parse(text) else {
            panic!("a text that nobody may send");
        };
        SendMessage {
            caller: self.talker.clone(),
            room: self.name.clone(),
            text,
            recipient: Recipient::Empty,
            once: None,
        }
    }

    /// A second after the message before.
    fn say(&mut self, message: SendMessage) {
        self.said += 1;
        black_box(self.chat.apply(at(self.said), message));
    }

    /// When the message was sent after which there are so many.
    fn before(&self, newest: usize) -> Timestamp {
        let messages = self.chat.newest_messages("geral", None, newest + 1);
        match messages.unwrap_or_default().first() {
            Some(message) => message.timestamp,
            None => panic!("a room without messages"),
        }
    }
}

const fn guest(name: Username) -> Caller {
    Caller {
        name,
        kind: Kind::Guest,
    }
}

fn at(seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment {
        elapsed,
        wall: DateTime::UNIX_EPOCH.fixed_offset() + elapsed,
    }
}

/// Into a room that is full, so that the oldest message goes for each new one.
#[divan::bench(args = [100, 1_000, 10_000, 100_000])]
fn apply_a_send(bencher: Bencher, kept: usize) {
    let mut room = Room::of(kept);
    bencher.bench_local(|| {
        let message = room.next();
        room.say(message);
    });
}

#[divan::bench(args = [100, 1_000, 10_000, 100_000])]
fn find_nothing_new(bencher: Bencher, kept: usize) {
    let room = Room::of(kept);
    let last = room.before(0);
    let at_most = 1_000;
    bencher.bench(|| {
        room.chat
            .messages_after("geral", None, "", black_box(last), at_most)
    });
}

#[divan::bench(args = [100, 1_000, 10_000, 100_000])]
fn find_fifty_messages(bencher: Bencher, kept: usize) {
    let room = Room::of(kept);
    let last = room.before(NEW);
    let at_most = 1_000;
    bencher.bench(|| {
        room.chat
            .messages_after("geral", None, "", black_box(last), at_most)
    });
}

/// Users in each room of a chat with many.
const IN_A_ROOM: usize = 10;

/// A chat with so many users, and the rooms in which they are.
fn crowded(users: usize) -> Chat {
    let mut chat = Chat::new(Policy {
        users,
        ..Policy::default()
    });
    for number in 0..users {
        let room = format!("sala-{}", number / IN_A_ROOM);
        let (Ok(room), Ok(name)) = (
            RoomName::parse(&room),
            Username::parse(&format!("pessoa-{number}")),
        ) else {
            panic!("names that nobody may have");
        };
        let (from, caller) = (None, guest(name.clone()));
        let create = CreateRoom {
            room: room.clone(),
            from,
        };
        chat.apply(at(0), create);
        let register = RegisterUser {
            name,
            credential: Credential::Nothing,
            from,
        };
        chat.apply(at(0), register);
        chat.apply(at(0), Join { caller, room });
    }
    chat
}

/// While this is done, all other calls wait.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn take_a_snapshot(bencher: Bencher, users: usize) {
    let chat = crowded(users);
    bencher.bench(|| black_box(&chat).snapshot());
}
