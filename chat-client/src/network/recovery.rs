//! Recovery: restores the user after the server was silent, was restarted, or has moved.

use std::time::Duration;

use protocol::refusal::Refusal;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::chat::{Chat, Connection, Forgotten, Trouble};
use super::chat_server::ChatServer;
use super::events::{Event, Restored};
use super::failure::{DiscoveryError, Failure, Refused};
use super::model::{Dialect, Identity};

/// How soon the account is logged in again at most. A machine that calls from several addresses in turn is refused
/// after each login, and each costs the server the hash of a password.
const LOG_IN_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What has become of the user since a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// Nothing has changed: the server has the user in all rooms.
    Unneeded,
    /// Something has changed, and the chat knows what the user sent before: the user is at another of its servers,
    /// was logged in again, or was just leaving the room that the call was about.
    Continued,
    /// The chat may not know that: it is another one, or had forgotten the user.
    Anew,
}

#[derive(Debug)]
pub(super) enum RecoverError {
    NoServer(DiscoveryError),
    Failed(Failure),
    /// The name is lost.
    SignedOut,
}

impl RecoverError {
    /// Adds this to the failure of the call that made recovery necessary.
    pub(super) fn add_to(self, failure: &mut Failure) {
        match self {
            Self::NoServer(search) => failure.set_search(search),
            Self::Failed(error) => debug!(%error, "not back yet"),
            Self::SignedOut => *failure = Failure::SignedOut,
        }
    }
}

impl From<Failure> for RecoverError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

struct Wanted {
    identity: Option<Identity>,
    rooms: Vec<String>,
}

#[derive(Default)]
struct Done {
    registered: bool,
    created: Vec<String>,
    joined: Vec<String>,
}

impl Chat {
    /// Ensures that there is a server with the user in all rooms, after a call to the one `before` met with
    /// `trouble`.
    pub(super) async fn restore(
        &self,
        before: &Connection,
        trouble: Trouble,
    ) -> Result<Recovery, RecoverError> {
        let _turn = self.shared.changing.lock().await;
        let now = self.now();
        if now.chat_generation != before.chat_generation {
            return Ok(Recovery::Anew);
        }
        if now.generation != before.generation {
            return Ok(Recovery::Continued);
        }
        if let Trouble::Forgotten(Forgotten::Member(room)) = &trouble
            && !self.is_in(room)
        {
            // The room was just being left: the server knew before its answer arrived.
            return Ok(Recovery::Continued);
        }
        let wanted = self.wanted();
        if trouble == Trouble::Forgotten(Forgotten::Login) {
            return self.log_in_again(before, &wanted).await;
        }
        let was_forgotten = matches!(trouble, Trouble::Forgotten(_));
        let mut other = None;
        if trouble == Trouble::Unusable && before.server.is_shared() {
            other = self.shared.finder.find_other(&before.server).await;
        }
        if other.is_none() && !was_forgotten && is_at(&before.server, &wanted).await {
            return Ok(Recovery::Unneeded);
        }
        let server = match other {
            Some(other) => other,
            None => self.find_server(&before.server).await?,
        };
        let moved = server.endpoint() != before.server.endpoint();
        let is_shared_chat = server.has_chat_of(&before.server);
        let is_other_chat = moved && !is_shared_chat;
        let done = self
            .rejoin(&server, &wanted, was_forgotten, is_other_chat)
            .await?;
        let differs = moved || server.offers() != before.server.offers();
        if !differs && !done.registered && done.joined.is_empty() {
            return Ok(Recovery::Unneeded);
        }
        let restored = Restored {
            server: server.endpoint().to_string(),
            moved,
            registered: done.registered,
            created: done.created,
            joined: done.joined,
        };
        info!(?restored, is_shared_chat, "back at the chat server");
        // A user who was registered again is another person to the chat, and its identifiers are forgotten.
        let generation = before.generation + 1;
        let (recovery, chat_generation) = if is_shared_chat && !done.registered {
            (Recovery::Continued, before.chat_generation)
        } else {
            (Recovery::Anew, generation)
        };
        {
            let mut state = self.shared.state.lock();
            state.now = Connection {
                server,
                generation,
                chat_generation,
            };
            state.lost = false;
            state.restored = Some(Instant::now());
            state.claimed_at = None;
            state.room_uncertain = false;
        }
        if wanted.identity.is_some() {
            self.notify(Event::Restored(restored));
        }
        Ok(recovery)
    }

    /// Logs the account in at the same server, which has forgotten nothing else.
    async fn log_in_again(
        &self,
        before: &Connection,
        wanted: &Wanted,
    ) -> Result<Recovery, RecoverError> {
        let Some(identity) = &wanted.identity else {
            return Ok(Recovery::Unneeded);
        };
        let last = self.shared.state.lock().logged_in_again;
        if last.is_some_and(|last| last.elapsed() < LOG_IN_AGAIN_AFTER) {
            return Ok(Recovery::Unneeded);
        }
        self.sign_in_again(&before.server, wanted, identity, false)
            .await?;
        info!("logged in again: the server had no login from this address");
        let mut state = self.shared.state.lock();
        state.logged_in_again = Some(Instant::now());
        // Calls that were refused at the same time need no login of their own.
        state.now.generation += 1;
        Ok(Recovery::Continued)
    }

    /// Goes on at another server when the binder does not name this one any more: it may be cut off from the
    /// others, and then reading from it shows only that nothing is new.
    pub(super) fn check_named_later(&self, at: &Connection) {
        let (chat, at) = (self.clone(), at.clone());
        tokio::spawn(async move {
            if chat.shared.finder.offers(&at.server).await == Some(false) {
                info!(server = %at.server.endpoint(), "the binder does not name this server any more");
                // What does not succeed now is tried at the next check.
                let _ = chat.restore(&at, Trouble::Unusable).await;
            }
        });
    }

    fn wanted(&self) -> Wanted {
        let state = self.shared.state.lock();
        Wanted {
            identity: state.identity.clone(),
            rooms: state.rooms.clone(),
        }
    }

    /// The server that the binder knows now; the one there was, if that still answers and the binder does
    /// not or has forgotten it: a restart of the binder does not disturb a conversation.
    async fn find_server(&self, before: &ChatServer) -> Result<ChatServer, RecoverError> {
        match self.shared.finder.find().await {
            Ok(server) => Ok(server),
            // A binder that has just been restarted may name a built-in place where there is no server.
            Err(_) if before.rooms().await.is_ok() => Ok(before.clone()),
            Err(error) => Err(RecoverError::NoServer(error)),
        }
    }

    /// Signs in and joins the rooms where the server does not have the user. `was_forgotten` when it has
    /// shown that it does not know the user or the rooms.
    async fn rejoin(
        &self,
        server: &ChatServer,
        wanted: &Wanted,
        was_forgotten: bool,
        is_other_chat: bool,
    ) -> Result<Done, RecoverError> {
        let mut done = Done::default();
        let Some(identity) = &wanted.identity else {
            return Ok(done);
        };
        let mut missing = Vec::new();
        for room in &wanted.rooms {
            if !server_has_user(server, &identity.name, room).await? {
                missing.push(room);
            }
        }
        if missing.is_empty() && !wanted.rooms.is_empty() {
            return Ok(done);
        }
        let mut is_unknown = was_forgotten || is_other_chat || !missing.is_empty();
        if server.dialect() == Dialect::Accounts && !is_other_chat {
            // Another client of the same account may have left the room; the account is known
            // nevertheless.
            for room in &missing {
                is_unknown &= !is_known(server, &identity.name, room).await?;
            }
        }
        done.registered = self
            .sign_in_again(server, wanted, identity, is_unknown)
            .await?;
        for room in missing {
            if server.is_shared() && server_has_user(server, &identity.name, room).await? {
                continue;
            }
            match enter(server, &identity.name, room).await {
                Ok(created) => {
                    done.joined.push(room.clone());
                    done.created.extend(created.then(|| room.clone()));
                }
                Err(Failure::Refused(refused)) => {
                    warn!(?room, %refused, "the room cannot be entered again");
                    self.forget_room(room);
                    self.notify(Event::RoomGone {
                        room: room.clone(),
                        refused,
                    });
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(done)
    }

    /// Takes the name again. Returns whether the server did not know it, which a login does not show.
    async fn sign_in_again(
        &self,
        server: &ChatServer,
        wanted: &Wanted,
        identity: &Identity,
        is_unknown: bool,
    ) -> Result<bool, RecoverError> {
        let (claimed_here, room_uncertain) = {
            let state = self.shared.state.lock();
            let claimed_here = state.claimed_at.as_ref() == Some(server.endpoint());
            (claimed_here, state.room_uncertain)
        };
        let claim = || self.shared.state.lock().claimed_at = Some(server.endpoint().clone());
        match server.sign_in(identity).await {
            Ok(_) => {
                claim();
                Ok(is_unknown || server.dialect() == Dialect::Classic)
            }
            Err(Failure::Refused(refused)) if refused.why == Refusal::NameTaken && claimed_here => {
                Ok(true)
            }
            // There is no sign that the server had forgotten the name, or a lost answer explains why the
            // user is not in the room: the name is our own.
            Err(Failure::Refused(refused))
                if refused.why == Refusal::NameTaken && (!is_unknown || room_uncertain) =>
            {
                Ok(false)
            }
            // It has followed the chat up to this refusal, and the user was there all the time.
            Err(Failure::Refused(refused))
                if refused.why == Refusal::NameTaken
                    && server.is_shared()
                    && !wanted.rooms.is_empty()
                    && is_at(server, wanted).await =>
            {
                Ok(false)
            }
            Err(Failure::Refused(refused)) if is_final(&refused) => {
                warn!(%refused, "the name is gone");
                {
                    let mut state = self.shared.state.lock();
                    state.identity = None;
                    state.rooms.clear();
                    state.lost = false;
                }
                self.notify(Event::NameGone(refused));
                Err(RecoverError::SignedOut)
            }
            Err(failure) => {
                if failure.may_have_been_done() {
                    claim();
                }
                Err(failure.into())
            }
        }
    }
}

/// Whether another attempt can only get the same answer.
const fn is_final(refused: &Refused) -> bool {
    !matches!(
        refused.why,
        Refusal::TooManyUsers
            | Refusal::TooManyFromAddress
            | Refusal::TooManyLogins
            | Refusal::TooManyNewAccounts { .. }
            | Refusal::TooManyAttempts { .. }
            | Refusal::CannotWriteNow
            | Refusal::UnknownWhetherWritten
    )
}

/// Whether the server answers and has the user in all rooms. Without a room nothing shows that, and an
/// answer is enough.
async fn is_at(server: &ChatServer, wanted: &Wanted) -> bool {
    match &wanted.identity {
        Some(identity) if !wanted.rooms.is_empty() => {
            for room in &wanted.rooms {
                if !matches!(
                    server_has_user(server, &identity.name, room).await,
                    Ok(true)
                ) {
                    return false;
                }
            }
            true
        }
        _ => server.rooms().await.is_ok(),
    }
}

async fn server_has_user(server: &ChatServer, user: &str, room: &str) -> Result<bool, Failure> {
    match server.users(room).await {
        Ok(users) => Ok(users.iter().any(|name| name == user)),
        Err(failure) if failure.is_unknown() => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Whether the server knows the account, and the room that it is not in.
async fn is_known(server: &ChatServer, user: &str, room: &str) -> Result<bool, Failure> {
    match server.messages(user, room).await {
        Err(failure) if failure.refusal() == Some(&Refusal::NotInRoom) => Ok(true),
        Err(failure) if failure.is_unknown() => Ok(false),
        Err(failure) if failure.refusal().is_none() => Err(failure),
        _ => Ok(true),
    }
}

/// Joins a room, creating it if needed. Returns whether it was created.
async fn enter(server: &ChatServer, user: &str, room: &str) -> Result<bool, Failure> {
    match server.join_room(user, room).await {
        Err(failure) if failure.refusal() == Some(&Refusal::NoSuchRoom) => {}
        joined => return joined.map(|_| false),
    }
    let created = match server.create_room(room).await {
        Ok(()) => true,
        // Another client that is coming back was first.
        Err(failure) if failure.refusal() == Some(&Refusal::RoomExists) => false,
        Err(failure) => return Err(failure),
    };
    server.join_room(user, room).await?;
    Ok(created)
}

#[cfg(test)]
#[path = "tests/several_servers.rs"]
mod tests;
