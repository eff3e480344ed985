//! [`Dedup`] against models of both kinds of server.

mod random;

use super::*;

const ME: &str = "ana";

/// The messages that a join brings.
const HISTORY: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Whole seconds, answers of any length, everybody's private messages in the history of a join.
    Original,
    /// Strictly increasing timestamps, answers of at most `LONGEST_ANSWER`, oldest first.
    Ours,
}

struct Room {
    kind: Kind,
    clock: i64,
    /// Messages sent in the clock's second.
    in_second: u32,
    messages: Vec<Message>,
}

impl Room {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            clock: 1_741_503_901,
            in_second: 0,
            messages: Vec::new(),
        }
    }

    fn pass(&mut self, seconds: u8) {
        if seconds > 0 {
            self.clock += i64::from(seconds);
            self.in_second = 0;
        }
    }

    fn send(&mut self, destination: Option<&str>, content: &str) {
        let second = chrono::DateTime::from_timestamp(self.clock, 0).unwrap();
        let second = second.format(WHOLE_SECONDS).to_string();
        let timestamp = match (self.kind, self.in_second) {
            (Kind::Original, _) | (_, 0) => second,
            (Kind::Ours, earlier) => format!("{second}.{earlier:06}"),
        };
        self.in_second += 1;
        self.messages.push(Message {
            origin: "bia".into(),
            recipient: destination.map(str::to_owned),
            text: content.into(),
            timestamp,
        });
    }

    fn visible(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(|message| message.is_for(ME))
    }

    /// What the history of a join lets the user see.
    fn join(&self) -> Vec<Message> {
        let newest = |messages: &mut dyn Iterator<Item = &Message>| {
            let newest = messages.take(HISTORY).filter(|message| message.is_for(ME));
            let mut newest: Vec<Message> = newest.cloned().collect();
            newest.reverse();
            newest
        };
        match self.kind {
            Kind::Original => newest(&mut self.messages.iter().rev()),
            Kind::Ours => newest(&mut self.visible().rev()),
        }
    }

    fn receive_new_messages(&self, after: &str) -> Vec<Message> {
        let newer = self
            .visible()
            .filter(|message| message.timestamp.as_str() > after)
            .cloned();
        match self.kind {
            Kind::Original => {
                assert!(!after.contains('.'), "an original cannot read {after}");
                newer.collect()
            }
            Kind::Ours => newer.take(LONGEST_ANSWER).collect(),
        }
    }
}

/// Polls as the feed does, and adds what is new to `shown`.
fn poll(seen: &mut Dedup, room: &Room, shown: &mut Vec<Message>) {
    loop {
        let mut news = seen.accept(room.receive_new_messages(&seen.poll_from()));
        shown.append(&mut news.messages);
        if !news.more {
            return;
        }
    }
}

fn contents(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.text.as_str())
        .collect()
}

#[test]
fn what_shares_a_second_with_the_history_is_not_lost() {
    let mut room = Room::new(Kind::Original);
    room.send(None, "antes");
    let mut seen = Dedup::after(room.join());
    room.send(Some(ME), "segredo");
    room.send(None, "antes");
    let mut shown = Vec::new();
    poll(&mut seen, &room, &mut shown);
    poll(&mut seen, &room, &mut shown);
    assert_eq!(contents(&shown), ["segredo", "antes"]);
}

#[test]
fn what_is_sent_into_an_empty_room_in_the_second_of_joining_is_not_lost() {
    for kind in [Kind::Original, Kind::Ours] {
        let mut room = Room::new(kind);
        let mut seen = Dedup::after(room.join());
        room.send(None, "um");
        let mut shown = Vec::new();
        poll(&mut seen, &room, &mut shown);
        room.send(None, "dois");
        poll(&mut seen, &room, &mut shown);
        assert_eq!(contents(&shown), ["um", "dois"], "{kind:?}");
    }
}

#[test]
fn a_second_whose_messages_do_not_fit_into_an_answer_is_passed() {
    let mut room = Room::new(Kind::Ours);
    let mut seen = Dedup::after(room.join());
    let mut shown = Vec::new();
    for number in 0..3 * LONGEST_ANSWER {
        room.send(None, &number.to_string());
    }
    poll(&mut seen, &room, &mut shown);
    room.pass(1);
    // The first of them has a whole second again, and from a second before it on there is more than
    // an answer of what was seen already.
    for content in ["o proximo segundo", "e mais um"] {
        room.send(None, content);
        poll(&mut seen, &room, &mut shown);
    }
    assert_eq!(shown, room.messages);
}

#[test]
fn a_timestamp_of_another_form_is_handed_back_as_it_came() {
    let mut room = Room::new(Kind::Original);
    room.send(None, "oi");
    room.messages[0].timestamp = "amanhã".into();
    assert_eq!(Dedup::after(room.messages).poll_from(), "amanhã");
}

/// Goes on as the feed does after the user had to be brought back.
fn come_back(seen: &mut Dedup, room: &Room, shown: &mut Vec<Message>) {
    seen.reset_unless_in(&room.receive_new_messages(&seen.probe_from()));
    poll(seen, room, shown);
}

#[test]
fn everything_in_another_life_of_the_server_is_new_whatever_its_timestamps_are() {
    for (before, after) in [
        (Kind::Ours, Kind::Ours),
        (Kind::Ours, Kind::Original),
        (Kind::Original, Kind::Ours),
    ] {
        let mut room = Room::new(before);
        for content in ["um", "dois", "tres"] {
            room.send(None, content);
        }
        let mut seen = Dedup::after(room.join());
        // Restarted within the second.
        let mut room = Room::new(after);
        room.send(None, "de volta");
        let mut shown = Vec::new();
        come_back(&mut seen, &room, &mut shown);
        room.send(None, "eu tambem");
        poll(&mut seen, &room, &mut shown);
        assert_eq!(contents(&shown), ["de volta", "eu tambem"]);
    }
}

#[test]
fn in_the_same_life_nothing_is_shown_again() {
    for kind in [Kind::Original, Kind::Ours] {
        let mut room = Room::new(kind);
        for content in ["um", "dois", "dois"] {
            room.send(None, content);
        }
        let mut seen = Dedup::after(room.join());
        room.send(None, "dois");
        let mut shown = Vec::new();
        come_back(&mut seen, &room, &mut shown);
        assert_eq!(contents(&shown), ["dois"], "{kind:?}");
    }
}

#[test]
fn what_came_in_another_way_is_not_new() {
    let mut room = Room::new(Kind::Ours);
    let mut seen = Dedup::after(room.join());
    room.send(None, "um");
    room.send(None, "dois");
    seen.note(&room.messages);
    room.send(None, "tres");
    let mut shown = Vec::new();
    poll(&mut seen, &room, &mut shown);
    assert_eq!(contents(&shown), ["tres"]);
}
