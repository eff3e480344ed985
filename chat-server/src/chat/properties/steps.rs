//! Random commands over a few names and rooms, so that they meet.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::select;

use super::{lower_policy, policy};
use crate::chat::commands::{
    AnyCommand, CreateRoom, Join, Leave, RecordActivity, RecordLogin, RegisterUser,
    RemoveIdleRooms, RemoveSilentUsers, SendMessage, StartServer, UnregisterUser,
};
use crate::chat::fixtures::{register, room, user};
use crate::chat::rules::RULES;
use crate::chat::{
    Address, Caller, ChatId, Kind, MessageId, MessageText, PersonId, Recipient, RoomName,
};

pub(super) const NAMES: [&str; 4] = ["ana", "bia", "eva", "rui"];
pub(super) const ROOMS: [&str; 3] = ["geral", "rust", "avisos"];

/// A command, some time after the one before.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Milliseconds since the step before.
    pub(super) passed: u16,
    /// By how many milliseconds the wall clock has moved since; it may move back.
    pub(super) clock_moved: i32,
    pub(super) command: AnyCommand,
}

/// The user who gives the command, if it is one that a user gives.
pub(super) fn caller_of(command: &AnyCommand) -> Option<&Caller> {
    match command {
        AnyCommand::UnregisterUser(UnregisterUser { caller })
        | AnyCommand::Join(Join { caller, .. })
        | AnyCommand::Leave(Leave { caller, .. })
        | AnyCommand::SendMessage(SendMessage { caller, .. }) => Some(caller),
        _ => None,
    }
}

/// Every name with either kind.
pub(super) fn callers() -> impl Iterator<Item = Caller> {
    NAMES.into_iter().flat_map(|name| {
        [Kind::Guest, Kind::Account].map(|kind| Caller {
            name: user(name),
            kind,
        })
    })
}

/// Mostly two guests and two accounts, sometimes one of the other kind.
fn caller() -> impl Strategy<Value = Caller> {
    (0..NAMES.len(), prop::bool::weighted(0.1)).prop_map(|(index, is_other)| Caller {
        name: user(NAMES[index]),
        kind: if (index < 2) == is_other {
            Kind::Account
        } else {
            Kind::Guest
        },
    })
}

/// Two addresses, so that they meet.
pub(super) fn addresses() -> [Address; 2] {
    [1, 2].map(|last| Address::from(IpAddr::from([192, 0, 2, last])))
}

/// One of the addresses, or none as in an old log.
fn from() -> impl Strategy<Value = Option<Address>> {
    prop::option::weighted(0.8, select(addresses().to_vec()))
}

fn any_room() -> impl Strategy<Value = RoomName> {
    prop_oneof![4 => Just(ROOMS[0]), 2 => Just(ROOMS[1]), 1 => Just(ROOMS[2])].prop_map(room)
}

fn recipient() -> impl Strategy<Value = Recipient> {
    prop_oneof![
        Just(Recipient::Absent),
        Just(Recipient::Empty),
        select(&NAMES[..]).prop_map(|name| Recipient::Named(name.to_owned())),
    ]
}

fn send() -> impl Strategy<Value = SendMessage> {
    let once = prop::option::weighted(0.3, 0..4_u8);
    (caller(), any_room(), recipient(), 0..99_u8, once).prop_map(
        |(caller, room, recipient, text, once)| SendMessage {
            caller,
            room,
            recipient,
            text: MessageText::parse(&text.to_string()).unwrap(),
            once: once.map(|id| MessageId::parse(&id.to_string()).unwrap()),
        },
    )
}

/// Persons that exist, that existed, and that may come to exist.
fn persons() -> impl Strategy<Value = Vec<PersonId>> {
    prop::collection::vec((1..9_u64).prop_map(PersonId), 0..3)
}

fn activity() -> impl Strategy<Value = RecordActivity> {
    (persons(), persons(), persons()).prop_map(|(polled, called, connected)| RecordActivity {
        polled,
        called,
        connected,
    })
}

fn start() -> impl Strategy<Value = StartServer> {
    ("[a-z]", prop::bool::ANY, 1..=RULES).prop_map(|(id, is_lower, rules)| StartServer {
        rules,
        id: ChatId(id.as_str().into()),
        policy: if is_lower { lower_policy() } else { policy() },
    })
}

fn command() -> impl Strategy<Value = AnyCommand> {
    prop_oneof![
        6 => (caller(), from()).prop_map(|(caller, from)| {
            RegisterUser { from, ..register(&caller) }.into()
        }),
        1 => caller().prop_map(|caller| UnregisterUser { caller }.into()),
        3 => (any_room(), from()).prop_map(|(room, from)| CreateRoom { room, from }.into()),
        6 => (caller(), any_room()).prop_map(|(caller, room)| Join { caller, room }.into()),
        2 => (caller(), any_room()).prop_map(|(caller, room)| Leave { caller, room }.into()),
        12 => send().prop_map(AnyCommand::SendMessage),
        4 => activity().prop_map(AnyCommand::RecordActivity),
        1 => (1..9_u64, select(addresses().to_vec())).prop_map(|(person, from)| {
            let person = PersonId(person);
            RecordLogin { person, from }.into()
        }),
        1 => start().prop_map(AnyCommand::StartServer),
        1 => (1..3_usize).prop_map(|at_most| RemoveSilentUsers { at_most }.into()),
        1 => Just(RemoveIdleRooms.into()),
    ]
}

/// Clocks that stand, go on, jump ahead and step back.
fn step() -> impl Strategy<Value = Step> {
    let passed = prop_oneof![3 => Just(0), 3 => 0..1_500_u16, 1 => 0..15_000_u16];
    let clock_moved =
        prop_oneof![3 => Just(0), 3 => 0..1_500, 1 => -5_000..5_000, 1 => Just(-3_600_000)];
    (passed, clock_moved, command()).prop_map(|(passed, clock_moved, command)| Step {
        passed,
        clock_moved,
        command,
    })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..80)
}
