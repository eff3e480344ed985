//! The calls that tasks make, and what each of them reports.

use std::time::Duration;

use protocol::refusal::Refusal;
use tokio::time::Instant;

use super::work::Done;
use crate::network::{Chat, Failure, Identity, Receiving};

/// How long it is tried to find out which user a private message is for: as long as [`Chat::send`] keeps
/// a message while there is no server.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// How soon it is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(500);

pub(super) async fn look_up_account(chat: Chat, user: String) -> Done {
    let account = chat.account(&user).await;
    Done::AccountLookedUp { user, account }
}

pub(super) async fn sign_in(chat: Chat, identity: Identity) -> Done {
    let user = identity.name.clone();
    let outcome = match chat.sign_in(identity).await {
        // That the rooms cannot be listed is said when somebody wants to see them.
        Ok(_) => Ok(chat.rooms().await.unwrap_or_default()),
        Err(failure) => Err(failure),
    };
    Done::SignedIn { user, outcome }
}

pub(super) async fn create(chat: Chat, room: String) -> Done {
    let outcome = chat.create_room(&room).await;
    Done::Created { room, outcome }
}

pub(super) async fn enter(chat: Chat, room: String, create: bool) -> Done {
    if create
        && let Err(failure) = chat.create_room(&room).await
        // Somebody was there first, which is just as well.
        && failure.refusal() != Some(&Refusal::RoomExists)
    {
        let outcome = Err(failure);
        return Done::Entered { room, outcome };
    }
    let outcome = chat.join_room(&room, Receiving::AtOnce).await;
    Done::Entered { room, outcome }
}

pub(super) async fn leave(chat: Chat, room: String) -> Done {
    let outcome = chat.leave_room(&room).await;
    Done::Left { room, outcome }
}

pub(super) async fn send(chat: Chat, room: String, text: String, to: Option<String>) -> Done {
    let outcome = chat.send(&room, &text, to.as_deref()).await;
    Done::Said { text, outcome }
}

/// Looks which users a private message can be for. While there is no server, the message is kept as long
/// as any other.
pub(super) async fn find_recipients(chat: Chat, room: String) -> Done {
    let deadline = Instant::now() + KEPT_FOR;
    loop {
        let outcome = chat.users(&room).await;
        match &outcome {
            Err(Failure::Unanswered { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(TRY_AGAIN).await;
            }
            _ => return Done::FoundRecipients { room, outcome },
        }
    }
}

pub(super) async fn need_room(chat: Chat, is_message: bool) -> Done {
    let outcome = chat.rooms().await;
    Done::NeededRoom {
        is_message,
        outcome,
    }
}

pub(super) async fn list(chat: Chat) -> Done {
    Done::Listed(chat.rooms().await)
}

pub(super) async fn users(chat: Chat, room: String) -> Done {
    let outcome = chat.users(&room).await;
    Done::Users { room, outcome }
}

pub(super) async fn history(chat: Chat, room: String, count: usize) -> Done {
    let outcome = chat.messages(&room).await;
    Done::History {
        room,
        count,
        outcome,
    }
}

pub(super) async fn look_around(chat: Chat, room: String) -> Done {
    let outcome = chat.users(&room).await;
    Done::LookedAround { room, outcome }
}

pub(super) async fn known_rooms(chat: Chat) -> Done {
    Done::KnownRooms(chat.rooms().await)
}
