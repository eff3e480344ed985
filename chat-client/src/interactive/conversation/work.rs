//! What is to be done: one thing after the other, each by a task of its own.
//!
//! Messages have a line of their own, since one may be kept for half a minute while there is no
//! server, and `list` is not to wait for that.

use super::Conversation;
use super::calls::{
    create, enter, find_recipients, history, known_rooms, leave, list, look_around,
    look_up_account, need_room, send, sign_in, users,
};
use super::room::Room;
use crate::commands::Addressed;
use crate::network::{Account, Failure, Identity, Joined, Message};

/// Something to do. What concerns a room concerns the one that the user is in by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Find out whether there is an account of this name.
    LookUpAccount(String),
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
    Say(Content),
    /// Say that this needs a room, and how to enter one.
    NeedRoom,
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

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A text for everybody.
    Public(String),
    /// A text for one user.
    Private {
        /// The user.
        to: String,
        /// The text.
        text: String,
    },
    /// A private message as it was typed. Which user it is for is looked up before it is sent.
    Addressed(Addressed),
}

impl Content {
    /// What to show of it when it was not sent.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Public(text) | Self::Private { text, .. } => text.clone(),
            Self::Addressed(addressed) => addressed.line(),
        }
    }
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) room: String,
    pub(super) content: Content,
    /// The names in the room when it was typed.
    pub(super) names: Vec<String>,
}

/// What became of something.
#[derive(Debug)]
pub(super) enum Done {
    AccountLookedUp {
        user: String,
        account: Account,
    },
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
        text: String,
        outcome: Result<(), Failure>,
    },
    /// The users of the room, for the first of the messages on their way.
    FoundRecipients {
        room: String,
        outcome: Result<Vec<String>, Failure>,
    },
    /// The rooms there are, for a user who is in none.
    NeededRoom {
        /// Whether a message was to be sent.
        is_message: bool,
        outcome: Result<Vec<String>, Failure>,
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
        matches!(
            self,
            Self::LookUpAccount(_) | Self::SignIn(_) | Self::Enter { .. } | Self::Leave
        )
    }

    /// Whether its outcome may change what is asked next.
    const fn may_ask(&self) -> bool {
        self.moves() || matches!(self, Self::Create(_))
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

    /// Whether a password is being proved.
    pub(super) fn is_proving_password(&self) -> bool {
        self.queue
            .iter()
            .any(|task| matches!(task, Task::SignIn(identity) if identity.password.is_some()))
    }

    /// Whether the next question depends on an outcome that is not there yet.
    pub(super) fn may_be_asked_soon(&self) -> bool {
        self.is_moving() || (self.room.is_none() && self.queue.iter().any(Task::may_ask))
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
        let may_ask = self.queue.pop_front().is_some_and(|task| task.may_ask());
        self.is_busy = false;
        self.start_next();
        if may_ask && !self.is_moving() {
            self.ask();
        } else if may_ask {
            self.screen.release(self.question());
        }
    }

    fn send_next(&mut self) {
        if let Some(message) = self.outgoing.front().filter(|_| !self.is_sending) {
            self.is_sending = true;
            let (chat, Outgoing { room, content, .. }) = (self.chat.clone(), message.clone());
            match content {
                Content::Public(text) => self.work.spawn(send(chat, room, text, None)),
                Content::Private { to, text } => self.work.spawn(send(chat, room, text, Some(to))),
                Content::Addressed(_) => self.work.spawn(find_recipients(chat, room)),
            };
        }
    }

    /// The first of the messages is this one, now that it is known which user it is for.
    pub(super) fn send_first(&mut self, content: Content) {
        if let Some(message) = self.outgoing.front_mut() {
            message.content = content;
        }
        self.is_sending = false;
        self.send_next();
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
            (Task::LookUpAccount(user), _) => {
                self.work.spawn(look_up_account(chat, user));
            }
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
            (Task::Say(content), Some(room)) => {
                if let Some(own) = self.say(room, content) {
                    self.show(&own);
                }
                return false;
            }
            (Task::NeedRoom, Some(_)) => return false,
            (Task::Say(_), None) => {
                self.work.spawn(need_room(chat, true));
            }
            (Task::Leave | Task::Users | Task::History { .. } | Task::NeedRoom, None) => {
                self.work.spawn(need_room(chat, false));
            }
        }
        true
    }

    /// Sends a message, and gives what to show of it, unless it is not known yet which user it is for.
    pub(super) fn say(&mut self, room: String, content: Content) -> Option<String> {
        let own = self.own_line(&content);
        let names = self
            .room
            .as_ref()
            .map(Room::addressable)
            .unwrap_or_default();
        self.send(Outgoing {
            room,
            content,
            names,
        });
        own
    }

    /// What to show of a message that is sent.
    pub(super) fn own_line(&mut self, content: &Content) -> Option<String> {
        let (text, to) = match content {
            Content::Public(text) => (text, None),
            Content::Private { to, text } => (text, Some(to.as_str())),
            Content::Addressed(_) => return None,
        };
        // A private message does not come back to its sender, unless it is a note to oneself.
        if to.is_none_or(|to| to == self.rendering.user()) {
            self.own_messages.expect(text);
        }
        Some(self.rendering.own(text, to))
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
