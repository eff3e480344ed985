//! Why a call has no answer.

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
    /// No connection: the call was certainly not executed.
    #[error("cannot connect to {server}: {reason}")]
    Unreachable {
        /// As `host:port`; so in the other variants.
        server: String,
        /// The system's reason, such as "Connection refused".
        reason: String,
    },
    /// The connection broke after the call was sent: it may have been executed.
    #[error("lost the connection to {server} before the answer: {reason}")]
    Interrupted {
        /// See above.
        server: String,
        /// The system's reason.
        reason: String,
    },
    /// No answer within the timeout: the call may have been executed.
    #[error("{server} did not answer within {} s", .after.as_secs_f32())]
    TimedOut {
        /// See above.
        server: String,
        /// The time limit.
        after: Duration,
    },
    /// The answer is an HTTP status instead of a value or a fault. Some servers answer unknown methods
    /// with 404, 405 or 501.
    #[error("{server} does not answer as expected: HTTP status {status}")]
    Status {
        /// See above.
        server: String,
        /// The status, such as 404.
        status: u16,
    },
    /// The answer is not XML-RPC, or not of the declared shape.
    #[error("{server} does not answer as expected: {reason}")]
    Unexpected {
        /// See above.
        server: String,
        /// The difference.
        reason: String,
    },
    /// A parameter has a character that XML cannot carry; nothing was sent.
    #[error("the character U+{:04X} cannot be sent", u32::from(*.0))]
    Unsendable(char),
}

impl CallError {
    /// The server, if the error names it.
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

    /// An answer of another shape than declared.
    pub fn unexpected(server: &str, answer: &UnexpectedAnswer) -> Self {
        Self::Unexpected {
            server: server.to_owned(),
            reason: answer.to_string(),
        }
    }

    /// The server's fault, if it is one.
    pub const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// Whether the server itself refused the call, by a fault or an HTTP status. The status of a gateway
    /// for a server that is down (502 to 504) is not a refusal.
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
