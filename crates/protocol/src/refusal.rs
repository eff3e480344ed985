//! What servers refuse, as data: read from the texts of either dialect.
//!
//! A program that words refusals itself, or acts on them, matches on a [`Refusal`]; the text that it
//! was read from remains what a server said. The texts are those of `classic::texts` and
//! `accounts::texts`, so that neither can be changed here and forgotten there.

use crate::{accounts, classic};

/// Why a server does not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody holds the name.
    NameTaken,
    /// The account has another password.
    WrongPassword,
    /// Too many wrong passwords were tried for this name.
    TooManyAttempts {
        /// How long to wait before the next.
        seconds: u64,
    },
    /// Too many others log in at this moment.
    TooManyLogins,
    /// The account could not be written down, so there is none.
    AccountNotKept,
    /// The server has as many users as it takes.
    TooManyUsers,
    /// The server has as many rooms as it takes.
    TooManyRooms,
    /// Nobody is registered under the name that the call was made with.
    NotRegistered,
    /// There is a room of that name already.
    RoomExists,
    /// There is no room of that name.
    NoSuchRoom,
    /// The user is not in that room.
    NotInRoom,
    /// Nobody else is in the room.
    AloneInRoom,
    /// The recipient is not in the room.
    RecipientNotInRoom {
        /// The recipient's name as it was given.
        name: String,
    },
    /// No user can have that name.
    InvalidUsername {
        /// What is wrong with it, in the server's words.
        reason: String,
    },
    /// No room can have that name.
    InvalidRoomName {
        /// What is wrong with it, in the server's words.
        reason: String,
    },
    /// That text cannot be sent.
    InvalidMessage {
        /// What is wrong with it, in the server's words.
        reason: String,
    },
    /// A text that is none of these servers' own.
    Other,
}

/// Stands for a name while a text is taken apart. XML cannot carry it, so no text from the wire has it.
const HOLE: &str = "\0";

impl Refusal {
    /// Reads an answer or a fault of dialect *classic*, of a fault the text without Python's class.
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
            _ => recipient(text, &texts::recipient_not_found(HOLE))
                .or_else(|| invalid(text))
                .unwrap_or(Self::Other),
        }
    }

    /// Reads a fault of dialect *accounts*, the text without Python's class.
    pub fn of_accounts(text: &str) -> Self {
        use accounts::texts;
        match text {
            texts::WRONG_PASSWORD => return Self::WrongPassword,
            texts::TOO_MANY_USERS => return Self::TooManyUsers,
            texts::TOO_MANY_ROOMS => return Self::TooManyRooms,
            texts::BUSY => return Self::TooManyLogins,
            texts::NOT_KEPT => return Self::AccountNotKept,
            _ => {}
        }
        // A name may have anything in it, another template's words too; the longer ones come first.
        let made_from = |template: String| filled(text, &template).is_some();
        if made_from(texts::user_not_in_room(HOLE, HOLE)) {
            Self::NotInRoom
        } else if made_from(texts::name_taken(HOLE)) {
            Self::NameTaken
        } else if made_from(texts::room_exists(HOLE)) {
            Self::RoomExists
        } else if made_from(texts::no_such_room(HOLE)) {
            Self::NoSuchRoom
        } else if made_from(texts::user_not_registered(HOLE)) {
            Self::NotRegistered
        } else if let Some(seconds) = too_many_attempts(text) {
            Self::TooManyAttempts { seconds }
        } else {
            recipient(text, &texts::recipient_not_in_room(HOLE))
                .or_else(|| invalid(text))
                .unwrap_or(Self::Other)
        }
    }
}

fn recipient(text: &str, template: &str) -> Option<Refusal> {
    let name = filled(text, template)?.to_owned();
    Some(Refusal::RecipientNotInRoom { name })
}

fn too_many_attempts(text: &str) -> Option<u64> {
    // A number has no place for a hole: the text is taken apart around one that is written nowhere else.
    let template = accounts::texts::too_many_attempts(0).replacen('0', HOLE, 1);
    filled(text, &template)?.parse().ok()
}

/// What both dialects refuse in the same words.
fn invalid(text: &str) -> Option<Refusal> {
    use classic::texts;
    let reason = |template: String| filled(text, &template).map(str::to_owned);
    if let Some(reason) = reason(texts::invalid_username(HOLE)) {
        Some(Refusal::InvalidUsername { reason })
    } else if let Some(reason) = reason(texts::invalid_room_name(HOLE)) {
        Some(Refusal::InvalidRoomName { reason })
    } else {
        let reason = reason(texts::invalid_message(HOLE))?;
        Some(Refusal::InvalidMessage { reason })
    }
}

/// What stands in the holes of `template` in this text, from the first hole to the last. `None` when
/// the text is not made from it.
fn filled<'text>(text: &'text str, template: &str) -> Option<&'text str> {
    let (before, _) = template.split_once(HOLE)?;
    let (_, after) = template.rsplit_once(HOLE)?;
    let inner = text.strip_prefix(before)?.strip_suffix(after)?;
    let between = template.strip_prefix(before)?.strip_suffix(after)?;
    // With two holes, what stands between them in the template stands between them in the text.
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
