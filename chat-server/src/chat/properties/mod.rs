//! What holds whatever is done to the chat, tried with random commands.

mod holder;
mod model;
mod original_client;
mod reading;
mod sharing;
mod steps;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::commands::AnyCommand;
use super::fixtures::noon;
use super::snapshot;
use super::{Chat, Moment, Policy, Timeouts};
use model::Model;
use steps::{Step, caller_of, steps};

/// Small enough for every limit to be met: one room and one user fewer than there are names for.
fn policy() -> Policy {
    Policy {
        room_ttl: Duration::from_secs(10),
        history: 5,
        memory: 17 << 10,
        rooms: steps::ROOMS.len() - 1,
        users: steps::NAMES.len() - 1,
        timeouts: Timeouts {
            polling: Duration::from_secs(16),
            never_polled: Duration::from_secs(24),
            takeover: Duration::from_secs(8),
        },
        per_address: true,
    }
}

/// One that allows less than there may be by then.
fn lower_policy() -> Policy {
    Policy {
        history: 2,
        memory: 7 << 10,
        rooms: 1,
        users: 2,
        ..policy()
    }
}

/// When each step happens: the wall clock can be set back, the other one cannot.
fn moments(steps: &[Step]) -> impl Iterator<Item = (Moment, &AnyCommand)> {
    let start = Moment {
        elapsed: Duration::ZERO,
        wall: noon(),
    };
    steps.iter().scan(start, |at, step| {
        at.elapsed += Duration::from_millis(step.passed.into());
        at.wall += TimeDelta::milliseconds(step.clock_moved.into());
        Some((*at, &step.command))
    })
}

proptest! {
    #[test]
    fn the_chat_agrees_with_a_model_after_every_step(steps in steps()) {
        let mut chat = Chat::new(policy());
        let mut model = Model::new(policy());
        for (at, command) in moments(&steps) {
            let outcome = command.clone().apply(&mut chat, at);
            model.apply(at, command, outcome);
            model.check(&chat);
        }
    }

    #[test]
    fn the_same_commands_give_the_same_outcomes_and_the_same_state(steps in steps()) {
        let (mut one, mut other) = (Chat::new(policy()), Chat::new(policy()));
        for (at, command) in moments(&steps) {
            let outcomes = [&mut one, &mut other].map(|chat| command.clone().apply(chat, at));
            assert_eq!(outcomes[0], outcomes[1]);
        }
        assert_eq!(one, other);
    }

    #[test]
    fn a_log_and_a_snapshot_are_the_chat(steps in steps(), snapshot_after in 0..80_usize) {
        let (mut one, mut other) = (Chat::new(policy()), Chat::new(policy()));
        for (index, (at, command)) in moments(&steps).enumerate() {
            if index == snapshot_after {
                other = snapshot::restored(&one.snapshot());
                assert_eq!(one, other);
            }
            // As it comes back from a log.
            let read = log_and_read(command);
            assert_eq!(&read, command);
            let at_read = Moment::parse(&at.to_string()).unwrap();
            assert_eq!(command.clone().apply(&mut one, at), read.apply(&mut other, at_read));
        }
        assert_eq!(one, other);
    }

    #[test]
    fn a_caller_not_registered_by_name_and_kind_changes_nothing(steps in steps()) {
        let (mut one, mut other) = (Chat::new(policy()), Chat::new(policy()));
        for (at, command) in moments(&steps) {
            let is_stranger = caller_of(command).is_some_and(|caller| one.person(caller).is_none());
            command.clone().apply(&mut one, at);
            if is_stranger {
                // Time goes on all the same.
                other.apply(at, super::commands::RecordActivity::default());
            } else {
                command.clone().apply(&mut other, at);
            }
        }
        assert_eq!(one, other);
    }
}

fn log_and_read(command: &AnyCommand) -> AnyCommand {
    let (kind, fields) = command.encode();
    AnyCommand::decode(kind, &fields).unwrap()
}

/// Guards the tests above against steps that would hardly ever get anywhere.
#[test]
fn random_steps_reach_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..200 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let mut chat = Chat::new(policy());
        for (at, command) in moments(&steps) {
            let outcome = format!("{:?}", command.clone().apply(&mut chat, at));
            // The command and the outcome, without what it carries.
            let words = outcome.split(|character: char| !character.is_alphanumeric());
            let words: Vec<_> = words.filter(|word| !word.is_empty()).take(2).collect();
            reached.insert(words.join(" "));
        }
    }
    let expected = [
        "CreateRoom AlreadyExists",
        "CreateRoom Created",
        "CreateRoom TooManyFromAddress",
        "CreateRoom TooManyRooms",
        "Join Joined",
        "Join NoSuchRoom",
        "Join NotRegistered",
        "Leave Left",
        "Leave NoSuchRoom",
        "Leave NotInRoom",
        "Leave NotRegistered",
        "RecordActivity",
        "RecordLogin",
        "RegisterUser NameTaken",
        "RegisterUser Registered",
        "RegisterUser TooManyFromAddress",
        "RegisterUser TooManyUsers",
        "RemoveIdleRooms",
        "RemoveIdleRooms RoomName",
        "RemoveSilentUsers",
        "RemoveSilentUsers Removed",
        "SendMessage AloneInRoom",
        "SendMessage NoSuchRoom",
        "SendMessage NotInRoom",
        "SendMessage NotRegistered",
        "SendMessage RecipientNotInRoom",
        "SendMessage Sent",
        "StartServer Again",
        "StartServer New",
        "UnregisterUser NotRegistered",
        "UnregisterUser Unregistered",
    ];
    assert_eq!(Vec::from_iter(&reached), Vec::from_iter(&expected));
}
