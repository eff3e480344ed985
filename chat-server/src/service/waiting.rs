//! Waiting for messages: a call that is answered when there are some.

use std::time::Duration;

use rpc::Connection;
use tokio::time::Instant;

use super::ChatService;
use super::waits::WaitRefusal;
use crate::activity::Activity;
use crate::chat::{Caller, Chat, Cursor, Page, PersonId, RoomName};

impl ChatService {
    /// The messages of a room after `cursor` (or from now on) that the caller may see: at once when
    /// there are any, else as soon as one arrives; none after `timeout`, when the caller leaves the
    /// room, when its client hangs up, when it waits too often at the same time, or when the server stops.
    /// A waiting user is active all the time, even where users are removed sooner than a wait may last.
    pub async fn wait_for_messages(
        &self,
        caller: &Caller,
        room: &RoomName,
        cursor: Option<Cursor>,
        timeout: Duration,
        at_most: usize,
        connection: Option<&Connection>,
    ) -> Result<Page, WaitRefusal> {
        let deadline = Instant::now() + timeout;
        let person = self
            .query(|chat| chat.person(caller))
            .ok_or(WaitRefusal::NotRegistered)?;
        // Subscribed before the first look, so that nothing slips through between the two.
        let mut subscription = self.replica.wakeups().subscribe(room, person);
        let mut stopping = self.stopping.subscribe();
        // Twice within the shortest timeout, and no more often than timers can tell apart.
        let shortest = self.query(|chat| chat.policy().timeouts.shortest());
        let heartbeat = (shortest / 2).max(Duration::from_millis(1));
        let mut page = self.query(|chat| {
            let latest = chat
                .latest_cursor(room.as_str())
                .ok_or(WaitRefusal::NoSuchRoom)?;
            let from = cursor.unwrap_or(latest);
            look(chat, caller, person, room, from, at_most).ok_or(WaitRefusal::NotInRoom)
        })?;
        if !page.messages.is_empty() {
            return Ok(page);
        }
        let mut place = self.waits.enter(person);
        let hung_up = async {
            match connection {
                Some(connection) => connection.hung_up().await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(hung_up);
        while page.messages.is_empty() && !*stopping.borrow() {
            let pause_ends = deadline.min(Instant::now() + heartbeat);
            tokio::select! {
                () = subscription.changed() => {}
                () = place.taken() => break,
                () = &mut hung_up => break,
                () = tokio::time::sleep_until(pause_ends), if pause_ends < deadline => {
                    self.note_activity(caller.name.as_str(), caller.kind, Activity::Poll, connection);
                    continue;
                }
                () = tokio::time::sleep_until(deadline) => break,
                _ = stopping.changed() => break,
            }
            let from = page.cursor;
            match self.query(|chat| look(chat, caller, person, room, from, at_most)) {
                Some(newer) => page = newer,
                // It has left, or the name has another holder by now: there is nothing to wait for.
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
    use std::collections::VecDeque;
    use std::sync::Arc;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::chat::commands::{
        CreateRoom, Join, Leave, RegisterUser, RegisterUserOutcome, SendMessage,
        SendMessageOutcome, UnregisterUser,
    };
    use crate::chat::{Kind, MessageText, Policy, Recipient, Timeouts, Username};
    use crate::replica::Replica;
    use crate::service::waits::WAITS_OF_ONE_USER;

    const TIMEOUT: Duration = Duration::from_secs(30);

    fn guest(name: &str) -> Caller {
        Caller {
            name: Username::parse(name).unwrap(),
            kind: Kind::Guest,
        }
    }

    fn room() -> RoomName {
        RoomName::parse("geral").unwrap()
    }

    async fn register(service: &ChatService, name: &str) -> RegisterUserOutcome {
        let command = RegisterUser::guest(Username::parse(name).unwrap());
        service.submit(command).await.unwrap()
    }

    /// A chat with three guests in one room.
    async fn service(timeouts: Timeouts) -> Arc<ChatService> {
        let policy = Policy {
            timeouts,
            ..Policy::default()
        };
        let replica = Replica::in_memory(Chat::new(policy));
        let service = Arc::new(ChatService::new(replica));
        let ticking = Arc::downgrade(&service);
        tokio::spawn(async move {
            while let Some(service) = ticking.upgrade() {
                let _ = service.elapsed();
                service.record_activity();
                drop(service);
                tokio::time::sleep(crate::clock::TICK).await;
            }
        });
        service.submit(CreateRoom::new(room())).await.unwrap();
        for name in ["ana", "bia", "caio"] {
            register(&service, name).await;
            join(&service, name).await;
        }
        service
    }

    async fn join(service: &ChatService, name: &str) {
        let (caller, room) = (guest(name), room());
        service.submit(Join { caller, room }).await.unwrap();
    }

    async fn send(service: &ChatService, from: &str, recipient: Recipient) {
        let outcome = service.submit(SendMessage {
            caller: guest(from),
            room: room(),
            text: MessageText::parse("oi").unwrap(),
            recipient,
            once: None,
        });
        let outcome = outcome.await.unwrap();
        assert!(
            matches!(outcome, SendMessageOutcome::Sent(_)),
            "{outcome:?}"
        );
    }

    async fn wait(service: &ChatService, name: &str, cursor: Option<Cursor>) -> Page {
        service
            .wait_for_messages(&guest(name), &room(), cursor, TIMEOUT, 1_000, None)
            .await
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_ends_the_wait_of_those_who_may_see_it_and_of_no_others() {
        let service = service(Timeouts::default()).await;
        let (mut bia, mut caio) = (
            Box::pin(wait(&service, "bia", None)),
            Box::pin(wait(&service, "caio", None)),
        );
        assert!(bia.as_mut().now_or_never().is_none());
        assert!(caio.as_mut().now_or_never().is_none());
        send(&service, "ana", Recipient::Named("bia".into())).await;
        let page = bia.as_mut().now_or_never().expect("it is for bia");
        assert_eq!(page.messages.len(), 1);
        assert!(caio.as_mut().now_or_never().is_none());
        send(&service, "ana", Recipient::Absent).await;
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
    async fn without_a_message_the_wait_ends_with_its_timeout() {
        let service = service(Timeouts::default()).await;
        let began = Instant::now();
        assert!(wait(&service, "bia", None).await.messages.is_empty());
        assert_eq!(began.elapsed(), TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_user_is_active_even_where_timeouts_are_short() {
        let timeouts = Timeouts {
            polling: Duration::from_secs(20),
            takeover: Duration::from_secs(10),
            ..Timeouts::default()
        };
        let service = service(timeouts).await;
        for name in ["caio", "bia"] {
            service.note_activity(name, Kind::Guest, Activity::Poll, None);
        }
        let mut waiting = Box::pin(wait(&service, "bia", None));
        let passed = tokio::time::timeout(Duration::from_secs(29), &mut waiting).await;
        assert!(passed.is_err(), "nothing ended the wait");
        let again = register(&service, "bia").await;
        assert_eq!(again, RegisterUserOutcome::NameTaken);
        let removed = service.remove_silent_users().await.unwrap();
        let removed: Vec<_> = removed.iter().map(|removed| &removed.caller).collect();
        assert_eq!(removed, [&guest("caio")], "he polled, and does not wait");
    }

    #[tokio::test(start_paused = true)]
    async fn leaving_losing_the_name_and_stopping_end_the_wait() {
        let service = service(Timeouts::default()).await;
        for ending in ["leaving", "unregistering", "stopping"] {
            register(&service, "bia").await;
            join(&service, "bia").await;
            let mut waiting = Box::pin(wait(&service, "bia", None));
            assert!(waiting.as_mut().now_or_never().is_none());
            let (caller, room) = (guest("bia"), room());
            match ending {
                "leaving" => drop(service.submit(Leave { caller, room }).await.unwrap()),
                "unregistering" => drop(service.submit(UnregisterUser { caller }).await.unwrap()),
                _ => service.stop_waiting(),
            }
            let page = waiting.as_mut().now_or_never().expect("the wait is over");
            assert!(page.messages.is_empty(), "{ending}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_wait_of_a_user_gives_way_and_those_of_others_do_not() {
        let service = service(Timeouts::default()).await;
        let mut other = Box::pin(wait(&service, "caio", None));
        assert!(other.as_mut().now_or_never().is_none());
        let mut waiting = VecDeque::new();
        for _ in 0..WAITS_OF_ONE_USER {
            waiting.push_back(Box::pin(wait(&service, "bia", None)));
            let newest = waiting.back_mut().unwrap();
            assert!(newest.as_mut().now_or_never().is_none());
        }
        for _ in 0..3 {
            waiting.push_back(Box::pin(wait(&service, "bia", None)));
            for one in waiting.iter_mut().skip(1).rev() {
                assert!(one.as_mut().now_or_never().is_none());
            }
            let oldest = waiting.pop_front().unwrap().now_or_never();
            assert!(oldest.expect("it gave way").messages.is_empty());
        }
        assert!(other.as_mut().now_or_never().is_none());
        assert_eq!(service.waits.users(), 2);
        drop((waiting, other));
        assert_eq!(service.waits.users(), 0);
    }

    #[tokio::test]
    async fn a_user_outside_of_the_room_cannot_wait_there() {
        let service = service(Timeouts::default()).await;
        let refusal = async |name: &str, room: &str| {
            let room = RoomName::parse(room).unwrap();
            service
                .wait_for_messages(&guest(name), &room, None, TIMEOUT, 1_000, None)
                .now_or_never()
                .expect("refused at once")
                .unwrap_err()
        };
        register(&service, "davi").await;
        assert_eq!(refusal("davi", "geral").await, WaitRefusal::NotInRoom);
        assert_eq!(refusal("davi", "nada").await, WaitRefusal::NoSuchRoom);
        assert_eq!(refusal("eva", "geral").await, WaitRefusal::NotRegistered);
    }
}
