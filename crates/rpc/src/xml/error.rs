//! Why a document could not be read.

use dxr::Fault;
use protocol::fault;
use thiserror::Error;

/// How much of a document an error may quote, in characters: enough to find the position, too little to
/// send somebody's data back to a stranger.
const EXCERPT: usize = 80;

/// Why a document could not be read, in the order in which it is found out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The bytes are no text in the encoding they claim, or the text is no well-formed XML.
    #[error("not well-formed: {reason}")]
    NotWellFormed {
        /// What is wrong, where, and an excerpt.
        reason: String,
    },
    /// Values inside values, deeper than any call needs.
    #[error("values are nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest level allowed.
        limit: usize,
    },
    /// Well-formed XML, but not XML-RPC.
    #[error("not XML-RPC: {reason}")]
    NotXmlRpc {
        /// What was expected and what stands there.
        reason: String,
    },
}

impl ReadError {
    /// The error as the fault that answers the request.
    pub fn fault(&self) -> Fault {
        let code = match self {
            Self::NotWellFormed { .. } | Self::TooDeep { .. } => fault::NOT_WELL_FORMED,
            Self::NotXmlRpc { .. } => fault::NOT_A_CALL,
        };
        Fault::new(code, self.to_string())
    }

    /// An error of the XML parser, with its position and an excerpt.
    pub(super) fn from_parser(error: &roxmltree::Error, text: &str) -> Self {
        use roxmltree::Error;
        let position = match error {
            Error::NonXmlChar(character, position) => {
                return Self::forbidden(u32::from(*character), Position::of(*position), text);
            }
            // The parser says where the document begins.
            Error::UnexpectedEndOfStream | Error::UnclosedRootNode => Position::after(text),
            _ => Position::of(error.pos()),
        };
        // The parser's messages are made of its own words and of names from the document.
        let names = match error {
            Error::DuplicatedNamespace(name, _)
            | Error::UnknownNamespace(name, _)
            | Error::UnknownEntityReference(name, _)
            | Error::DuplicatedAttribute(name, _) => name.chars().count(),
            Error::UnexpectedCloseTag(expected, found, _) => {
                expected.chars().count() + found.chars().count()
            }
            _ => 0,
        };
        let message = error.to_string();
        if names < EXCERPT {
            position.error(&message, text, EXCERPT - names)
        } else {
            let message: String = message.chars().take(EXCERPT).collect();
            position.error(&message, text, 0)
        }
    }

    /// A character that cannot be in a document, not even as a reference.
    pub(super) fn forbidden(code: u32, position: Position, text: &str) -> Self {
        let message = format!("the character U+{code:04X} cannot be in XML");
        position.error(&message, text, EXCERPT)
    }

    pub(super) fn not_xml_rpc(reason: impl Into<String>) -> Self {
        Self::NotXmlRpc {
            reason: reason.into(),
        }
    }
}

/// A position in a document, in lines and characters counted from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    line: usize,
    column: usize,
}

impl Position {
    fn of(position: roxmltree::TextPos) -> Self {
        Self {
            line: position.row as usize,
            column: position.col as usize,
        }
    }

    /// The position after this beginning of a document.
    pub(super) fn after(beginning: &str) -> Self {
        let line = beginning.rsplit('\n').next().unwrap_or_default();
        Self {
            line: beginning.matches('\n').count() + 1,
            column: line.chars().count() + 1,
        }
    }

    /// The error with this message here, with at most so many characters of what stands here.
    fn error(self, message: &str, text: &str, excerpt: usize) -> ReadError {
        let Self { line, column } = self;
        let content = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        // A few characters before the position show what led there.
        let start = column.saturating_sub(1 + EXCERPT / 4);
        let near = content.chars().skip(start).take(excerpt);
        // What cannot be in XML must not come back in the fault either: it is what broke this one.
        let reason = format!("{message} (line {line}, column {column}, near '")
            .chars()
            .chain(near)
            .chain("')".chars())
            .map(|character| {
                if character.is_control() || !super::write::is_allowed(character) {
                    char::REPLACEMENT_CHARACTER
                } else {
                    character
                }
            })
            .collect();
        ReadError::NotWellFormed { reason }
    }
}
