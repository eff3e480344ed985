//! Waiting for messages: a call that is answered when there are some.

use std::time::Duration;

use tokio::time::Instant;

use super::ChatService;
use crate::chat::{Caller, Chat, Cursor, Page, PersonId, RoomName};
use crate::presence::Sign;

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

impl ChatService {
    /// The messages of a room after `cursor` (or from now on) that the caller may see: at once when
    /// there are any, else as soon as one arrives; none after `patience`, when the caller leaves the
    /// room, or when the server stops. Whoever waits is present all the time, also where users are
    /// given up sooner than a wait may last.
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
            let pause_ends = deadline.min(Instant::now() + self.sign_of_waiting_every);
            tokio::select! {
                () = subscription.arrival() => {}
                () = tokio::time::sleep_until(pause_ends), if pause_ends < deadline => {
                    self.heard_of(caller.name.as_str(), caller.kind, Sign::Poll);
                    continue;
                }
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
    use crate::chat::commands::{CreateRoom, Join, Leave, RegisterUserOutcome, Send, SendOutcome};
    use crate::chat::{Kind, MessageText, Policy, Recipient, Username};
    use crate::presence::Patience;

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
    fn service(patience: Patience) -> Arc<ChatService> {
        let service = Arc::new(ChatService::new(Policy::default(), patience));
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
        let service = service(Patience::default());
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
        let service = service(Patience::default());
        let began = Instant::now();
        assert!(wait(&service, "bia", None).await.messages.is_empty());
        assert_eq!(began.elapsed(), PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_present_also_where_silence_is_not_endured_for_long() {
        let patience = Patience {
            polling: Duration::from_secs(20),
            takeover: Duration::from_secs(10),
            ..Patience::default()
        };
        let service = service(patience);
        service.heard_of("caio", Kind::Guest, Sign::Poll);
        service.heard_of("bia", Kind::Guest, Sign::Poll);
        let mut waiting = Box::pin(wait(&service, "bia", None));
        let passed = tokio::time::timeout(Duration::from_secs(29), &mut waiting).await;
        assert!(passed.is_err(), "nothing ended the wait");
        let again = service.register(&guest("bia"));
        assert_eq!(again, RegisterUserOutcome::NameTaken);
        let gone = service.remove_silent();
        let gone: Vec<_> = gone.iter().map(|gone| &gone.caller).collect();
        assert_eq!(gone, [&guest("caio")], "he polled, and does not wait");
    }

    #[tokio::test(start_paused = true)]
    async fn leaving_losing_the_name_and_stopping_end_the_wait() {
        let service = service(Patience::default());
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
        let service = service(Patience::default());
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
