//! Random commands over a few names and rooms, so that they meet.

use proptest::prelude::*;
use proptest::sample::select;

use crate::chat::commands::{
    CreateRoom, CreateRoomOutcome, Join, JoinOutcome, Leave, LeaveOutcome, RegisterUser,
    RegisterUserOutcome, RemoveIdleRooms, Send, SendOutcome, UnregisterUser, UnregisterUserOutcome,
};
use crate::chat::fixtures::{room, user};
use crate::chat::{Caller, Chat, Kind, MessageId, MessageText, Moment, Recipient, RoomName};

pub(super) const NAMES: [&str; 4] = ["ana", "bia", "eva", "rui"];
pub(super) const ROOMS: [&str; 3] = ["geral", "rust", "avisos"];

/// Something done, some time after what was done before.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Milliseconds since the step before.
    pub(super) passed: u16,
    /// By how many milliseconds the clock on the wall has moved since, also back.
    pub(super) clock_moved: i32,
    pub(super) action: Action,
}

/// Any command.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Register(RegisterUser),
    Unregister(UnregisterUser),
    Create(CreateRoom),
    Join(Join),
    Leave(Leave),
    Send(Send),
    RemoveIdleRooms,
}

/// What came of any command.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Register(RegisterUserOutcome),
    Unregister(UnregisterUserOutcome),
    Create(CreateRoomOutcome),
    Join(JoinOutcome),
    Leave(LeaveOutcome),
    Send(SendOutcome),
    RemoveIdleRooms(Vec<RoomName>),
}

impl Action {
    pub(super) fn apply(&self, chat: &mut Chat, at: Moment) -> Outcome {
        match self.clone() {
            Action::Register(command) => Outcome::Register(chat.apply(at, command)),
            Action::Unregister(command) => Outcome::Unregister(chat.apply(at, command)),
            Action::Create(command) => Outcome::Create(chat.apply(at, command)),
            Action::Join(command) => Outcome::Join(chat.apply(at, command)),
            Action::Leave(command) => Outcome::Leave(chat.apply(at, command)),
            Action::Send(command) => Outcome::Send(chat.apply(at, command)),
            Action::RemoveIdleRooms => Outcome::RemoveIdleRooms(chat.apply(at, RemoveIdleRooms)),
        }
    }

    /// Who gives the command, if it is one that a user gives.
    pub(super) fn caller(&self) -> Option<&Caller> {
        match self {
            Action::Unregister(UnregisterUser { caller })
            | Action::Join(Join { caller, .. })
            | Action::Leave(Leave { caller, .. })
            | Action::Send(Send { caller, .. }) => Some(caller),
            Action::Register(_) | Action::Create(_) | Action::RemoveIdleRooms => None,
        }
    }
}

/// Everybody that can call.
pub(super) fn callers() -> impl Iterator<Item = Caller> {
    NAMES.into_iter().flat_map(|name| {
        [Kind::Guest, Kind::Account].map(|kind| Caller {
            name: user(name),
            kind,
        })
    })
}

/// Mostly two guests and two accounts, now and then somebody of the other kind.
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

fn send() -> impl Strategy<Value = Send> {
    let once = prop::option::weighted(0.3, 0..4_u8);
    (caller(), any_room(), recipient(), 0..99_u8, once).prop_map(
        |(caller, room, recipient, text, once)| Send {
            caller,
            room,
            recipient,
            text: MessageText::parse(&text.to_string()).unwrap(),
            once: once.map(|id| MessageId::parse(&id.to_string()).unwrap()),
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => caller().prop_map(|Caller { name, kind }| Action::Register(RegisterUser { name, kind })),
        1 => caller().prop_map(|caller| Action::Unregister(UnregisterUser { caller })),
        2 => any_room().prop_map(|room| Action::Create(CreateRoom { room })),
        6 => (caller(), any_room()).prop_map(|(caller, room)| Action::Join(Join { caller, room })),
        1 => (caller(), any_room()).prop_map(|(caller, room)| Action::Leave(Leave { caller, room })),
        12 => send().prop_map(Action::Send),
        1 => Just(Action::RemoveIdleRooms),
    ]
}

/// Clocks that stand, go on, jump ahead and step back.
fn step() -> impl Strategy<Value = Step> {
    let passed = prop_oneof![3 => Just(0), 3 => 0..1_500_u16, 1 => 0..15_000_u16];
    let clock_moved =
        prop_oneof![3 => Just(0), 3 => 0..1_500, 1 => -5_000..5_000, 1 => Just(-3_600_000)];
    (passed, clock_moved, action()).prop_map(|(passed, clock_moved, action)| Step {
        passed,
        clock_moved,
        action,
    })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..80)
}
