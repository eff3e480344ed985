//! The original's client loses nothing.
//!
//! It begins with the whole second that its clock shows, when it starts or when it joins a room, keeps what is strictly later as a string, and
//! moves on by the messages of others only. What it does not keep it never sees.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use proptest::prelude::*;
use proptest::sample::select;

use crate::chat::commands::{CreateRoom, SendMessage, SendMessageOutcome, UnregisterUser};
use crate::chat::fixtures::{guest, join, noon, register, room};
use crate::chat::{Chat, Kind, MessageText, Moment, Policy, Recipient, Timestamp};

const NAMES: [&str; 3] = ["ana", "bia", "eva"];
const ROOMS: [&str; 2] = ["geral", "rust"];

/// How many messages an answer has: so few that a client soon has more of its own.
const AT_MOST: usize = 3;

#[derive(Clone, Debug)]
enum Event {
    /// A client starts, under a name that is free again. It may be one that begins again with each
    /// room.
    Start(&'static str, bool),
    Join(&'static str, &'static str),
    /// Sends so many messages, to one user or to the room.
    Send(&'static str, Option<&'static str>, u8),
    Poll(&'static str),
}

/// The state of one original client.
struct Client {
    name: &'static str,
    room: Option<&'static str>,
    begins_with_each_room: bool,
    last: String,
    shown: Vec<String>,
    /// What was sent to it since it is in the room, by others.
    expected: Vec<String>,
}

impl Client {
    fn start(name: &'static str, begins_with_each_room: bool, clock: NaiveDateTime) -> Client {
        Client {
            name,
            room: None,
            begins_with_each_room,
            last: second(clock),
            shown: Vec::new(),
            expected: Vec::new(),
        }
    }

    /// Whether the answer had anything to show.
    fn poll(&mut self, chat: &Chat) -> bool {
        let Some(room) = self.room else {
            return false;
        };
        let person = chat.person_named(self.name, Kind::Guest);
        let last = Timestamp::parse(&self.last).unwrap();
        let answer = chat.messages_after(room, person, self.name, last, AT_MOST);
        let answer = answer.unwrap();
        assert!(answer.len() <= AT_MOST);
        let before = self.shown.len();
        for message in answer {
            let timestamp = message.timestamp.to_string();
            if timestamp > self.last && message.origin.as_str() != self.name {
                self.last = timestamp;
                self.shown.push(message.text.as_str().to_owned());
            }
        }
        self.shown.len() > before
    }

    fn poll_until_nothing_comes(&mut self, chat: &Chat) {
        while self.poll(chat) {}
    }
}

fn second(clock: NaiveDateTime) -> String {
    clock.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn event() -> impl Strategy<Value = Event> {
    let name = || select(&NAMES[..]);
    let recipient = prop::option::weighted(0.3, name());
    prop_oneof![
        1 => (name(), any::<bool>()).prop_map(|(name, again)| Event::Start(name, again)),
        2 => (name(), select(&ROOMS[..])).prop_map(|(name, room)| Event::Join(name, room)),
        6 => (name(), recipient, 1..6_u8).prop_map(|(name, to, count)| Event::Send(name, to, count)),
        3 => name().prop_map(Event::Poll),
    ]
}

/// Events, with the milliseconds by which the clock on the wall moves before each.
fn events() -> impl Strategy<Value = Vec<(i32, Event)>> {
    let moved = prop_oneof![4 => Just(0), 3 => 0..700, 1 => 0..5_000, 1 => -4_000..0];
    prop::collection::vec((moved, event()), 1..60)
}

fn apply(chat: &mut Chat, clients: &mut BTreeMap<&str, Client>, at: Moment, event: &Event) {
    match *event {
        Event::Start(name, _) => {
            let caller = guest(name);
            chat.apply(at, UnregisterUser { caller });
            chat.apply(at, register(&guest(name)));
        }
        Event::Join(name, room) => {
            chat.apply(at, join(&guest(name), room));
        }
        Event::Send(name, recipient, count) => {
            let Some(sender) = clients.get(name).and_then(|client| client.room) else {
                return;
            };
            for _ in 0..count {
                let text = (chat.last_sequence + 1).to_string();
                let outcome = chat.apply(
                    at,
                    SendMessage {
                        caller: guest(name),
                        room: room(sender),
                        text: MessageText::parse(&text).unwrap(),
                        recipient: Recipient::from(recipient.map(str::to_owned)),
                        once: None,
                    },
                );
                if !matches!(outcome, SendMessageOutcome::Sent(_)) {
                    return;
                }
                let readers = clients.values_mut().filter(|client| {
                    let is_for_it = recipient.is_none_or(|recipient| recipient == client.name);
                    client.room == Some(sender) && client.name != name && is_for_it
                });
                for reader in readers {
                    reader.expected.push(text.clone());
                }
            }
        }
        Event::Poll(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn an_original_client_is_shown_everything_once_and_in_order(events in events()) {
        let mut chat = Chat::new(Policy::default());
        let mut at = Moment { elapsed: std::time::Duration::ZERO, wall: noon() };
        for name in ROOMS {
            chat.apply(at, CreateRoom { room: room(name), from: None });
        }
        let mut clients = BTreeMap::new();
        for (moved, event) in &events {
            at.wall += TimeDelta::milliseconds((*moved).into());
            apply(&mut chat, &mut clients, at, event);
            match *event {
                Event::Start(name, again) => {
                    clients.insert(name, Client::start(name, again, at.local()));
                }
                Event::Join(name, room) => {
                    if let Some(client) = clients.get_mut(name) {
                        // What it did not fetch in the room that it left is its own loss. What was said
                        // before in this one it may fetch now, as far as it is late enough.
                        client.room = Some(room);
                        if client.begins_with_each_room {
                            client.last = second(at.local());
                        }
                        client.shown.clear();
                        let person = chat.person_named(name, Kind::Guest);
                        let before = chat.newest_messages(room, person, usize::MAX).unwrap();
                        client.expected = before
                            .iter()
                            .filter(|message| message.timestamp.to_string() > client.last)
                            .filter(|message| message.origin.as_str() != name)
                            .map(|message| message.text.as_str().to_owned())
                            .collect();
                    }
                }
                Event::Poll(name) => {
                    if let Some(client) = clients.get_mut(name) {
                        client.poll(&chat);
                    }
                }
                Event::Send(..) => {}
            }
        }
        for client in clients.values_mut() {
            client.poll_until_nothing_comes(&chat);
            prop_assert_eq!(&client.shown, &client.expected, "{}", client.name);
        }
    }
}
