//! Why a document could not be read.

use dxr::Fault;
use protocol::fault;
use roxmltree::TextPos;
use thiserror::Error;

/// Characters of a document that an error quotes: enough to find the position, too few to leak the content.
const EXCERPT: usize = 80;

/// Why a document could not be read, in the order of the checks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The bytes are not valid in their encoding, or the text is not well-formed XML.
    #[error("not well-formed: {reason}")]
    NotWellFormed {
        /// The error, its position and an excerpt.
        reason: String,
    },
    /// Values are nested too deep.
    #[error("values are nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest level allowed.
        limit: usize,
    },
    /// Well-formed XML, but not XML-RPC.
    #[error("not XML-RPC: {reason}")]
    NotXmlRpc {
        /// What was expected, and what was found.
        reason: String,
    },
    /// There is no memory for the values now.
    #[error("too many large bodies at the same time; send it again later")]
    NotAdmitted,
}

impl ReadError {
    /// The fault that answers the request.
    pub fn fault(&self) -> Fault {
        let code = match self {
            Self::NotWellFormed { .. } | Self::TooDeep { .. } => fault::NOT_WELL_FORMED,
            Self::NotXmlRpc { .. } => fault::NOT_A_CALL,
            Self::NotAdmitted => fault::TRANSPORT,
        };
        Fault::new(code, self.to_string())
    }

    /// An error of the XML parser, with its position and an excerpt.
    pub(super) fn from_parser(error: &roxmltree::Error, text: &str) -> Self {
        use roxmltree::Error;
        let position = match error {
            Error::NonXmlChar(character, position) => {
                return Self::forbidden(u32::from(*character), *position, text);
            }
            // The parser reports the start of the document here.
            Error::UnexpectedEndOfStream | Error::UnclosedRootNode => position_after(text),
            _ => error.pos(),
        };
        // Messages quote names from the document, which count as part of the excerpt.
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
            error_at(position, &message, text, EXCERPT - names)
        } else {
            let message: String = message.chars().take(EXCERPT).collect();
            error_at(position, &message, text, 0)
        }
    }

    /// A character that XML excludes, even as a reference.
    pub(super) fn forbidden(code: u32, position: TextPos, text: &str) -> Self {
        let message = format!("the character U+{code:04X} cannot be in XML");
        error_at(position, &message, text, EXCERPT)
    }

    pub(super) fn not_xml_rpc(reason: impl Into<String>) -> Self {
        Self::NotXmlRpc {
            reason: reason.into(),
        }
    }
}

/// The position at the end of `beginning`, the start of a document.
pub(super) fn position_after(beginning: &str) -> TextPos {
    let line = beginning.rsplit('\n').next().unwrap_or_default();
    let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
    TextPos::new(
        number(beginning.matches('\n').count()),
        number(line.chars().count()),
    )
}

/// An error at a position, with at most `excerpt` characters from there.
fn error_at(position: TextPos, message: &str, text: &str, excerpt: usize) -> ReadError {
    let (line, column) = (position.row as usize, position.col as usize);
    let content = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    // A few characters before the position give the context.
    let start = column.saturating_sub(1 + EXCERPT / 4);
    let near = content.chars().skip(start).take(excerpt);
    // A character that made the document unreadable must not make the fault unreadable, too.
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
