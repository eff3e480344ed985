//! The chat for one user, at whichever server the binder names.
//!
//! A [`Chat`] remembers who is signed in and in which rooms. It restores that when a server was restarted
//! or replaced (`recovery`), completes calls with a lost answer (`repeating`), and sends each message
//! exactly once as far as the server allows (`sending`). All other calls are in `calls`.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use protocol::binder::Endpoint;
use protocol::refusal::Refusal;
use rpc::{CallError, Observers};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::chat_server::ChatServer;
use super::discovery::{Binders, ServerFinder};
use super::events::{Arrivals, Event};
use super::failure::{DiscoveryError, Failure};
use super::model::Offers;
use super::model::{Dialect, Identity};

/// How long a message is kept while there is no server to take it: enough to start one again. After that
/// the sender gets an error.
pub const KEEP_MESSAGES_FOR: Duration = Duration::from_secs(30);

/// A handle to the chat. Clones are the same user in the same rooms.
#[derive(Clone, Debug)]
pub struct Chat {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) finder: ServerFinder,
    pub(super) state: Mutex<State>,
    /// Held while the user's name or rooms change.
    pub(super) changing: tokio::sync::Mutex<()>,
    /// Held while a message is in flight, to keep the order.
    pub(super) sending: tokio::sync::Mutex<()>,
    notices: mpsc::UnboundedSender<Event>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Connection,
    pub(super) identity: Option<Identity>,
    /// The rooms the user is in; in dialect classic at most one.
    pub(super) rooms: Vec<String>,
    /// Whether [`Event::Lost`] was sent and no other event since.
    pub(super) lost: bool,
    pub(super) restored: Option<Instant>,
    /// How long a message is kept while there is no server to take it.
    pub(super) keep_messages_for: Duration,
    /// The server where a sign-in during recovery may have been carried out. If the name is taken there,
    /// it is our own.
    pub(super) claimed_at: Option<Endpoint>,
    /// Whether the user may be in another room than `rooms` says, because the answer to a join or leave
    /// was lost.
    pub(super) room_uncertain: bool,
    /// When the account was last logged in because the server wanted a login from this address.
    pub(super) logged_in_again: Option<Instant>,
}

/// The current server. The generation changes when another server is found or the user is restored.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) server: ChatServer,
    pub(super) generation: u64,
    /// The generation since which the user has been in this same chat, at whichever of its servers.
    pub(super) chat_generation: u64,
}

/// Why the connection must be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Forgotten(Forgotten),
    /// A call got no answer. The server is asked whether it is there.
    NoAnswer,
    /// The server does not answer in time, cannot write, or is not named by the binder any more. Another server
    /// of the chat is better.
    Unusable,
}

/// What a server no longer knows about the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Forgotten {
    User,
    /// That the account has logged in from this address: the machine has another one than before.
    Login,
    /// That the user is in this room; perhaps also the room and the name.
    Member(String),
}

impl State {
    /// Whether the failed call was made to another server than the current one, or before the last
    /// recovery.
    fn has_changed_since(&self, failure: &Failure) -> bool {
        let Failure::Unanswered { error, .. } = failure else {
            return false;
        };
        let is_of_another = error
            .server()
            .is_some_and(|server| server != self.now.server.endpoint().to_string());
        let is_old = match (error, self.restored) {
            (CallError::TimedOut { after, .. }, Some(restored)) => restored.elapsed() < *after,
            _ => false,
        };
        is_of_another || is_old
    }
}

impl Chat {
    /// Finds the chat server of this dialect that one of the binders knows.
    pub async fn find(
        dialect: Dialect,
        binders: impl Into<Binders>,
        observers: Observers,
    ) -> Result<(Self, Arrivals), DiscoveryError> {
        let finder = ServerFinder::new(dialect, binders, observers);
        match finder.find().await {
            Ok(server) => Ok(Self::with(finder, server)),
            Err(error) => Err(finder.explain(error).await),
        }
    }

    /// A chat with this server, which `finder` finds again if it fails.
    pub fn with(finder: ServerFinder, server: ChatServer) -> (Self, Arrivals) {
        let (notices, arriving) = mpsc::unbounded_channel();
        let shared = Shared {
            finder,
            state: Mutex::new(State {
                now: Connection {
                    server,
                    generation: 0,
                    chat_generation: 0,
                },
                identity: None,
                rooms: Vec::new(),
                lost: false,
                restored: None,
                keep_messages_for: KEEP_MESSAGES_FOR,
                claimed_at: None,
                room_uncertain: false,
                logged_in_again: None,
            }),
            changing: tokio::sync::Mutex::default(),
            sending: tokio::sync::Mutex::default(),
            notices,
        };
        let chat = Self {
            shared: Arc::new(shared),
        };
        (chat, Arrivals::of(arriving))
    }

    pub fn dialect(&self) -> Dialect {
        self.now().server.dialect()
    }

    pub fn server(&self) -> Endpoint {
        self.now().server.endpoint().clone()
    }

    /// What the server offers at the moment beyond the originals.
    pub fn offers(&self) -> Offers {
        self.now().server.offers()
    }

    pub fn user(&self) -> Option<String> {
        Some(self.shared.state.lock().identity.as_ref()?.name.clone())
    }

    /// What the server has forgotten, if its refusal contradicts the state here: it was restarted, or
    /// removed the user for inactivity. `room` is the one that the call was about.
    pub(super) fn forgotten(&self, failure: &Failure, room: Option<&str>) -> Option<Forgotten> {
        match failure.refusal() {
            Some(Refusal::NotRegistered) => self.user().map(|_| Forgotten::User),
            Some(Refusal::LoginFirst) => self.user().map(|_| Forgotten::Login),
            Some(Refusal::NoSuchRoom | Refusal::NotInRoom) => room
                .filter(|room| self.is_in(room))
                .map(|room| Forgotten::Member(room.to_owned())),
            _ => None,
        }
    }

    /// What to restore after a failed call.
    pub(super) fn trouble(&self, failure: &Failure, room: Option<&str>) -> Trouble {
        match self.forgotten(failure, room) {
            Some(forgotten) => Trouble::Forgotten(forgotten),
            None if failure.is_timeout() || failure.cannot_write() => Trouble::Unusable,
            None => Trouble::NoAnswer,
        }
    }

    pub(super) fn now(&self) -> Connection {
        self.shared.state.lock().now.clone()
    }

    /// Whether the user is in this room, according to the state here.
    pub(super) fn is_in(&self, room: &str) -> bool {
        let state = self.shared.state.lock();
        state.identity.is_some() && state.rooms.iter().any(|other| other == room)
    }

    pub(super) fn forget_room(&self, room: &str) {
        self.shared.state.lock().rooms.retain(|other| other != room);
    }

    /// Reports once that the server does not answer, unless the failed call was to a server that has been
    /// replaced since, or the user has left the chat.
    pub fn notify_lost(&self, failure: Failure) {
        {
            let mut state = self.shared.state.lock();
            let is_over = state.identity.is_none() || state.has_changed_since(&failure);
            if is_over || std::mem::replace(&mut state.lost, true) {
                return;
            }
        }
        self.notify(Event::Lost { failure });
    }

    /// Reports that the server answers again, after [`Self::notify_lost`].
    pub fn notify_back(&self) {
        let was_lost = std::mem::take(&mut self.shared.state.lock().lost);
        if was_lost {
            self.notify(Event::Back);
        }
    }

    pub(super) fn notify(&self, event: Event) {
        // The conversation may have ended.
        let _ = self.shared.notices.send(event);
    }
}

#[cfg(test)]
#[path = "tests/chat.rs"]
mod tests;
