//! What holds whatever is done to the chat, tried with random commands.

mod original_client;
mod reading;
mod steps;
mod witness;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::fixtures::noon;
use super::{Caller, Chat, Moment, Policy, RoomName, Username};
use steps::{Action, Step, steps};
use witness::Witness;

/// Small enough for every limit to be met: one room and one user fewer than there are names for.
fn policy() -> Policy {
    Policy {
        room_ttl: Duration::from_secs(10),
        history: 5,
        memory: 17 << 10,
        rooms: steps::ROOMS.len() - 1,
        users: steps::NAMES.len() - 1,
    }
}

/// When each step happens: the clock on the wall can be set back, the other one cannot.
fn moments(steps: &[Step]) -> impl Iterator<Item = (Moment, &Action)> {
    let start = Moment {
        elapsed: Duration::ZERO,
        local: noon(),
    };
    steps.iter().scan(start, |at, step| {
        at.elapsed += Duration::from_millis(step.passed.into());
        at.local += TimeDelta::milliseconds(step.clock_moved.into());
        Some((*at, &step.action))
    })
}

/// Everything in the chat that has an order. Comparing two chats does not compare it, since indexmap
/// takes maps and sets of the same contents for equal.
fn orders(chat: &Chat) -> Vec<Vec<&str>> {
    let rooms: Vec<_> = chat.rooms().map(RoomName::as_str).collect();
    let users = |room: &&str| chat.users(room).unwrap().map(Username::as_str).collect();
    let rooms_of = |caller: Caller| chat.rooms_of(&caller).map(RoomName::as_str).collect();
    let users: Vec<Vec<_>> = rooms.iter().map(users).collect();
    [rooms]
        .into_iter()
        .chain(users)
        .chain(steps::callers().map(rooms_of))
        .collect()
}

fn assert_same(one: &Chat, other: &Chat) {
    assert_eq!(one, other);
    assert_eq!(orders(one), orders(other));
}

proptest! {
    #[test]
    fn the_chat_agrees_with_a_witness_after_every_step(steps in steps()) {
        let mut chat = Chat::new(policy());
        let mut witness = Witness::new(policy());
        for (at, action) in moments(&steps) {
            let outcome = action.apply(&mut chat, at);
            witness.observe(at, action, outcome);
            witness.check(&chat);
        }
    }

    #[test]
    fn the_same_commands_give_the_same_outcomes_and_the_same_state(steps in steps()) {
        let (mut one, mut other) = (Chat::new(policy()), Chat::new(policy()));
        for (at, action) in moments(&steps) {
            let outcomes = (action.apply(&mut one, at), action.apply(&mut other, at));
            assert_eq!(outcomes.0, outcomes.1);
        }
        assert_same(&one, &other);
    }

    #[test]
    fn whoever_is_not_registered_by_name_and_kind_changes_nothing(steps in steps()) {
        let (mut one, mut other) = (Chat::new(policy()), Chat::new(policy()));
        for (at, action) in moments(&steps) {
            let is_stranger = action
                .caller()
                .is_some_and(|caller| one.person(caller).is_none());
            action.apply(&mut one, at);
            if !is_stranger {
                action.apply(&mut other, at);
            }
        }
        assert_same(&one, &other);
    }
}

/// Guards the tests above against steps that would hardly ever get anywhere.
#[test]
fn random_steps_reach_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..100 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let mut chat = Chat::new(policy());
        for (at, action) in moments(&steps) {
            let outcome = format!("{:?}", action.apply(&mut chat, at));
            // The command and the outcome, without what it carries.
            let words = outcome.split(|character: char| !character.is_alphanumeric());
            let words: Vec<_> = words.filter(|word| !word.is_empty()).take(2).collect();
            reached.insert(words.join(" "));
        }
    }
    let expected = [
        "Create AlreadyExists",
        "Create Created",
        "Create TooManyRooms",
        "Join Joined",
        "Join NoSuchRoom",
        "Join NotRegistered",
        "Leave Left",
        "Leave NoSuchRoom",
        "Leave NotInRoom",
        "Leave NotRegistered",
        "Register NameTaken",
        "Register Registered",
        "Register TooManyUsers",
        "RemoveIdleRooms",
        "RemoveIdleRooms RoomName",
        "Send AloneInRoom",
        "Send NoSuchRoom",
        "Send NotInRoom",
        "Send NotRegistered",
        "Send RecipientNotInRoom",
        "Send Sent",
        "Unregister NotRegistered",
        "Unregister Unregistered",
    ];
    assert_eq!(Vec::from_iter(&reached), Vec::from_iter(&expected));
}
