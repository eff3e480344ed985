//! Tasks: the calls that run in the background, and their results.

use std::time::Duration;

use protocol::refusal::Refusal;
use tokio::time::Instant;

use super::parse::Addressed;
use crate::network::{
    Account, Chat, Failure, Identity, Joined, KEEP_MESSAGES_FOR, Message, Receiving,
};

/// A task. One about a room is about the current room at the time it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    LookUpAccount(String),
    SignIn(Identity),
    Create(String),
    Enter {
        room: String,
        create: bool,
    },
    Leave,
    Say(Content),
    /// Say that this needs a room, and how to enter one.
    NeedRoom,
    List,
    Users,
    History {
        count: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Public(String),
    Private {
        to: String,
        text: String,
    },
    /// A private message as it was typed. Which user it is for is looked up before it is sent.
    Addressed(Addressed),
}

impl Content {
    /// What to show when it was not sent.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Public(text) | Self::Private { text, .. } => text.clone(),
            Self::Addressed(addressed) => addressed.line(),
        }
    }
}

/// A message that was typed and whose sending is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingMessage {
    pub(super) room: String,
    pub(super) content: Content,
    /// The names in the room when it was typed.
    pub(super) names: Vec<String>,
}

type Outcome<T> = Result<T, Failure>;

/// The result of something that was done in the background. The first string is the room, the user or
/// the text that it was about.
#[derive(Debug)]
pub(super) enum Done {
    Task(TaskDone),
    Said(String, Outcome<()>),
    /// The users of the room, for the first of the messages in flight.
    FoundRecipients(String, Outcome<Vec<String>>),
    /// The users of the room, polled.
    UsersChecked(String, Outcome<Vec<String>>),
    /// The rooms, for Tab.
    KnownRooms(Outcome<Vec<String>>),
}

/// The result of a task of the queue.
#[derive(Debug)]
pub(super) enum TaskDone {
    AccountLookedUp(String, Account),
    /// With the rooms that there are.
    SignedIn(String, Outcome<Vec<String>>),
    Created(String, Outcome<()>),
    Entered(String, Outcome<Joined>),
    Left(String, Outcome<()>),
    /// The rooms that there are, for a user who is in none.
    NeededRoom {
        is_message: bool,
        rooms: Outcome<Vec<String>>,
    },
    Listed(Outcome<Vec<String>>),
    Users(String, Outcome<Vec<String>>),
    History {
        room: String,
        count: usize,
        messages: Outcome<Vec<Message>>,
    },
}

/// What the outcome of a task may change.
enum Affects {
    /// The current room, and with it what is asked next.
    RoomAndQuestion,
    /// What is asked next.
    Question,
    Nothing,
}

impl Task {
    /// Makes the calls of the task. `room` is the one that the user is in.
    pub(super) async fn run(self, chat: Chat, room: Option<String>) -> Done {
        Done::Task(match (self, room) {
            (Self::LookUpAccount(user), _) => {
                let account = chat.account(&user).await;
                TaskDone::AccountLookedUp(user, account)
            }
            (Self::SignIn(identity), _) => {
                let user = identity.name.clone();
                let rooms = match chat.sign_in(identity).await {
                    // A failure to list the rooms is reported when the user asks for them.
                    Ok(_) => Ok(chat.rooms().await.unwrap_or_default()),
                    Err(failure) => Err(failure),
                };
                TaskDone::SignedIn(user, rooms)
            }
            (Self::Create(room), _) => {
                let created = chat.create_room(&room).await;
                TaskDone::Created(room, created)
            }
            (Self::Enter { room, create }, _) => {
                let joined = enter(&chat, &room, create).await;
                TaskDone::Entered(room, joined)
            }
            (Self::List, _) => TaskDone::Listed(chat.rooms().await),
            (Self::Leave, Some(room)) => {
                let left = chat.leave_room(&room).await;
                TaskDone::Left(room, left)
            }
            (Self::Users, Some(room)) => {
                let users = chat.users(&room).await;
                TaskDone::Users(room, users)
            }
            (Self::History { count }, Some(room)) => TaskDone::History {
                messages: chat.messages(&room).await,
                room,
                count,
            },
            (Self::Say(_), _) => TaskDone::NeededRoom {
                is_message: true,
                rooms: chat.rooms().await,
            },
            (Self::NeedRoom, _) | (Self::Leave | Self::Users | Self::History { .. }, None) => {
                TaskDone::NeededRoom {
                    is_message: false,
                    rooms: chat.rooms().await,
                }
            }
        })
    }

    pub(super) const fn changes_room(&self) -> bool {
        matches!(self.affects(), Affects::RoomAndQuestion)
    }

    /// Whether its outcome may change what is asked next.
    pub(super) const fn may_ask(&self) -> bool {
        match self.affects() {
            Affects::RoomAndQuestion | Affects::Question => true,
            Affects::Nothing => false,
        }
    }

    const fn affects(&self) -> Affects {
        match self {
            Self::LookUpAccount(_) | Self::SignIn(_) | Self::Enter { .. } | Self::Leave => {
                Affects::RoomAndQuestion
            }
            Self::Create(_) => Affects::Question,
            Self::Say(_) | Self::NeedRoom | Self::List | Self::Users | Self::History { .. } => {
                Affects::Nothing
            }
        }
    }
}

const RETRY_AFTER: Duration = Duration::from_millis(500);

async fn enter(chat: &Chat, room: &str, create: bool) -> Result<Joined, Failure> {
    if create
        && let Err(failure) = chat.create_room(room).await
        // Another client created it first.
        && failure.refusal() != Some(&Refusal::RoomExists)
    {
        return Err(failure);
    }
    chat.join_room(room, Receiving::AtOnce).await
}

/// Lists the possible recipients of a private message. While there is no server it is retried for as long
/// as [`Chat::send`] keeps a message.
pub(super) async fn find_recipients(chat: Chat, room: String) -> Done {
    let deadline = Instant::now() + KEEP_MESSAGES_FOR;
    loop {
        let outcome = chat.users(&room).await;
        match &outcome {
            Err(Failure::Unanswered { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(RETRY_AFTER).await;
            }
            _ => return Done::FoundRecipients(room, outcome),
        }
    }
}
