//! The one chat, shared between all calls of all dialects, and who is present in it.

mod waiting;

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::arrivals::Arrivals;
use crate::chat::commands::{
    Command, Join, JoinOutcome, Leave, LeaveOutcome, RegisterUser, RegisterUserOutcome, Send,
    SendOutcome, UnregisterUser, UnregisterUserOutcome,
};
use crate::chat::{Caller, Chat, Kind, PersonId, Policy, RoomName, Username};
use crate::clock::Clock;
use crate::presence::{Patience, Presence, Sign};

pub use waiting::WaitRefusal;

/// The chat with its clock, behind a lock.
#[derive(Debug)]
pub struct ChatService {
    clock: Clock,
    /// One lock for the whole chat: a command takes about a microsecond and a query clones a few
    /// pointers, so calls spend their time in reading and writing XML, which happens outside. One
    /// order of commands for everybody is what makes the chat deterministic.
    chat: Mutex<Chat>,
    /// A lock of its own, so that a poll does not hold up the chat for it. Whoever needs both takes
    /// this one first.
    presence: Mutex<Presence>,
    /// How often a user who waits for messages gives a sign of it.
    sign_of_waiting_every: Duration,
    arrivals: Arrivals,
    /// Tells this run of the server from the ones before.
    life: String,
    /// Becomes true when nobody shall wait any longer.
    stopping: watch::Sender<bool>,
}

/// A user who was taken out for its silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Who.
    pub caller: Caller,
    /// The rooms it was in.
    pub left: Vec<RoomName>,
}

impl ChatService {
    /// An empty chat.
    #[must_use]
    pub fn new(policy: Policy, patience: Patience) -> Self {
        Self {
            clock: Clock::start(),
            chat: Mutex::new(Chat::new(policy)),
            // No more often than timers can tell apart.
            sign_of_waiting_every: (patience.of_who_polls() / 2).max(Duration::from_millis(1)),
            presence: Mutex::new(Presence::new(patience)),
            arrivals: Arrivals::default(),
            life: format!("{:x}", chrono::Utc::now().timestamp_micros()),
            stopping: watch::Sender::new(false),
        }
    }

    /// A text that tells this run of the server from the ones before: sequences begin anew in each.
    #[must_use]
    pub fn life(&self) -> &str {
        &self.life
    }

    /// How long the chat runs, in the terms in which it counts idle time.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.clock.now().elapsed
    }

    /// Ends all waiting, now and from now on: the server stops.
    pub fn stop_waiting(&self) {
        self.stopping.send_replace(true);
    }

    /// Carries out a command now. What concerns users who are present or waiting has a method of its
    /// own below, which tells them.
    pub fn apply<C: Command>(&self, command: C) -> C::Outcome {
        let mut chat = self.chat.lock();
        // The clock is read under the lock: moments reach the chat in their order.
        let at = self.clock.now();
        chat.apply(at, command)
    }

    /// Reads the chat.
    pub fn query<T>(&self, query: impl FnOnce(&Chat) -> T) -> T {
        query(&self.chat.lock())
    }

    /// Sends a message and wakes those who wait for it.
    pub fn send(&self, command: Send) -> SendOutcome {
        let room = command.room.clone();
        let outcome = self.apply(command);
        if let SendOutcome::Sent(receipt) = &outcome {
            match receipt.to {
                None => self.arrivals.in_room(&room),
                Some(person) => self.arrivals.for_person(person),
            }
        }
        outcome
    }

    /// Puts a user into a room. Whoever waits under its name looks again: a guest has left the room
    /// before.
    pub fn join(&self, command: Join) -> JoinOutcome {
        let person = self.query(|chat| chat.person(&command.caller));
        let outcome = self.apply(command);
        self.wake(person);
        outcome
    }

    /// Takes a user out of a room, and wakes it if it waits there.
    pub fn leave(&self, command: Leave) -> LeaveOutcome {
        let person = self.query(|chat| chat.person(&command.caller));
        let outcome = self.apply(command);
        self.wake(person);
        outcome
    }

    fn wake(&self, person: Option<PersonId>) {
        if let Some(person) = person {
            self.arrivals.for_person(person);
        }
    }

    /// Whether nobody holds the name, or it may be taken over.
    pub fn is_to_be_had(&self, name: &Username) -> bool {
        let presence = self.presence.lock();
        presence.may_be_taken_over(Instant::now(), name)
            || self.query(|chat| chat.holder(name.as_str()).is_none())
    }

    /// Registers a user. The name of a guest who has been silent is taken over by somebody new: the
    /// former holder's rooms are left and its private messages are gone.
    pub fn register(&self, caller: &Caller) -> RegisterUserOutcome {
        let now = Instant::now();
        let mut presence = self.presence.lock();
        if presence.may_be_taken_over(now, &caller.name) {
            let holder = Caller {
                name: caller.name.clone(),
                kind: Kind::Guest,
            };
            let former = self.query(|chat| chat.person(&holder));
            self.apply(UnregisterUser { caller: holder });
            self.wake(former);
            tracing::info!(user = %caller.name, "the silent holder's name is taken over");
        }
        let outcome = self.apply(RegisterUser {
            name: caller.name.clone(),
            kind: caller.kind,
        });
        if let RegisterUserOutcome::Registered(_) = outcome {
            presence.begin(now, caller.clone());
        }
        outcome
    }

    /// Unregisters a user.
    pub fn unregister(&self, caller: &Caller) -> UnregisterUserOutcome {
        let mut presence = self.presence.lock();
        let person = self.query(|chat| chat.person(caller));
        let outcome = self.apply(UnregisterUser {
            caller: caller.clone(),
        });
        self.wake(person);
        if let UnregisterUserOutcome::Unregistered { .. } = outcome {
            presence.end(&caller.name);
        }
        outcome
    }

    /// A call came under this name: its user, if it is one of this kind, is present.
    pub fn heard_of(&self, name: &str, kind: Kind, sign: Sign) {
        self.presence.lock().heard(Instant::now(), name, kind, sign);
    }

    /// Takes those out who have been silent for too long: a guest is unregistered, an account leaves
    /// its rooms and keeps its name.
    pub fn remove_silent(&self) -> Vec<Gone> {
        let mut presence = self.presence.lock();
        let silent = presence.sweep(Instant::now());
        silent
            .into_iter()
            .map(|caller| {
                let left: Vec<RoomName> =
                    self.query(|chat| chat.rooms_of(&caller).cloned().collect());
                match caller.kind {
                    Kind::Guest => {
                        self.apply(UnregisterUser {
                            caller: caller.clone(),
                        });
                        presence.end(&caller.name);
                    }
                    Kind::Account => {
                        for room in &left {
                            let (caller, room) = (caller.clone(), room.clone());
                            self.apply(Leave { caller, room });
                        }
                    }
                }
                Gone { caller, left }
            })
            .collect()
    }
}
