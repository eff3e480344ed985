//! How refusals are put, and what is refused before it reaches the chat: texts that cannot be names or messages.
//!
//! For these both dialects have the same words. They differ in how they put any refusal: as an ordinary answer or as a
//! fault.

use dxr::Fault;
use protocol::classic::texts;
use protocol::fault;
use protocol::procedure::Procedure;
use rpc::Answer;

use crate::chat::{
    MessageId, MessageIdError, MessageText, NAME_MAX_CHARACTERS, NameError, RoomName,
    TEXT_MAX_BYTES, TextError, Username,
};
use crate::replica::Refused;

/// Why a call is not carried out.
#[derive(Debug)]
pub(super) enum Refusal {
    /// In words for the person at the other end: an ordinary answer or a fault.
    Worded(String),
    /// A fault in both dialects.
    Fault(Fault),
}

/// A command that cannot be kept. The text claims no more than is known.
impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::Worded(
            match refused {
                Refused::NotNow => texts::CANNOT_WRITE_NOW,
                Refused::Unknown => texts::UNKNOWN_WHETHER_WRITTEN,
            }
            .to_owned(),
        )
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Refusals in words become ordinary answers: for clients that print what they are answered and take
/// a fault for a crash.
pub(super) fn as_text(outcome: Result<Answer, Refusal>) -> Result<Answer, Fault> {
    match outcome {
        Ok(answer) => Ok(answer),
        Err(Refusal::Worded(text)) => Ok(Answer::text(text)),
        Err(Refusal::Fault(fault)) => Err(fault),
    }
}

/// Refusals in words become faults.
pub(super) fn as_fault(outcome: Result<Answer, Refusal>) -> Result<Answer, Fault> {
    outcome.map_err(|refusal| match refusal {
        Refusal::Worded(text) => fault::application(text),
        Refusal::Fault(fault) => fault,
    })
}

pub(super) fn username(text: &str) -> Result<Username, Refusal> {
    Username::parse(text).map_err(not_a_username)
}

pub(super) fn room_name(text: &str) -> Result<RoomName, Refusal> {
    RoomName::parse(text).map_err(not_a_room_name)
}

pub(super) fn message_text(text: &str) -> Result<MessageText, Refusal> {
    MessageText::parse(text).map_err(not_a_message)
}

/// Why a call is refused that is too large to be read, by its procedure if that is known: of the texts in
/// it, the one that a person is likely to have made so long. `None` for procedures with callers that are
/// programs.
pub(super) fn too_large(procedure: Option<&Procedure>) -> Option<Refusal> {
    let message = || {
        not_a_message(TextError::TooLong {
            max_bytes: TEXT_MAX_BYTES,
        })
    };
    let Some(procedure) = procedure else {
        return Some(message());
    };
    let takes = |name| {
        let mut parameters = procedure.parameters.iter();
        parameters.any(|parameter| parameter.name == name)
    };
    let name = NameError::TooLong {
        max: NAME_MAX_CHARACTERS,
    };
    if takes("message") {
        Some(message())
    } else if takes("room_name") {
        Some(not_a_room_name(name))
    } else if takes("username") {
        Some(not_a_username(name))
    } else {
        None
    }
}

fn not_a_username(error: NameError) -> Refusal {
    Refusal::Worded(texts::invalid_username(&name_reason(error)))
}

fn not_a_room_name(error: NameError) -> Refusal {
    Refusal::Worded(texts::invalid_room_name(&name_reason(error)))
}

fn not_a_message(error: TextError) -> Refusal {
    let reason = match error {
        TextError::Empty => "está vazia".to_owned(),
        TextError::TooLong { max_bytes } => format!("tem mais de {max_bytes} bytes"),
        TextError::ForbiddenCharacter(character) => forbidden(character),
    };
    Refusal::Worded(texts::invalid_message(&reason))
}

/// A fault -32602: message identifiers are made by programs, so no person can correct one.
pub(super) fn message_id(text: &str) -> Result<MessageId, Refusal> {
    MessageId::parse(text).map_err(|error| {
        let came = match error {
            MessageIdError::Empty => "an empty string".to_owned(),
            MessageIdError::TooLong { .. } => format!("{} characters", text.chars().count()),
        };
        Refusal::Fault(fault::invalid_parameter(
            "message_id",
            "a string of 1 to 128 characters",
            &came,
        ))
    })
}

fn name_reason(error: NameError) -> String {
    match error {
        NameError::Empty => "está vazio".to_owned(),
        NameError::TooLong { max } => format!("tem mais de {max} caracteres"),
        NameError::ForbiddenCharacter(character) => forbidden(character),
        NameError::SurroundingSpace => "começa ou termina com espaço".to_owned(),
    }
}

fn forbidden(character: char) -> String {
    format!("contém o caractere U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use protocol::characters::is_deceptive;

    use super::*;

    /// The chat does not know the protocol, so that each has a list of characters of its own.
    #[test]
    fn names_have_no_character_that_a_screen_would_have_to_hide() {
        for character in ('\0'..=char::MAX).filter(|character| is_deceptive(*character)) {
            assert!(
                RoomName::parse(&format!("a{character}b")).is_err(),
                "{character:?}"
            );
        }
    }
}
