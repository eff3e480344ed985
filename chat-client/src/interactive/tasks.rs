//! What is to be done: one thing after the other, each by a task of its own.
//!
//! Messages have a line of their own, since one may be kept for half a minute while there is no
//! server, and `list` is not to wait for that.

use std::time::Duration;

use protocol::refusal::Refusal;
use tokio::time::Instant;

use super::parse::Addressed;
use crate::network::{Account, Chat, Failure, Identity, Joined, Message, Receiving};

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
    /// Show the room's last messages.
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) room: String,
    pub(super) content: Content,
    /// The names in the room when it was typed.
    pub(super) names: Vec<String>,
}

#[derive(Debug)]
pub(super) enum Done {
    AccountLookedUp {
        user: String,
        account: Account,
    },
    SignedIn {
        user: String,
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
    /// The users of the room, polled.
    UsersChecked {
        room: String,
        outcome: Result<Vec<String>, Failure>,
    },
    /// The rooms, for Tab.
    KnownRooms(Result<Vec<String>, Failure>),
}

impl Task {
    /// Makes the calls of the task. `room` is the one that the user is in.
    pub(super) async fn run(self, chat: Chat, room: Option<String>) -> Done {
        match (self, room) {
            (Self::LookUpAccount(user), _) => Done::AccountLookedUp {
                account: chat.account(&user).await,
                user,
            },
            (Self::SignIn(identity), _) => Done::SignedIn {
                user: identity.name.clone(),
                outcome: match chat.sign_in(identity).await {
                    // A failure to list the rooms is reported when the user asks for them.
                    Ok(_) => Ok(chat.rooms().await.unwrap_or_default()),
                    Err(failure) => Err(failure),
                },
            },
            (Self::Create(room), _) => Done::Created {
                outcome: chat.create_room(&room).await,
                room,
            },
            (Self::Enter { room, create }, _) => Done::Entered {
                outcome: enter(&chat, &room, create).await,
                room,
            },
            (Self::List, _) => Done::Listed(chat.rooms().await),
            (Self::Leave, Some(room)) => Done::Left {
                outcome: chat.leave_room(&room).await,
                room,
            },
            (Self::Users, Some(room)) => Done::Users {
                outcome: chat.users(&room).await,
                room,
            },
            (Self::History { count }, Some(room)) => Done::History {
                outcome: chat.messages(&room).await,
                room,
                count,
            },
            (task, _) => Done::NeededRoom {
                is_message: matches!(task, Self::Say(_)),
                outcome: chat.rooms().await,
            },
        }
    }

    /// Whether it changes where messages go.
    pub(super) const fn changes_room(&self) -> bool {
        matches!(
            self,
            Self::LookUpAccount(_) | Self::SignIn(_) | Self::Enter { .. } | Self::Leave
        )
    }

    /// Whether its outcome may change what is asked next.
    pub(super) const fn may_ask(&self) -> bool {
        self.changes_room() || matches!(self, Self::Create(_))
    }
}

/// How long to retry resolving a private message's recipient: as long as [`Chat::send`] keeps a message
/// while there is no server.
const KEEP_FOR: Duration = Duration::from_secs(30);

/// How soon it is tried again.
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

/// Lists the possible recipients of a private message, retrying while there is no server.
pub(super) async fn find_recipients(chat: Chat, room: String) -> Done {
    let deadline = Instant::now() + KEEP_FOR;
    loop {
        let outcome = chat.users(&room).await;
        match &outcome {
            Err(Failure::Unanswered { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(RETRY_AFTER).await;
            }
            _ => return Done::FoundRecipients { room, outcome },
        }
    }
}
