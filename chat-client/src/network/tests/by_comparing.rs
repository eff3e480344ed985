//! [`Dedup`] against models of both kinds of server.

use proptest::prelude::*;

use super::*;

const ME: &str = "ana";

/// The messages that a join brings.
const HISTORY: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Answers of any length, everybody's private messages in the history of a join.
    Original,
    /// Answers of at most `LONGEST_ANSWER`, the newest messages.
    Ours,
}

/// A room of a server. All messages have the same timestamp, because everything happens within a minute.
struct Room {
    kind: Kind,
    messages: Vec<Message>,
}

impl Room {
    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            messages: Vec::new(),
        }
    }

    fn send(&mut self, recipient: Option<&str>, text: &str) {
        self.messages.push(Message {
            origin: "bia".into(),
            recipient: recipient.map(str::to_owned),
            text: text.into(),
            timestamp: "07:05".into(),
        });
    }

    fn visible(&self) -> Vec<Message> {
        let visible = self.messages.iter().filter(|message| message.is_for(ME));
        visible.cloned().collect()
    }

    fn join(&self) -> Dedup {
        let visible = self.visible();
        let (history, cut) = match self.kind {
            Kind::Original => {
                let newest = newest(&self.messages, HISTORY);
                let for_me = newest.iter().filter(|message| message.is_for(ME));
                (for_me.cloned().collect(), newest.len() >= HISTORY)
            }
            Kind::Ours => {
                let newest = newest(&visible, HISTORY);
                (newest.to_vec(), newest.len() >= HISTORY)
            }
        };
        Dedup::after(history, cut)
    }

    fn receive_messages(&self) -> Vec<Message> {
        let visible = self.visible();
        match self.kind {
            Kind::Original => visible,
            Kind::Ours => newest(&visible, LONGEST_ANSWER).to_vec(),
        }
    }
}

fn newest(messages: &[Message], at_most: usize) -> &[Message] {
    &messages[messages.len().saturating_sub(at_most)..]
}

#[derive(Clone, Debug)]
struct Sends {
    recipient: Option<&'static str>,
    text: &'static str,
    times: usize,
}

fn sends(times: impl Strategy<Value = usize>) -> impl Strategy<Value = Sends> {
    let recipient = prop_oneof![3 => Just(None), 1 => Just(Some(ME)), 1 => Just(Some("rui"))];
    let text = prop_oneof![Just("oi"), Just("ok")];
    (recipient, text, times).prop_map(|(recipient, text, times)| Sends {
        recipient,
        text,
        times,
    })
}

/// What is sent between two polls, or before the join. Fewer than fill an answer of our server: what no
/// longer fits into it cannot be received.
fn bursts() -> impl Strategy<Value = Vec<Vec<Sends>>> {
    let burst = prop_oneof![
        6 => prop::collection::vec(sends(1..4_usize), 0..5),
        1 => prop::collection::vec(sends(200..230_usize), 1..4),
    ];
    prop::collection::vec(burst, 1..10)
}

proptest! {
    #[test]
    fn each_message_is_shown_exactly_once_and_in_order(
        kind in prop_oneof![Just(Kind::Original), Just(Kind::Ours)],
        before in prop::collection::vec(sends(1..4_usize), 0..8),
        bursts in bursts(),
    ) {
        let mut room = Room::new(kind);
        for Sends { recipient, text, times } in before {
            for _ in 0..times {
                room.send(recipient, text);
            }
        }
        let mut seen = room.join();
        let old = room.visible().len();
        let mut shown = Vec::new();
        for burst in bursts {
            for Sends { recipient, text, times } in burst {
                // Alike as they are, a window that slides needs something to tell them apart.
                for _ in 0..times {
                    let text = format!("{text} {}", room.messages.len() / 3);
                    room.send(recipient, &text);
                }
            }
            shown.extend(seen.accept(room.receive_messages()));
        }
        let expected: Vec<Message> = room.visible().split_off(old);
        prop_assert_eq!(shown, expected);
    }
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.text.as_str())
        .collect()
}

#[test]
fn after_a_history_that_was_cut_only_what_follows_it_is_new() {
    for kind in [Kind::Original, Kind::Ours] {
        let mut room = Room::new(kind);
        for number in 0..3 * HISTORY {
            room.send(None, &number.to_string());
        }
        let mut seen = room.join();
        assert!(seen.accept(room.receive_messages()).is_empty(), "{kind:?}");
        let mut seen = room.join();
        room.send(None, "novo");
        assert_eq!(texts(&seen.accept(room.receive_messages())), ["novo"]);
    }
}

#[test]
fn after_a_history_of_what_is_private_between_others_nothing_old_is_shown() {
    let mut room = Room::new(Kind::Original);
    room.send(None, "antigo");
    for _ in 0..HISTORY {
        room.send(Some("rui"), "segredo");
    }
    let mut seen = room.join();
    assert!(seen.accept(room.receive_messages()).is_empty());
    room.send(None, "novo");
    assert_eq!(texts(&seen.accept(room.receive_messages())), ["novo"]);
}

#[test]
fn everything_in_another_life_of_the_server_is_new_although_it_begins_alike() {
    let mut room = Room::new(Kind::Original);
    room.send(None, "oi");
    room.send(None, "oi");
    let mut seen = room.join();
    let mut room = Room::new(Kind::Original);
    room.send(None, "oi");
    let answer = room.receive_messages();
    seen.reset_unless_in(&answer);
    assert_eq!(texts(&seen.accept(answer)), ["oi"]);
}

#[test]
fn in_the_same_life_nothing_is_shown_again() {
    for before in [3, 3 * HISTORY] {
        let mut room = Room::new(Kind::Ours);
        for number in 0..before {
            room.send(None, &number.to_string());
        }
        let mut seen = room.join();
        room.send(None, "novo");
        let answer = room.receive_messages();
        seen.reset_unless_in(&answer);
        assert_eq!(texts(&seen.accept(answer)), ["novo"]);
    }
}

#[test]
fn what_came_in_another_way_is_not_new() {
    let mut room = Room::new(Kind::Ours);
    let mut seen = room.join();
    for number in 0..LONGEST_ANSWER + 5 {
        room.send(None, &number.to_string());
        seen.note(newest(&room.messages, 1));
    }
    room.send(None, "novo");
    assert_eq!(texts(&seen.accept(room.receive_messages())), ["novo"]);
}
