//! What is tidied up in the background: rooms that nobody uses, users who are silent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::info;

use crate::chat::RoomName;
use crate::chat::commands::RemoveIdleRooms;
use crate::service::{ChatService, Gone};

/// Takes out the users who are silent now, logs each, and gives them.
pub fn remove_silent_users(service: &ChatService) -> Vec<Gone> {
    let gone = service.remove_silent();
    for Gone { caller, left } in &gone {
        let rooms = left.len();
        info!(user = %caller.name, rooms, "not heard of any more: its rooms are left");
    }
    gone
}

/// Removes the rooms that are idle now, logs each, and gives their names.
pub fn remove_idle_rooms(service: &ChatService) -> Vec<RoomName> {
    let removed = service.apply(RemoveIdleRooms);
    for room in &removed {
        info!(%room, "Sala '{room}' removida por inatividade.");
    }
    removed
}

/// Tidies up every `every`, beginning after the first such time, until `stopping`.
pub async fn run(service: Arc<ChatService>, every: Duration, mut stopping: watch::Receiver<bool>) {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                remove_silent_users(&service);
                remove_idle_rooms(&service);
            }
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::commands::{CreateRoom, Join, JoinOutcome, RegisterUserOutcome};
    use crate::chat::{Caller, Chat, Kind, Policy, Username};
    use crate::presence::{Patience, Sign};

    const MINUTE: Duration = Duration::from_secs(60);

    fn room() -> RoomName {
        RoomName::parse("geral").unwrap()
    }

    fn service() -> Arc<ChatService> {
        let service = Arc::new(ChatService::new(Policy::default(), Patience::default()));
        service.apply(CreateRoom { room: room() });
        service
    }

    fn ana(kind: Kind) -> Caller {
        Caller {
            name: Username::parse("ana").unwrap(),
            kind,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_room_goes_after_five_minutes_and_the_loop_stops_when_told() {
        let service = service();
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(run(Arc::clone(&service), MINUTE, stopping));

        tokio::time::sleep(5 * MINUTE + Duration::from_secs(1)).await;
        assert!(service.query(Chat::has_rooms), "five minutes are not over");
        tokio::time::sleep(MINUTE).await;
        assert!(!service.query(Chat::has_rooms));

        stop.send(true).unwrap();
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_join_at_the_last_moment_keeps_the_room() {
        let service = service();
        service.register(&ana(Kind::Guest));
        tokio::time::advance(5 * MINUTE + Duration::from_millis(1)).await;
        let joined = service.apply(Join {
            caller: ana(Kind::Guest),
            room: room(),
        });
        assert!(matches!(joined, JoinOutcome::Joined { .. }));
        assert!(remove_idle_rooms(&service).is_empty());
        tokio::time::advance(60 * MINUTE).await;
        assert!(remove_idle_rooms(&service).is_empty(), "somebody is in it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_guest_loses_its_name_and_a_silent_account_only_its_rooms() {
        for kind in [Kind::Guest, Kind::Account] {
            let service = service();
            service.register(&ana(kind));
            service.apply(Join {
                caller: ana(kind),
                room: room(),
            });
            service.heard_of("ana", kind, Sign::Poll);
            tokio::time::advance(14 * MINUTE).await;
            assert!(remove_silent_users(&service).is_empty());
            tokio::time::advance(MINUTE).await;
            assert_eq!(remove_silent_users(&service)[0].left, [room()]);
            let holder = service.query(|chat| chat.holder("ana"));
            assert_eq!(holder, (kind == Kind::Account).then_some(kind));
            assert_eq!(service.query(|chat| chat.users("geral").unwrap().len()), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_taken_over_after_a_minute_of_silence() {
        let service = service();
        let first = service.register(&ana(Kind::Guest));
        tokio::time::advance(MINUTE - Duration::from_secs(1)).await;
        assert_eq!(
            service.register(&ana(Kind::Guest)),
            RegisterUserOutcome::NameTaken
        );
        service.heard_of("ana", Kind::Guest, Sign::Call);
        tokio::time::advance(MINUTE).await;
        let second = service.register(&ana(Kind::Guest));
        assert!(matches!(second, RegisterUserOutcome::Registered(_)));
        assert_ne!(first, second, "the new holder is somebody else");
        // An account's name stays its own, however long it is silent.
        let service = self::service();
        service.register(&ana(Kind::Account));
        tokio::time::advance(600 * MINUTE).await;
        assert_eq!(
            service.register(&ana(Kind::Guest)),
            RegisterUserOutcome::NameTaken
        );
    }
}
