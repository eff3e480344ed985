//! Keeping, dropping and reading the messages of a room.

use std::cell::Cell;

use super::*;
use crate::chat::message::{Recipient, Rendered};
use crate::chat::names::Username;
use crate::chat::text::MessageText;

const ANA: PersonId = PersonId(1);
const BIA: PersonId = PersonId(2);

fn message(sequence: u64, to: Option<PersonId>) -> Arc<Message> {
    let timestamp = format!("2025-03-09 07:05:01.{sequence:06}");
    Arc::new(Message {
        sequence,
        timestamp: Timestamp::parse(&timestamp).unwrap(),
        origin: Username::parse("caio").unwrap(),
        recipient: Recipient::Absent,
        from: None,
        to,
        text: MessageText::parse("oi").unwrap(),
        rendered: Rendered::default(),
    })
}

/// Messages numbered from 1, to these readers.
fn history(bound: usize, readers: &[Option<PersonId>]) -> History {
    let mut history = History::default();
    for (sequence, to) in (1..).zip(readers) {
        history.push(message(sequence, *to));
        while history.len() > bound {
            history.drop_message(history.oldest().unwrap()).unwrap();
        }
    }
    history
}

fn sequences(messages: &[Arc<Message>]) -> Vec<u64> {
    messages.iter().map(|message| message.sequence).collect()
}

#[test]
fn a_reader_sees_broadcasts_and_its_own_in_one_order() {
    let history = history(9, &[Some(ANA), None, Some(BIA), Some(ANA), None, Some(BIA)]);
    let newest = |reader, at_most| sequences(&history.newest(reader, at_most));
    assert_eq!(newest(None, 9), [2, 5]);
    assert_eq!(newest(Some(ANA), 9), [1, 2, 4, 5]);
    assert_eq!(newest(Some(BIA), 3), [3, 5, 6]);
    assert_eq!(newest(Some(PersonId(3)), 9), [2, 5]);
    assert_eq!(newest(Some(ANA), 0), [0; 0]);
    let since =
        |reader, sequence, at_most| sequences(&history.after_sequence(reader, sequence, at_most));
    assert_eq!(since(Some(ANA), 0, 2), [1, 2]);
    assert_eq!(since(Some(ANA), 2, 2), [4, 5]);
    assert_eq!(since(Some(BIA), 6, 2), [0; 0]);
}

#[test]
fn after_a_timestamp_means_strictly_after() {
    let history = history(9, &[None, Some(ANA), None]);
    let after = |text: &str| {
        let last = Timestamp::parse(text).unwrap();
        sequences(&history.after_timestamp(Some(ANA), "ana", last, 9))
    };
    assert_eq!(after("2025-03-09 07:05:01.000001"), [2, 3]);
    assert_eq!(after("2025-03-09 07:05:01"), [1, 2, 3]);
    assert_eq!(after("2025-03-09 07:05:01.000003"), [0; 0]);
}

#[test]
fn the_oldest_go_first_whatever_their_recipients() {
    let kept = history(2, &[Some(ANA), None, Some(BIA), None]);
    assert_eq!(kept.len(), 2);
    assert_eq!(sequences(&kept.newest(Some(BIA), 9)), [3, 4]);
    assert_eq!(sequences(&kept.newest(Some(ANA), 9)), [4]);
    assert!(!kept.private.contains_key(&ANA), "an empty queue is gone");
    assert_eq!(
        kept.approximate_bytes(),
        2 * message(1, None).approximate_bytes()
    );
    assert_eq!(history(0, &[None, Some(ANA)]), History::default());
}

#[test]
fn what_a_person_leaves_behind_makes_room_for_others() {
    let mut history = history(3, &[Some(ANA), None, Some(ANA)]);
    assert_eq!(history.private_to(ANA), [1, 3]);
    for sequence in history.private_to(ANA) {
        history.drop_message(sequence).unwrap();
    }
    assert_eq!(history.len(), 1);
    history.push(message(4, None));
    assert_eq!(sequences(&history.newest(Some(ANA), 9)), [2, 4]);
    assert_eq!(
        history.approximate_bytes(),
        2 * message(1, None).approximate_bytes()
    );
    history.drop_message(2).unwrap();
    assert_eq!(sequences(&history.newest(Some(ANA), 9)), [4]);
}

#[test]
fn long_texts_make_an_answer_of_fewer_messages_and_the_rest_follows() {
    let text = MessageText::parse(&"x".repeat(16 << 10)).unwrap();
    let mut history = History::default();
    for sequence in 1..=600 {
        let mut long = message(sequence, None);
        Arc::get_mut(&mut long).unwrap().text = text.clone();
        history.push(long);
    }
    // 512 times 16 KiB are 8 MiB.
    let newest = sequences(&history.newest(None, 1_000));
    assert_eq!(newest, (89..=600).collect::<Vec<_>>());
    let since = |sequence| sequences(&history.after_sequence(None, sequence, 1_000));
    assert_eq!(since(0), (1..=512).collect::<Vec<_>>());
    assert_eq!(since(512), (513..=600).collect::<Vec<_>>());
}

/// A message of `sender`, numbered and dated by its sequence.
fn said_by(sender: &str, sequence: u64, to: Option<PersonId>) -> Arc<Message> {
    let mut said = message(sequence, to);
    Arc::get_mut(&mut said).unwrap().origin = Username::parse(sender).unwrap();
    said
}

#[test]
fn where_not_all_fits_the_readers_own_are_left_out_first() {
    let mut history = History::default();
    for sequence in 1..=9 {
        let sender = if sequence % 4 == 0 { "bia" } else { "ana" };
        history.push(said_by(sender, sequence, None));
    }
    history.push(said_by("ana", 10, Some(ANA)));
    history.push(said_by("bia", 11, Some(ANA)));
    let start = Timestamp::parse("2025-03-09 07:05:01").unwrap();
    let after = |own, at_most| sequences(&history.after_timestamp(Some(ANA), own, start, at_most));
    assert_eq!(after("ana", 11), (1..=11).collect::<Vec<_>>());
    assert_eq!(after("ana", 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    assert_eq!(after("ana", 4), [1, 4, 8, 11]);
    assert_eq!(after("ana", 2), [4, 8]);
    assert_eq!(after("bia", 8), [1, 2, 3, 5, 6, 7, 9, 10]);
    assert_eq!(after("caio", 4), [1, 2, 3, 4]);
    assert_eq!(after("caio", 0), [0; 0]);
}

#[test]
fn long_texts_of_ones_own_do_not_hide_those_of_others() {
    let text = MessageText::parse(&"x".repeat(16 << 10)).unwrap();
    let mut history = History::default();
    for sequence in 1..=600 {
        let mut long = said_by("ana", sequence, None);
        Arc::get_mut(&mut long).unwrap().text = text.clone();
        history.push(long);
    }
    history.push(said_by("bia", 601, None));
    history.push(said_by("bia", 602, Some(ANA)));
    let start = Timestamp::parse("2025-03-09 07:05:01").unwrap();
    let answer = sequences(&history.after_timestamp(Some(ANA), "ana", start, 1_000));
    let expected: Vec<_> = (1..=512).chain([601, 602]).collect();
    assert_eq!(answer, expected);
}

#[test]
fn merging_takes_no_more_than_it_returns() {
    let queue: Vec<_> = (0..1_000).map(|sequence| message(sequence, None)).collect();
    let taken = Cell::new(0);
    let count = |_: &&Arc<Message>| taken.set(taken.get() + 1);
    let (even, odd) = (queue.iter().step_by(2), queue.iter().skip(1).step_by(2));
    let merged = merge(even.inspect(count), odd.inspect(count), is_older);
    let merged = Budget::new(10).take_from(merged);
    assert_eq!(sequences(&merged), (0..10).collect::<Vec<_>>());
    assert_eq!(taken.get(), 11);
}

#[test]
fn any_message_is_dropped_and_says_what_is_left_of_its_sender() {
    let mut history = History::default();
    for (sequence, sender) in [(1, "ana"), (2, "bia"), (3, "ana"), (4, "bia"), (5, "ana")] {
        let is_first = history.push(said_by(sender, sequence, (sequence == 4).then_some(ANA)));
        assert_eq!(is_first, sequence < 3);
    }
    let mut next = |sequence| {
        history
            .drop_message(sequence)
            .map(|dropped| dropped.next_of_sender)
    };
    assert_eq!(next(3), Some(Some(1)));
    assert_eq!(next(3), None, "it is gone");
    assert_eq!(next(1), Some(Some(5)));
    assert_eq!(next(2), Some(Some(4)));
    let emptied = history.drop_message(4).unwrap().emptied_inbox;
    assert_eq!(emptied, Some(ANA));
    assert_eq!(sequences(&history.newest(Some(ANA), 9)), [5]);
    assert_eq!(history.senders().count(), 1);
}
