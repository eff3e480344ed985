//! What is to be done: one thing after the other, each by a task of its own.
//!
//! Messages have a line of their own, since one may be kept for half a minute while there is no
//! server, and `list` is not to wait for that.

use protocol::refusal::Refusal;

use super::Conversation;
use crate::language::Text;
use crate::network::{Chat, Failure, Identity, Joined, Message, Receiving};

/// Something to do. What concerns a room concerns the one that the user is in by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Take the name.
    SignIn(Identity),
    /// Create a room.
    Create(String),
    /// Enter a room.
    Enter {
        /// The room.
        room: String,
        /// Whether to create it if need be.
        create: bool,
    },
    /// Leave the room.
    Leave,
    /// Send a message.
    Say {
        /// What it says.
        text: String,
        /// The one user it is for.
        to: Option<String>,
    },
    /// List the rooms.
    List,
    /// List the users of the room.
    Users,
    /// Show the room's last messages.
    History {
        /// How many.
        count: usize,
    },
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) room: String,
    pub(super) text: String,
    pub(super) to: Option<String>,
}

/// What became of something.
#[derive(Debug)]
pub(super) enum Done {
    SignedIn {
        user: String,
        /// The rooms that there are.
        outcome: Result<Vec<String>, Failure>,
    },
    Created {
        room: String,
        outcome: Result<(), Failure>,
    },
    Entered {
        room: String,
        outcome: Result<Joined, Failure>,
    },
    Left {
        room: String,
        outcome: Result<(), Failure>,
    },
    Said {
        message: Outgoing,
        outcome: Result<(), Failure>,
    },
    Listed(Result<Vec<String>, Failure>),
    Users {
        room: String,
        outcome: Result<Vec<String>, Failure>,
    },
    History {
        room: String,
        count: usize,
        outcome: Result<Vec<Message>, Failure>,
    },
    /// Who is there, looked up without being asked to.
    LookedAround {
        room: String,
        outcome: Result<Vec<String>, Failure>,
    },
    /// The rooms, for Tab.
    KnownRooms(Result<Vec<String>, Failure>),
}

impl Task {
    /// Whether it changes where messages go.
    const fn moves(&self) -> bool {
        matches!(self, Self::SignIn(_) | Self::Enter { .. } | Self::Leave)
    }
}

impl Conversation {
    /// Does it when everything before it is done. A message is on its way at once, unless the room it
    /// goes to is just being changed.
    pub(super) fn set_about(&mut self, task: Task) {
        self.queue.push_back(task);
        self.start_next();
    }

    /// Whether the user may be in another room by the time that the next task is begun.
    pub(super) fn is_moving(&self) -> bool {
        self.queue.iter().any(Task::moves)
    }

    /// Sends it as soon as those before it have arrived.
    pub(super) fn send(&mut self, message: Outgoing) {
        self.outgoing.push_back(message);
        self.send_next();
    }

    /// The first of the messages has arrived, or never will.
    pub(super) fn message_is_done(&mut self) {
        self.outgoing.pop_front();
        self.is_sending = false;
        self.send_next();
    }

    /// The task that was begun is done.
    pub(super) fn task_is_done(&mut self) {
        let moved = self.queue.pop_front().is_some_and(|task| task.moves());
        self.is_busy = false;
        self.start_next();
        if moved && !self.is_moving() {
            self.ask();
        }
    }

    fn send_next(&mut self) {
        if let Some(message) = self.outgoing.front().filter(|_| !self.is_sending) {
            self.is_sending = true;
            self.work.spawn(send(self.chat.clone(), message.clone()));
        }
    }

    fn start_next(&mut self) {
        while !self.is_busy
            && let Some(task) = self.queue.front().cloned()
        {
            self.is_busy = self.start(task);
            if !self.is_busy {
                self.queue.pop_front();
            }
        }
    }

    /// Begins it. Whether it goes on.
    fn start(&mut self, task: Task) -> bool {
        let (chat, room) = (
            self.chat.clone(),
            self.room.as_ref().map(|room| room.name.clone()),
        );
        match (task, room) {
            (Task::SignIn(identity), _) => {
                self.work.spawn(sign_in(chat, identity));
            }
            (Task::Create(room), _) => {
                self.work.spawn(create(chat, room));
            }
            (Task::Enter { room, create }, _) => {
                self.work.spawn(enter(chat, room, create));
            }
            (Task::List, _) => {
                self.work.spawn(list(chat));
            }
            (Task::Leave, Some(room)) => {
                self.work.spawn(leave(chat, room));
            }
            (Task::Users, Some(room)) => {
                self.work.spawn(users(chat, room));
            }
            (Task::History { count }, Some(room)) => {
                self.work.spawn(history(chat, room, count));
            }
            (Task::Say { text, to }, Some(room)) => {
                let message = Outgoing { room, text, to };
                let own = self.say(message);
                self.show(&own);
                return false;
            }
            (Task::Say { .. }, None) => {
                self.trouble(&Text::NowhereToSayIt);
                return false;
            }
            (Task::Leave | Task::Users | Task::History { .. }, None) => {
                self.trouble(&Text::NotInARoom);
                return false;
            }
        }
        true
    }

    /// Sends a message, and gives what to show of it.
    pub(super) fn say(&mut self, message: Outgoing) -> String {
        let own = self.rendering.own(&message.text, message.to.as_deref());
        // A private message does not come back to its sender, unless it is a note to oneself.
        let user = self.rendering.user();
        if message.to.as_deref().is_none_or(|to| to == user) {
            self.own_messages.expect(&message.text);
        }
        self.send(message);
        own
    }

    /// Looks who is in the room.
    pub(super) fn look_around(&mut self) {
        if let Some(room) = self.room.as_ref().filter(|_| !self.is_looking_around) {
            self.is_looking_around = true;
            self.work
                .spawn(look_around(self.chat.clone(), room.name.clone()));
        }
    }

    /// Looks which rooms there are, for Tab.
    pub(super) fn look_for_rooms(&mut self) {
        self.work.spawn(known_rooms(self.chat.clone()));
    }
}

async fn sign_in(chat: Chat, identity: Identity) -> Done {
    let user = identity.name.clone();
    let outcome = match chat.sign_in(identity).await {
        // That the rooms cannot be listed is said when somebody wants to see them.
        Ok(_) => Ok(chat.rooms().await.unwrap_or_default()),
        Err(failure) => Err(failure),
    };
    Done::SignedIn { user, outcome }
}

async fn create(chat: Chat, room: String) -> Done {
    let outcome = chat.create_room(&room).await;
    Done::Created { room, outcome }
}

async fn enter(chat: Chat, room: String, create: bool) -> Done {
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

async fn leave(chat: Chat, room: String) -> Done {
    let outcome = chat.leave_room(&room).await;
    Done::Left { room, outcome }
}

async fn send(chat: Chat, message: Outgoing) -> Done {
    let to = message.to.as_deref();
    let outcome = chat.send(&message.room, &message.text, to).await;
    Done::Said { message, outcome }
}

async fn list(chat: Chat) -> Done {
    Done::Listed(chat.rooms().await)
}

async fn users(chat: Chat, room: String) -> Done {
    let outcome = chat.users(&room).await;
    Done::Users { room, outcome }
}

async fn history(chat: Chat, room: String, count: usize) -> Done {
    let outcome = chat.messages(&room).await;
    Done::History {
        room,
        count,
        outcome,
    }
}

async fn look_around(chat: Chat, room: String) -> Done {
    let outcome = chat.users(&room).await;
    Done::LookedAround { room, outcome }
}

async fn known_rooms(chat: Chat) -> Done {
    Done::KnownRooms(chat.rooms().await)
}
