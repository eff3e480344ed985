//! Removing rooms that nobody is in and nobody uses, in the background.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tracing::info;

use crate::chat::RoomName;
use crate::chat::commands::RemoveIdleRooms;
use crate::service::ChatService;

/// Removes the rooms that are idle now, logs each, and gives their names.
pub fn remove_now(service: &ChatService) -> Vec<RoomName> {
    let removed = service.apply(RemoveIdleRooms);
    for room in &removed {
        info!(%room, "Sala '{room}' removida por inatividade.");
    }
    removed
}

/// Removes idle rooms every `every`, beginning after the first such time, until `stopping`.
pub async fn remove_regularly(
    service: Arc<ChatService>,
    every: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                remove_now(&service);
            }
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Policy;
    use crate::chat::commands::CreateRoom;

    #[tokio::test(start_paused = true)]
    async fn rooms_go_after_their_time_and_the_loop_stops_when_told() {
        let service = Arc::new(ChatService::new(Policy::default()));
        let room = RoomName::parse("geral").unwrap();
        service.apply(CreateRoom { room });
        let (stop, stopping) = watch::channel(false);
        let minute = Duration::from_secs(60);
        let task = tokio::spawn(remove_regularly(Arc::clone(&service), minute, stopping));

        tokio::time::sleep(Duration::from_secs(5 * 60 + 1)).await;
        assert!(
            service.query(crate::chat::Chat::has_rooms),
            "five minutes are not over at the fifth look"
        );
        tokio::time::sleep(minute).await;
        assert!(!service.query(crate::chat::Chat::has_rooms));

        stop.send(true).unwrap();
        task.await.unwrap();
    }
}
