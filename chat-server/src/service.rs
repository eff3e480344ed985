//! The one chat, shared between all calls of all dialects, and who is present in it.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::arrivals::Arrivals;
use crate::chat::commands::{
    Command, Join, JoinOutcome, Leave, LeaveOutcome, RegisterUser, RegisterUserOutcome, Send,
    SendOutcome, UnregisterUser, UnregisterUserOutcome,
};
use crate::chat::{Caller, Chat, Cursor, Kind, Page, PersonId, Policy, RoomName};
use crate::clock::Clock;
use crate::presence::{Patience, Presence, Sign};

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
    arrivals: Arrivals,
    /// Tells this run of the server from the ones before.
    life: String,
    /// Becomes true when nobody shall wait any longer.
    stopping: watch::Sender<bool>,
}

/// Why nobody can wait for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitRefusal {
    /// There is no such room.
    NoSuchRoom,
    /// Nobody of this name and kind is registered.
    NotRegistered,
    /// The caller is not in the room.
    NotInRoom,
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
        if let SendOutcome::Sent(message) = &outcome {
            match message.to {
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

    /// The messages of a room after `cursor` (or from now on) that the caller may see: at once when
    /// there are any, else as soon as one arrives; none after `patience`, when the caller leaves the
    /// room, or when the server stops.
    ///
    /// # Errors
    /// Why the caller cannot wait there.
    pub async fn wait_for_messages(
        &self,
        caller: &Caller,
        room: &RoomName,
        cursor: Option<Cursor>,
        patience: Duration,
        at_most: usize,
    ) -> Result<Page, WaitRefusal> {
        let deadline = Instant::now() + patience;
        let person = self
            .query(|chat| chat.person(caller))
            .ok_or(WaitRefusal::NotRegistered)?;
        // Subscribed before the first look, so that nothing slips through between the two.
        let mut subscription = self.arrivals.subscribe(room, person);
        let mut stopping = self.stopping.subscribe();
        let mut page = self.query(|chat| {
            let latest = chat
                .latest_cursor(room.as_str())
                .ok_or(WaitRefusal::NoSuchRoom)?;
            let from = cursor.unwrap_or(latest);
            look(chat, caller, person, room, from, at_most).ok_or(WaitRefusal::NotInRoom)
        })?;
        while page.messages.is_empty() && !*stopping.borrow() {
            tokio::select! {
                () = subscription.arrival() => {}
                () = tokio::time::sleep_until(deadline) => break,
                _ = stopping.changed() => break,
            }
            let from = page.cursor;
            match self.query(|chat| look(chat, caller, person, room, from, at_most)) {
                Some(newer) => page = newer,
                // It has left, or is somebody else by now: there is nothing to wait for.
                None => break,
            }
        }
        Ok(page)
    }

    /// Registers a user. A guest whose holder of the name has been silent takes it over, as somebody
    /// new: the former holder's rooms are left and its private messages are gone.
    pub fn register(&self, caller: &Caller) -> RegisterUserOutcome {
        let now = Instant::now();
        let mut presence = self.presence.lock();
        if caller.kind == Kind::Guest && presence.may_be_taken_over(now, &caller.name) {
            let caller = caller.clone();
            let user = caller.name.clone();
            let former = self.query(|chat| chat.person(&caller));
            self.apply(UnregisterUser { caller });
            self.wake(former);
            tracing::info!(%user, "the silent holder's name is taken over");
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

/// What a person who is in a room sees there after a cursor; `None` when it is not there any more.
fn look(
    chat: &Chat,
    caller: &Caller,
    person: PersonId,
    room: &RoomName,
    from: Cursor,
    at_most: usize,
) -> Option<Page> {
    if chat.person(caller) != Some(person) || !chat.is_in_room(caller, room.as_str()) {
        return None;
    }
    chat.messages_since(room.as_str(), Some(person), from, at_most)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::chat::commands::CreateRoom;
    use crate::chat::{MessageText, Recipient, Username};

    const PATIENCE: Duration = Duration::from_secs(30);

    fn guest(name: &str) -> Caller {
        Caller {
            name: Username::parse(name).unwrap(),
            kind: Kind::Guest,
        }
    }

    fn room() -> RoomName {
        RoomName::parse("geral").unwrap()
    }

    /// A chat with three guests in one room.
    fn service() -> Arc<ChatService> {
        let service = Arc::new(ChatService::new(Policy::default(), Patience::default()));
        service.apply(CreateRoom { room: room() });
        for name in ["ana", "bia", "caio"] {
            service.register(&guest(name));
            join(&service, name);
        }
        service
    }

    fn join(service: &ChatService, name: &str) {
        let (caller, room) = (guest(name), room());
        service.join(Join { caller, room });
    }

    fn send(service: &ChatService, from: &str, recipient: Recipient) {
        let outcome = service.send(Send {
            caller: guest(from),
            room: room(),
            text: MessageText::parse("oi").unwrap(),
            recipient,
            once: None,
        });
        assert!(matches!(outcome, SendOutcome::Sent(_)), "{outcome:?}");
    }

    async fn wait(service: &ChatService, name: &str, cursor: Option<Cursor>) -> Page {
        service
            .wait_for_messages(&guest(name), &room(), cursor, PATIENCE, 1_000)
            .await
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_ends_the_wait_of_those_who_may_see_it_and_of_nobody_else() {
        let service = service();
        let (mut bia, mut caio) = (
            Box::pin(wait(&service, "bia", None)),
            Box::pin(wait(&service, "caio", None)),
        );
        assert!(bia.as_mut().now_or_never().is_none());
        assert!(caio.as_mut().now_or_never().is_none());
        send(&service, "ana", Recipient::Named("bia".into()));
        let page = bia.as_mut().now_or_never().expect("it is for bia");
        assert_eq!(page.messages.len(), 1);
        assert!(caio.as_mut().now_or_never().is_none());
        send(&service, "ana", Recipient::Absent);
        assert_eq!(caio.as_mut().now_or_never().unwrap().messages.len(), 1);
        // From where the last answer ended, the broadcast is there at once, and nothing after it.
        let page = wait(&service, "bia", Some(page.cursor))
            .now_or_never()
            .unwrap();
        assert_eq!(page.messages.len(), 1);
        assert!(
            wait(&service, "bia", Some(page.cursor))
                .now_or_never()
                .is_none()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_message_the_wait_ends_with_its_patience() {
        let service = service();
        let began = Instant::now();
        assert!(wait(&service, "bia", None).await.messages.is_empty());
        assert_eq!(began.elapsed(), PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn leaving_losing_the_name_and_stopping_end_the_wait() {
        let service = service();
        let endings: [fn(&ChatService); 3] = [
            |service| {
                let (caller, room) = (guest("bia"), room());
                service.leave(Leave { caller, room });
            },
            |service| {
                service.unregister(&guest("bia"));
            },
            ChatService::stop_waiting,
        ];
        for ending in endings {
            service.register(&guest("bia"));
            join(&service, "bia");
            let mut waiting = Box::pin(wait(&service, "bia", None));
            assert!(waiting.as_mut().now_or_never().is_none());
            ending(&service);
            let page = waiting.as_mut().now_or_never().expect("the wait is over");
            assert!(page.messages.is_empty());
        }
    }

    #[tokio::test]
    async fn who_is_not_in_the_room_cannot_wait_there() {
        let service = service();
        let refusal = async |name: &str, room: &str| {
            let room = RoomName::parse(room).unwrap();
            service
                .wait_for_messages(&guest(name), &room, None, PATIENCE, 1_000)
                .now_or_never()
                .expect("refused at once")
                .unwrap_err()
        };
        service.register(&guest("davi"));
        assert_eq!(refusal("davi", "geral").await, WaitRefusal::NotInRoom);
        assert_eq!(refusal("davi", "nada").await, WaitRefusal::NoSuchRoom);
        assert_eq!(refusal("eva", "geral").await, WaitRefusal::NotRegistered);
    }
}
