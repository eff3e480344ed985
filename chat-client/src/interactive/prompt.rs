//! The prompt: what the next line answers.

use protocol::refusal::Refusal;

use super::rendering::Rendering;
use super::texts::Text;
use crate::network::{Account, Dialect, Identity};
use crate::terminal::escaping::visible;
use crate::terminal::{Answer, Question};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    Name,
    Password {
        user: String,
        /// Whether it exists; `None` until the server was asked.
        account: Option<Account>,
    },
    /// The password again, for an account that may be new.
    PasswordAgain {
        identity: Identity,
        account: Option<Account>,
    },
    Command,
    RoomToCreate,
    RoomToEnter,
    Message,
    Recipient {
        text: String,
    },
    /// Whether a line that is almost a command was meant as one.
    Meaning {
        line: String,
        meant: String,
    },
    Offer(Offer),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// To create the room and to enter it: it was to be entered, and is not there.
    Create(String),
    /// To enter the room, which was created a moment ago.
    Enter(String),
}

impl Offer {
    pub(super) fn text(&self) -> Text<'_> {
        match self {
            Self::Create(room) => Text::AskCreate { room },
            Self::Enter(room) => Text::AskEnter { room },
        }
    }
}

impl Prompt {
    pub(super) const fn is_for_signing_in(&self) -> bool {
        matches!(
            self,
            Self::Name | Self::Password { .. } | Self::PasswordAgain { .. }
        )
    }

    pub(super) fn after_name(user: &str, dialect: Dialect) -> Self {
        match dialect {
            Dialect::Classic => Self::Command,
            Dialect::Accounts => Self::Password {
                user: user.to_owned(),
                account: None,
            },
        }
    }

    /// What comes when the server does not take the name, or a call to it failed. A user who may have
    /// mistyped a password types it again, so that must not be asked for which is seen.
    pub(super) fn after_failure(user: &str, dialect: Dialect, refusal: Option<&Refusal>) -> Self {
        let is_about_the_name = matches!(
            refusal,
            Some(
                Refusal::NameTaken
                    | Refusal::InvalidUsername { .. }
                    | Refusal::TooManyUsers
                    | Refusal::TooManyFromAddress
            )
        );
        if dialect == Dialect::Classic || is_about_the_name {
            return Self::Name;
        }
        let exists = matches!(
            refusal,
            Some(Refusal::WrongPassword | Refusal::TooManyAttempts { .. })
        );
        Self::Password {
            user: user.to_owned(),
            account: exists.then_some(Account::Exists),
        }
    }

    pub(super) fn question(&self, rendering: &Rendering, room: Option<&str>) -> Question {
        let (text, answer) = match self {
            Self::Command => return command_prompt(room),
            Self::Name => (Text::AskName, Answer::Word),
            Self::Password { user, .. } => (Text::AskPassword { user }, Answer::Secret),
            Self::PasswordAgain { .. } => (Text::AskPasswordAgain, Answer::Secret),
            // A room that does not exist yet cannot be completed.
            Self::RoomToCreate => (Text::AskRoom, Answer::Word),
            Self::RoomToEnter => (Text::AskRoom, Answer::Room),
            Self::Message => (Text::AskMessage, Answer::Word),
            Self::Recipient { .. } => (Text::AskRecipient, Answer::User),
            Self::Meaning { meant, .. } => {
                let may_be_sent = room.is_some();
                (Text::AskMeant { meant, may_be_sent }, Answer::YesOrNo)
            }
            Self::Offer(offer) => (offer.text(), Answer::YesOrNo),
        };
        Question {
            prompt: rendering.plain(&text),
            answer,
        }
    }
}

/// The prompt where commands and messages are typed.
fn command_prompt(room: Option<&str>) -> Question {
    Question {
        prompt: format!("{}> ", room.map(visible).unwrap_or_default()),
        answer: Answer::Command,
    }
}

/// The prompt while it is not known yet in which room what is typed will be. It cannot be changed while a
/// line is typed, so it must not name a room that may be the wrong one.
pub(super) fn prompt_without_room() -> Question {
    Question {
        prompt: "…> ".to_owned(),
        answer: Answer::Command,
    }
}
