//! Calls that are completed even if an answer is lost.
//!
//! A join with a lost answer may have been carried out. If it were given up, the server could have the
//! user in a room that this client does not know of. Joining and leaving twice does the same as once, so
//! they are repeated when the connection breaks. When that does not succeed for a while, or the server
//! does not answer in time, the call fails, and a task goes on until the server's state is what is known
//! here.

use std::time::Duration;

use protocol::classic::texts;
use protocol::refusal::Refusal;
use tokio::time::Instant;
use tracing::{debug, info};

use super::chat::Chat;
use super::chat_server::ChatServer;
use super::failure::Failure;
use super::model::{Dialect, Identity, Room};

/// How long a call is repeated, while the user is waiting.
const REPEATED_FOR: Duration = if cfg!(test) {
    Duration::from_millis(500)
} else {
    Duration::from_secs(5)
};

/// How often it is repeated at least: a server that hashes passwords for many users at once may need longer for
/// a few attempts than the time above.
const REPEATED_AT_LEAST: u32 = 4;

const REPEAT_AFTER: Duration = Duration::from_millis(100);

const RESOLVE_AFTER: Duration = Duration::from_secs(1);

/// Rooms that are looked through for a name. In more than these the search would take too long.
const ROOMS_SEARCHED: usize = 100;

pub(super) struct GivenUp {
    pub(super) failure: Failure,
    pub(super) in_doubt: bool,
}

/// Decides whether a call is made again: when the connection broke before the answer,
/// [`REPEATED_AT_LEAST`] times, and then for [`REPEATED_FOR`].
struct Attempts {
    deadline: Instant,
    lost: u32,
}

impl Attempts {
    fn begin() -> Self {
        Self {
            deadline: Instant::now() + REPEATED_FOR,
            lost: 0,
        }
    }

    /// Waits until it is time to make the call again.
    async fn again_after(&mut self, failure: Failure) -> Result<(), GivenUp> {
        let is_lost = failure.may_have_been_done();
        // A server that was silent for so long would be so again, while the user waits.
        let is_worth_it = is_lost && !failure.is_timeout();
        let is_over = self.lost >= REPEATED_AT_LEAST && Instant::now() >= self.deadline;
        if !is_worth_it || is_over {
            // A refusal is certain, whatever became of the attempts before.
            let in_doubt = is_lost || (self.lost > 0 && failure.refusal().is_none());
            return Err(GivenUp { failure, in_doubt });
        }
        debug!(%failure, "the answer was lost, and the call is repeated");
        self.lost += 1;
        tokio::time::sleep(REPEAT_AFTER).await;
        Ok(())
    }
}

pub(super) async fn join(server: &ChatServer, user: &str, room: &str) -> Result<Room, GivenUp> {
    let mut attempts = Attempts::begin();
    loop {
        match server.join_room(user, room).await {
            Ok(joined) => return Ok(joined),
            Err(failure) => attempts.again_after(failure).await?,
        }
    }
}

pub(super) async fn leave(server: &ChatServer, user: &str, room: &str) -> Result<(), GivenUp> {
    until_gone(|| server.leave_room(user, room)).await
}

pub(super) async fn unregister(server: &ChatServer, user: &str) -> Result<(), GivenUp> {
    until_gone(|| server.unregister(user)).await
}

/// Makes a call after which the server does not have the user any more, in a room or at all.
async fn until_gone<F>(call: impl Fn() -> F) -> Result<(), GivenUp>
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut attempts = Attempts::begin();
    loop {
        match call().await {
            Ok(()) => return Ok(()),
            // By the attempt with the lost answer.
            Err(failure) if attempts.lost > 0 && failure.is_unknown() => return Ok(()),
            Err(failure) => attempts.again_after(failure).await?,
        }
    }
}

/// Takes the name. After a lost answer a name that is taken is most probably the user's own, unless it
/// is seen in a room.
pub(super) async fn sign_in(
    server: &ChatServer,
    identity: &Identity,
) -> Result<Option<String>, GivenUp> {
    let mut attempts = Attempts::begin();
    loop {
        match server.sign_in(identity).await {
            Ok(welcome) => return Ok(welcome),
            Err(failure)
                if attempts.lost > 0
                    && server.dialect() == Dialect::Classic
                    && failure.refusal() == Some(&Refusal::NameTaken)
                    && !is_in_any_room(server, &identity.name).await =>
            {
                info!("the name was taken by the call whose answer was lost");
                return Ok(Some(texts::USER_REGISTERED.to_owned()));
            }
            Err(failure) => attempts.again_after(failure).await?,
        }
    }
}

/// Whether the user is in a room, or may be.
async fn is_in_any_room(server: &ChatServer, user: &str) -> bool {
    let Ok(rooms) = server.rooms().await else {
        return true;
    };
    if rooms.len() > ROOMS_SEARCHED {
        return true;
    }
    for room in rooms {
        match server.users(&room).await {
            Ok(users) if !users.iter().any(|name| name == user) => {}
            // Removed since it was listed.
            Err(failure) if failure.is_unknown() => {}
            _ => return true,
        }
    }
    false
}

enum Resolved {
    Yes,
    NotYet,
}

impl Chat {
    /// The user may be in `room`, contrary to the state here. Retries in the background until it is
    /// certain that they are not.
    pub(super) fn resolve_later(&self, room: &str) {
        self.shared.state.lock().room_uncertain = true;
        let (chat, room) = (self.clone(), room.to_owned());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(RESOLVE_AFTER).await;
                if let Resolved::Yes = chat.resolve(&room).await {
                    return;
                }
            }
        });
    }

    async fn resolve(&self, room: &str) -> Resolved {
        let _turn = self.shared.changing.lock().await;
        let (user, server) = {
            let state = self.shared.state.lock();
            let Some(identity) = state.identity.as_ref().filter(|_| state.room_uncertain) else {
                // The user has left the chat, or is where a later call says.
                return Resolved::Yes;
            };
            (identity.name.clone(), state.now.server.clone())
        };
        if self.is_in(room) {
            return Resolved::Yes;
        }
        let outcome = match server.users(room).await {
            Ok(users) if users.contains(&user) => self.go_back_from(&server, &user, room).await,
            Ok(_) => Ok(()),
            Err(failure) => Err(failure),
        };
        match outcome {
            Err(failure) if failure.has_no_answer() => {
                debug!(?room, %failure, "where the user is cannot be settled yet");
                Resolved::NotYet
            }
            // A refusal says that the user is not there; a server that cannot be left keeps the user
            // until the next join.
            _ => {
                info!(?room, "a join that was given up is settled");
                self.shared.state.lock().room_uncertain = false;
                Resolved::Yes
            }
        }
    }

    /// Moves the user out of the room, back to the room known here.
    async fn go_back_from(
        &self,
        server: &ChatServer,
        user: &str,
        room: &str,
    ) -> Result<(), Failure> {
        let known = self.shared.state.lock().rooms.first().cloned();
        match (server.dialect(), known) {
            // A join leaves the other room at once.
            (Dialect::Classic, Some(known)) => server.join_room(user, &known).await.map(|_| ()),
            _ => server.leave_room(user, room).await,
        }
    }
}
