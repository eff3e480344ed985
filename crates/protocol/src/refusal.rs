//! Refusals as data, read from the texts of either dialect.
//!
//! A program that acts on refusals, or translates them, matches on a [`Refusal`]. The texts are those of
//! `classic::texts` and `accounts::texts`, so that both change together.

use crate::{accounts, classic};

/// Why a server refuses a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The name is taken.
    NameTaken,
    /// The account has another password.
    WrongPassword,
    /// Too many wrong passwords were tried for this name.
    TooManyAttempts {
        /// Until the next attempt.
        seconds: u64,
    },
    /// Too many accounts were created from this address.
    TooManyNewAccounts {
        /// Until the next one.
        seconds: u64,
    },
    /// The account has not logged in from this address.
    LoginFirst,
    /// The server is busy with other logins.
    TooManyLogins,
    /// The server cannot write, at present or until a restart, and did nothing.
    CannotWriteNow,
    /// The server failed to write this; it may or may not have done it.
    UnknownWhetherWritten,
    /// The limit of users is reached.
    TooManyUsers,
    /// The limit of rooms is reached.
    TooManyRooms,
    /// The limit of users or rooms from one address is reached.
    TooManyFromAddress,
    /// The caller's name is not registered.
    NotRegistered,
    /// The room exists already.
    RoomExists,
    /// The room does not exist.
    NoSuchRoom,
    /// The user is not in the room.
    NotInRoom,
    /// The user is alone in the room.
    AloneInRoom,
    /// The recipient is not in the room.
    RecipientNotInRoom {
        /// As given.
        name: String,
    },
    /// Not a valid name for a user.
    InvalidUsername {
        /// What is wrong with it, in the server's words.
        reason: String,
    },
    /// Not a valid name for a room.
    InvalidRoomName {
        /// What is wrong with it, in the server's words.
        reason: String,
    },
    /// Not a valid message.
    InvalidMessage {
        /// What is wrong with it, in the server's words.
        reason: String,
    },
    /// Any other text.
    Other,
}

/// The placeholder for a name in a template. XML cannot carry it, so it is in no text from the wire.
const PLACEHOLDER: &str = "\0";

impl Refusal {
    /// Reads an answer or a fault of dialect *classic*, without Python's class.
    pub fn of_classic(text: &str) -> Self {
        use classic::texts;
        match text {
            texts::NAME_TAKEN => Self::NameTaken,
            texts::USER_NOT_FOUND | texts::USER_NOT_REGISTERED => Self::NotRegistered,
            texts::ROOM_EXISTS => Self::RoomExists,
            texts::NO_SUCH_ROOM | texts::ROOM_NOT_FOUND | texts::NO_ROOMS_YET => Self::NoSuchRoom,
            texts::USER_NOT_IN_ROOM => Self::NotInRoom,
            texts::ALONE_IN_ROOM => Self::AloneInRoom,
            texts::TOO_MANY_USERS => Self::TooManyUsers,
            texts::TOO_MANY_ROOMS => Self::TooManyRooms,
            texts::TOO_MANY_FROM_ADDRESS => Self::TooManyFromAddress,
            texts::CANNOT_WRITE_NOW => Self::CannotWriteNow,
            texts::UNKNOWN_WHETHER_WRITTEN => Self::UnknownWhetherWritten,
            _ => recipient(text, &texts::recipient_not_found(PLACEHOLDER))
                .or_else(|| invalid(text))
                .unwrap_or(Self::Other),
        }
    }

    /// Reads a fault of dialect *accounts*, without Python's class.
    pub fn of_accounts(text: &str) -> Self {
        use accounts::texts;
        match text {
            texts::WRONG_PASSWORD => return Self::WrongPassword,
            texts::TOO_MANY_USERS => return Self::TooManyUsers,
            texts::TOO_MANY_ROOMS => return Self::TooManyRooms,
            texts::TOO_MANY_FROM_ADDRESS => return Self::TooManyFromAddress,
            classic::texts::CANNOT_WRITE_NOW => return Self::CannotWriteNow,
            classic::texts::UNKNOWN_WHETHER_WRITTEN => return Self::UnknownWhetherWritten,
            texts::BUSY => return Self::TooManyLogins,
            _ => {}
        }
        // A name may contain the words of another template, so the longer ones come first.
        let with_names = [
            (
                texts::user_not_in_room(PLACEHOLDER, PLACEHOLDER),
                Self::NotInRoom,
            ),
            (texts::name_taken(PLACEHOLDER), Self::NameTaken),
            (texts::room_exists(PLACEHOLDER), Self::RoomExists),
            (texts::no_such_room(PLACEHOLDER), Self::NoSuchRoom),
            (texts::user_not_registered(PLACEHOLDER), Self::NotRegistered),
            (texts::login_first(PLACEHOLDER), Self::LoginFirst),
        ];
        for (template, refusal) in with_names {
            if match_template(text, &template).is_some() {
                return refusal;
            }
        }
        if let Some(seconds) = seconds_in(text, texts::too_many_attempts) {
            Self::TooManyAttempts { seconds }
        } else if let Some(seconds) = seconds_in(text, texts::too_many_new_accounts) {
            Self::TooManyNewAccounts { seconds }
        } else {
            recipient(text, &texts::recipient_not_in_room(PLACEHOLDER))
                .or_else(|| invalid(text))
                .unwrap_or(Self::Other)
        }
    }
}

fn recipient(text: &str, template: &str) -> Option<Refusal> {
    let name = match_template(text, template)?.to_owned();
    Some(Refusal::RecipientNotInRoom { name })
}

fn seconds_in(text: &str, template: fn(u64) -> String) -> Option<u64> {
    // A number has no placeholder: the template is made with a digit that occurs nowhere else.
    let template = template(0).replacen('0', PLACEHOLDER, 1);
    match_template(text, &template)?.parse().ok()
}

/// Refusals with the same words in both dialects.
fn invalid(text: &str) -> Option<Refusal> {
    use classic::texts;
    let reason = |template: String| match_template(text, &template).map(str::to_owned);
    if let Some(reason) = reason(texts::invalid_username(PLACEHOLDER)) {
        Some(Refusal::InvalidUsername { reason })
    } else if let Some(reason) = reason(texts::invalid_room_name(PLACEHOLDER)) {
        Some(Refusal::InvalidRoomName { reason })
    } else {
        let reason = reason(texts::invalid_message(PLACEHOLDER))?;
        Some(Refusal::InvalidMessage { reason })
    }
}

/// The text between the first and the last placeholder of `template`; `None` when the text does not match.
fn match_template<'text>(text: &'text str, template: &str) -> Option<&'text str> {
    let (before, _) = template.split_once(PLACEHOLDER)?;
    let (_, after) = template.rsplit_once(PLACEHOLDER)?;
    let inner = text.strip_prefix(before)?.strip_suffix(after)?;
    let between = template.strip_prefix(before)?.strip_suffix(after)?;
    // With two placeholders, the words between them must occur in the text.
    let words = between.trim_matches('\0');
    inner.contains(words).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_classic_is_read_back() {
        use classic::texts;
        let rows = [
            (texts::NAME_TAKEN.to_owned(), Refusal::NameTaken),
            (
                texts::USER_NOT_REGISTERED.to_owned(),
                Refusal::NotRegistered,
            ),
            (texts::ROOM_NOT_FOUND.to_owned(), Refusal::NoSuchRoom),
            (texts::USER_NOT_IN_ROOM.to_owned(), Refusal::NotInRoom),
            (
                texts::recipient_not_found("d'água não encontrado"),
                Refusal::RecipientNotInRoom {
                    name: "d'água não encontrado".into(),
                },
            ),
            (
                texts::invalid_message("está vazia"),
                Refusal::InvalidMessage {
                    reason: "está vazia".into(),
                },
            ),
            ("Sala cheia".to_owned(), Refusal::Other),
            (texts::MESSAGE_SENT.to_owned(), Refusal::Other),
        ];
        for (text, refusal) in rows {
            assert_eq!(Refusal::of_classic(&text), refusal, "{text}");
        }
    }

    #[test]
    fn every_refusal_of_accounts_is_read_back() {
        use accounts::texts;
        let rows = [
            (texts::WRONG_PASSWORD.to_owned(), Refusal::WrongPassword),
            (
                texts::too_many_attempts(90),
                Refusal::TooManyAttempts { seconds: 90 },
            ),
            (
                texts::too_many_new_accounts(7),
                Refusal::TooManyNewAccounts { seconds: 7 },
            ),
            (texts::login_first("ana"), Refusal::LoginFirst),
            (
                texts::TOO_MANY_FROM_ADDRESS.to_owned(),
                Refusal::TooManyFromAddress,
            ),
            (texts::name_taken("ana"), Refusal::NameTaken),
            (texts::room_exists("geral"), Refusal::RoomExists),
            (texts::no_such_room("geral"), Refusal::NoSuchRoom),
            (texts::user_not_registered("ana"), Refusal::NotRegistered),
            (texts::user_not_in_room("ana", "geral"), Refusal::NotInRoom),
            (
                texts::recipient_not_in_room("rui"),
                Refusal::RecipientNotInRoom { name: "rui".into() },
            ),
            (
                classic::texts::invalid_room_name("está vazio"),
                Refusal::InvalidRoomName {
                    reason: "está vazio".into(),
                },
            ),
            ("Sala cheia".to_owned(), Refusal::Other),
        ];
        for (text, refusal) in rows {
            assert_eq!(Refusal::of_accounts(&text), refusal, "{text}");
        }
    }
}
