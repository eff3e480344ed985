//! What goes on in the background: recording which users are active, and removing rooms that are not used
//! and users who are silent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tracing::{info, warn};

use crate::chat::commands::{RemoveIdleRooms, Removed};
use crate::chat::{Kind, RoomName};
use crate::clock::TICK;
use crate::replica::Refused;
use crate::service::ChatService;

/// Removes the users who are silent now, logs each, and returns them.
pub async fn remove_silent_users(service: &ChatService) -> Result<Vec<Removed>, Refused> {
    let removed = service.remove_silent_users().await?;
    for Removed { caller, left } in &removed {
        let (user, rooms) = (&caller.name, left.len());
        let lost = lost_by_silence(caller.kind);
        info!(%user, rooms, "silent for too long: {lost}");
    }
    Ok(removed)
}

const fn lost_by_silence(kind: Kind) -> &'static str {
    match kind {
        Kind::Guest => "its name is given up",
        Kind::Account => "its rooms are left",
    }
}

/// Removes the rooms that are idle now, logs each, and returns their names.
pub async fn remove_idle_rooms(service: &ChatService) -> Result<Vec<RoomName>, Refused> {
    let elapsed = service.elapsed();
    // A log of commands that did nothing says nothing.
    if !service.query(|chat| chat.has_idle_rooms(elapsed)) {
        return Ok(Vec::new());
    }
    let removed = service.submit(RemoveIdleRooms).await?;
    for room in &removed {
        // The original server's sentence, as docs/protocol.md promises.
        info!(%room, "Sala '{room}' removida por inatividade.");
    }
    Ok(removed)
}

/// Records activity all the time and tidies up every `every`, until `stopping`.
pub async fn run(service: Arc<ChatService>, every: Duration, mut stopping: watch::Receiver<bool>) {
    let mut sweeps = ticks(every);
    let mut records = ticks(TICK);
    let mut clock = ticks(service.clock_tick());
    let stopped = async move {
        // A closed channel means that the server is gone, which is the same as stopping.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            _ = records.tick() => service.record_activity(),
            _ = clock.tick() => {
                let _ = service.elapsed();
            }
            _ = sweeps.tick() => {
                let swept = async {
                    remove_silent_users(&service).await?;
                    remove_idle_rooms(&service).await
                };
                if let Err(refused) = swept.await {
                    warn!(%refused, "silent users and idle rooms stay for now");
                }
            }
            () = &mut stopped => return,
        }
    }
}

/// Ticks that begin after the first period, and do not catch up on missed ones.
fn ticks(every: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Activity;
    use crate::chat::commands::{CreateRoom, Join, JoinOutcome, RegisterUser, RegisterUserOutcome};
    use crate::chat::{Caller, Chat, Policy, Username};
    use crate::replica::Replica;

    const MINUTE: Duration = Duration::from_secs(60);

    fn room() -> RoomName {
        RoomName::parse("geral").unwrap()
    }

    fn ana() -> Caller {
        Caller {
            name: Username::parse("ana").unwrap(),
            kind: Kind::Guest,
        }
    }

    /// A chat with a room, and a server that tidies it up every minute until the sender is used.
    async fn running() -> (Arc<ChatService>, watch::Sender<bool>) {
        let replica = Replica::in_memory(Chat::new(Policy::default()));
        let service = Arc::new(ChatService::new(replica));
        service.submit(CreateRoom::new(room())).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(run(Arc::clone(&service), MINUTE, stopping));
        (service, stop)
    }

    async fn register(service: &ChatService) -> RegisterUserOutcome {
        let command = RegisterUser::guest(ana().name);
        service.submit(command).await.unwrap()
    }

    async fn join(service: &ChatService) {
        let joined = service.submit(Join {
            caller: ana(),
            room: room(),
        });
        assert!(matches!(joined.await, Ok(JoinOutcome::Joined { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_room_goes_after_five_minutes_and_the_loop_stops_when_asked() {
        let (service, stop) = running().await;
        tokio::time::sleep(5 * MINUTE + Duration::from_secs(1)).await;
        assert!(service.query(Chat::has_rooms), "five minutes are not over");
        tokio::time::sleep(MINUTE).await;
        assert!(!service.query(Chat::has_rooms));
        stop.send(true).unwrap();
        stop.closed().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_join_at_the_last_moment_keeps_the_room() {
        let (service, _stop) = running().await;
        register(&service).await;
        tokio::time::sleep(5 * MINUTE + Duration::from_secs(1)).await;
        join(&service).await;
        tokio::time::sleep(60 * MINUTE).await;
        assert!(service.query(Chat::has_rooms), "a user is in it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_who_stops_polling_loses_its_name() {
        let (service, _stop) = running().await;
        register(&service).await;
        join(&service).await;
        let members = || service.query(|chat| chat.users("geral").map(|users| users.len()));
        for _ in 0..60 {
            service.note_activity("ana", Kind::Guest, Activity::Poll, None);
            tokio::time::sleep(MINUTE).await;
        }
        assert_eq!(members(), Some(1));
        tokio::time::sleep(16 * MINUTE).await;
        assert_eq!(members(), Some(0));
        assert_eq!(service.query(|chat| chat.holder("ana")), None);
    }

    #[test]
    fn a_silent_guest_loses_its_name_and_an_account_its_rooms() {
        assert_eq!(lost_by_silence(Kind::Guest), "its name is given up");
        assert_eq!(lost_by_silence(Kind::Account), "its rooms are left");
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_taken_over_after_a_minute_of_silence() {
        let (service, _stop) = running().await;
        register(&service).await;
        tokio::time::sleep(MINUTE - Duration::from_secs(1)).await;
        assert_eq!(register(&service).await, RegisterUserOutcome::NameTaken);
        service.note_activity("ana", Kind::Guest, Activity::Call, None);
        tokio::time::sleep(MINUTE - Duration::from_secs(1)).await;
        assert_eq!(register(&service).await, RegisterUserOutcome::NameTaken);
        tokio::time::sleep(MINUTE).await;
        let taken = register(&service).await;
        assert!(matches!(
            taken,
            RegisterUserOutcome::Registered {
                taken_from: Some(_),
                ..
            }
        ));
    }
}
