//! The calls of a chat, except sending a message.

use protocol::refusal::Refusal;

use super::chat::{Chat, Trouble};
use super::chat_server::ChatServer;
use super::events::Feed;
use super::failure::Failure;
use super::feed;
use super::model::Room;
use super::model::{Dialect, Identity, Message, Receiving};
use super::recovery::Recovery;
use super::repeating::{self, GivenUp};

#[derive(Debug)]
pub struct Joined {
    /// Who is in it, in order of joining.
    pub users: Vec<String>,
    /// Its last messages that the user may see, oldest first.
    pub history: Vec<Message>,
    pub feed: Feed,
}

impl Chat {
    /// Takes the name, or in dialect accounts logs in (which registers an unknown one). Gives what the
    /// server says to it, if it says anything.
    pub async fn sign_in(&self, identity: Identity) -> Result<Option<String>, Failure> {
        let identity = &identity;
        self.call(None, |server| async move {
            self.sign_in_at(&server, identity).await
        })
        .await
    }

    async fn sign_in_at(
        &self,
        server: &ChatServer,
        identity: &Identity,
    ) -> Result<Option<String>, Failure> {
        let _turn = self.shared.changing.lock().await;
        let welcome = repeating::sign_in(server, identity)
            .await
            .map_err(|given_up| given_up.failure)?;
        let mut state = self.shared.state.lock();
        state.identity = Some(identity.clone());
        state.rooms.clear();
        state.room_uncertain = false;
        Ok(welcome)
    }

    /// Leaves the chat: in dialect classic the name is given back, in dialect accounts every room is
    /// left. Without a user nothing happens.
    pub async fn sign_out(&self) -> Result<(), Failure> {
        // First of all, so that recovery does not undo it.
        let (identity, rooms) = {
            let mut state = self.shared.state.lock();
            (state.identity.take(), std::mem::take(&mut state.rooms))
        };
        let Some(Identity { name, .. }) = identity else {
            return Ok(());
        };
        let _turn = self.shared.changing.lock().await;
        let server = self.now().server;
        match server.dialect() {
            Dialect::Classic => repeating::unregister(&server, &name).await,
            Dialect::Accounts => leave_all(&server, &name, &rooms).await,
        }
        .map_err(|given_up| given_up.failure)
    }

    /// Creates a room, without joining it.
    pub async fn create_room(&self, room: &str) -> Result<(), Failure> {
        self.call(None, |server| async move { server.create_room(room).await })
            .await
    }

    /// Joins a room; in dialect classic this leaves the previous one. The feed that it brings begins
    /// after the history.
    pub async fn join_room(&self, room: &str, receiving: Receiving) -> Result<Joined, Failure> {
        let join = |server: ChatServer| async move { self.join_at(&server, room).await };
        let joined = self.call(Some(room), join).await?;
        let feed = feed::start(self.clone(), room.to_owned(), &joined, receiving);
        Ok(Joined {
            users: joined.users,
            history: joined.history,
            feed,
        })
    }

    async fn join_at(&self, server: &ChatServer, room: &str) -> Result<Room, Failure> {
        let _turn = self.shared.changing.lock().await;
        let user = self.user().ok_or(Failure::SignedOut)?;
        let joined = match repeating::join(server, &user, room).await {
            Ok(joined) => joined,
            Err(GivenUp { failure, in_doubt }) => {
                if in_doubt {
                    self.resolve_later(room);
                }
                return Err(failure);
            }
        };
        let mut state = self.shared.state.lock();
        if server.dialect() == Dialect::Classic {
            state.rooms.clear();
        }
        state.rooms.retain(|other| other != room);
        state.rooms.push(room.to_owned());
        state.room_uncertain = false;
        Ok(joined)
    }

    pub async fn leave_room(&self, room: &str) -> Result<(), Failure> {
        let before = self.now();
        match self.leave_room_once(room).await {
            Err(failure) if failure.refusal() == Some(&Refusal::LoginFirst) => {
                let trouble = self.trouble(&failure, Some(room));
                match self.restore(&before, trouble).await {
                    Ok(Recovery::Continued | Recovery::Anew) => self.leave_room_once(room).await,
                    Ok(Recovery::Unneeded) | Err(_) => Err(failure),
                }
            }
            left => left,
        }
    }

    async fn leave_room_once(&self, room: &str) -> Result<(), Failure> {
        let _turn = self.shared.changing.lock().await;
        let user = self.user().ok_or(Failure::SignedOut)?;
        let left = repeating::leave(&self.now().server, &user, room).await;
        match left {
            Ok(()) => {
                self.forget_room(room);
                Ok(())
            }
            Err(GivenUp { failure, in_doubt }) => {
                if in_doubt {
                    // The feed finds out which it was, and joins again if the room was left.
                    self.shared.state.lock().room_uncertain = true;
                }
                // A user who is not there has left.
                if failure.is_unknown() {
                    self.forget_room(room);
                }
                Err(failure)
            }
        }
    }

    pub async fn rooms(&self) -> Result<Vec<String>, Failure> {
        self.call(None, |server| async move { server.rooms().await })
            .await
    }

    /// The newest messages of a room that the user may see, oldest first.
    pub async fn messages(&self, room: &str) -> Result<Vec<Message>, Failure> {
        let user = &self.user().ok_or(Failure::SignedOut)?;
        let read = |server: ChatServer| async move { server.messages(user, room).await };
        self.call(Some(room), read).await
    }

    pub async fn users(&self, room: &str) -> Result<Vec<String>, Failure> {
        self.call(Some(room), |server| async move { server.users(room).await })
            .await
    }

    /// Calls the server. If it is gone, or has forgotten the user, that is repaired, and the call is made
    /// once more if it certainly had no effect before. `room` is the one that the call is about.
    async fn call<T, F>(
        &self,
        room: Option<&str>,
        call: impl Fn(ChatServer) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let before = self.now();
        let mut failure = match call(before.server.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let trouble = self.trouble(&failure, room);
        let is_forgotten = matches!(trouble, Trouble::Forgotten(_));
        let may_go_on_elsewhere =
            before.server.is_shared() && (failure.has_no_answer() || failure.cannot_write());
        if !is_forgotten && !failure.is_unreachable() && !may_go_on_elsewhere {
            return Err(failure);
        }
        let is_unknown =
            failure.outcome_unknown() || failure.refusal() == Some(&Refusal::UnknownWhetherWritten);
        match self.restore(&before, trouble).await {
            Ok(Recovery::Continued | Recovery::Anew) if !is_unknown => {
                return call(self.now().server).await;
            }
            Ok(_) => {}
            Err(error) => error.add_to(&mut failure),
        }
        Err(failure)
    }
}

async fn leave_all(server: &ChatServer, user: &str, rooms: &[String]) -> Result<(), GivenUp> {
    for room in rooms {
        repeating::leave(server, user, room).await?;
    }
    Ok(())
}

/// Rooms may be removed between the listing and the question, but hardly all of them.
const ROOMS_PROBED: usize = 3;

/// In how many rooms a guest of the name is looked for: as many as a class has.
const ROOMS_SEARCHED: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// It exists: logging in proves its password.
    Exists,
    /// It does not exist: logging in creates it.
    New,
    /// It cannot be created: a guest has the name.
    HeldByGuest,
    /// The server does not say.
    Unknown,
}

impl Chat {
    /// Whether there is an account of this name, found out without creating one.
    ///
    /// `login_user` registers an unknown name with whatever password was typed, and that cannot be undone:
    /// no procedure removes an account or changes a password. So a client that asks for a new password
    /// twice has to know before it logs in. `receive_messages` shows it as a side effect: it changes
    /// nothing, and in an existing room it refuses a name without an account. The originals do the same.
    /// Without a room to ask about the result is [`Account::Unknown`], and the password should be asked
    /// for twice as well.
    ///
    /// Another client may register the name before the login. Then the login fails with a wrong password,
    /// unless it is the same one. A server that has forgotten its accounts at a restart, as ours does with
    /// `--data off`, registers the name again at the login.
    pub async fn account(&self, name: &str) -> Account {
        let Ok(rooms) = self.rooms().await else {
            return Account::Unknown;
        };
        let server = self.now().server;
        // The answer has the room's messages in it, and the newest room has the fewest.
        for room in rooms.iter().rev().take(ROOMS_PROBED) {
            let Err(failure) = server.messages(name, room).await else {
                return Account::Exists;
            };
            match failure.refusal() {
                Some(Refusal::NotRegistered) => {
                    return match is_in_a_room(&server, name, &rooms).await {
                        true => Account::HeldByGuest,
                        false => Account::New,
                    };
                }
                // Only of an account is it said from where it logged in.
                Some(Refusal::LoginFirst) => return Account::Exists,
                Some(Refusal::NoSuchRoom) => {}
                _ => return Account::Unknown,
            }
        }
        Account::Unknown
    }
}

/// Whether a user of this name is in one of the newest rooms. Nothing shows a guest who is in none.
async fn is_in_a_room(server: &ChatServer, name: &str, rooms: &[String]) -> bool {
    for room in rooms.iter().rev().take(ROOMS_SEARCHED) {
        let users = server.users(room).await.unwrap_or_default();
        if users.iter().any(|user| user == name) {
            return true;
        }
    }
    false
}
