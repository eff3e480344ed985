//! Why a document could not be read.

use dxr::Fault;
use protocol::fault;
use thiserror::Error;

/// How much of a document an error may quote, in characters: enough to find the place, too little to
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
    #[must_use]
    pub fn fault(&self) -> Fault {
        let code = match self {
            Self::NotWellFormed { .. } | Self::TooDeep { .. } => fault::NOT_WELL_FORMED,
            Self::NotXmlRpc { .. } => fault::NOT_A_CALL,
        };
        Fault::new(code, self.to_string())
    }

    /// An error of the XML parser, with its place and an excerpt.
    pub(super) fn from_parser(error: &roxmltree::Error, text: &str) -> Self {
        let position = error.pos();
        let line = text
            .lines()
            .nth(position.row.saturating_sub(1) as usize)
            .unwrap_or_default();
        // A few characters before the place show what led there.
        let start = (position.col.saturating_sub(1) as usize).saturating_sub(EXCERPT / 4);
        // What cannot be in XML must not come back in the fault either: it is what broke this one.
        let excerpt: String = line
            .chars()
            .skip(start)
            .take(EXCERPT)
            .map(|character| {
                if character.is_control() || !super::write::is_allowed(character) {
                    '\u{FFFD}'
                } else {
                    character
                }
            })
            .collect();
        let reason = match error {
            roxmltree::Error::NonXmlChar(character, _) => format!(
                "the character U+{:04X} cannot be in XML at line {}, column {}, near '{excerpt}'",
                u32::from(*character),
                position.row,
                position.col,
            ),
            // The parser's messages are made of its own words and of names from the document.
            _ => {
                let message: String = error.to_string().chars().take(2 * EXCERPT).collect();
                format!(
                    "{message} (line {}, column {}, near '{excerpt}')",
                    position.row, position.col,
                )
            }
        };
        Self::NotWellFormed {
            reason: reason
                .chars()
                .filter(|&character| super::write::is_allowed(character))
                .collect(),
        }
    }

    pub(super) fn not_xml_rpc(reason: impl Into<String>) -> Self {
        Self::NotXmlRpc {
            reason: reason.into(),
        }
    }
}
