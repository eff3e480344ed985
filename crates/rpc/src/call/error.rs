//! Why a call brought no answer.

use std::time::Duration;

use dxr::Fault;
use protocol::reading::UnexpectedAnswer;
use thiserror::Error;

/// Why a call brought no answer. The server is named `host:port`, as it was looked up.
#[derive(Debug, Error)]
pub enum CallError {
    /// The server answered with a fault.
    #[error("{} (fault {})", .0.string(), .0.code())]
    Fault(#[from] Fault),
    /// No connection could be made: the call was certainly not carried out.
    #[error("cannot connect to {server}: {reason}")]
    Unreachable {
        /// Who did not answer.
        server: String,
        /// The system's reason, such as "Connection refused".
        reason: String,
    },
    /// The connection broke after the call was sent: it may have been carried out or not.
    #[error("lost the connection to {server} before the answer: {reason}")]
    Interrupted {
        /// Who was called.
        server: String,
        /// The system's reason.
        reason: String,
    },
    /// No answer came in time: the call may have been carried out or not.
    #[error("{server} did not answer within {} s", .after.as_secs_f32())]
    TimedOut {
        /// Who was called.
        server: String,
        /// The time limit.
        after: Duration,
    },
    /// The answer is an HTTP status instead of a value or a fault. Some servers answer unknown methods
    /// with 404, 405 or 501.
    #[error("{server} does not answer as expected: HTTP status {status}")]
    Status {
        /// The server that was called.
        server: String,
        /// The status, such as 404.
        status: u16,
    },
    /// Something answered that does not speak XML-RPC, or not as promised.
    #[error("{server} does not answer as expected: {reason}")]
    Unexpected {
        /// Who was called.
        server: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A parameter has a character that XML cannot carry; nothing was sent.
    #[error("the character U+{:04X} cannot be sent", u32::from(*.0))]
    Unsendable(char),
}

impl CallError {
    /// Who was called, where the error tells.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        match self {
            Self::Unreachable { server, .. }
            | Self::Interrupted { server, .. }
            | Self::TimedOut { server, .. }
            | Self::Status { server, .. }
            | Self::Unexpected { server, .. } => Some(server),
            Self::Fault(_) | Self::Unsendable(_) => None,
        }
    }

    /// An answer that came, but not in the shape that the protocol promises.
    #[must_use]
    pub fn unexpected(server: &str, answer: &UnexpectedAnswer) -> Self {
        Self::Unexpected {
            server: server.to_owned(),
            reason: answer.to_string(),
        }
    }

    /// The fault, when the server answered with one.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// Whether the server itself refused the call: by a fault or by an HTTP status. What a gateway
    /// answers in place of a server that is down (502 to 504) is not a refusal.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::Fault(_) => true,
            Self::Status { status, .. } => !matches!(status, 502..=504),
            Self::Unreachable { .. }
            | Self::Interrupted { .. }
            | Self::TimedOut { .. }
            | Self::Unexpected { .. }
            | Self::Unsendable(_) => false,
        }
    }
}
