//! Why a request was not answered as it should be.

use std::error::Error as StdError;

use serde::Deserialize;
use thiserror::Error;

/// Why a request brought no result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// No endpoint accepted a connection: nothing was done.
    #[error("cannot reach etcd: {0}")]
    Unreachable(String),
    /// No answer in time, a broken connection, or no leader: a change may have been made, or be made later.
    #[error("no answer from etcd: {0}")]
    Unknown(String),
    /// The revision is no longer kept.
    #[error("etcd no longer keeps this revision")]
    Compacted,
    /// The database has reached its quota: nothing was done. Reading and deleting still work.
    #[error("the database of etcd is full")]
    NoSpace,
    /// User or password are wrong, missing, or not allowed to do this: nothing was done.
    #[error("etcd refuses the user: {0}")]
    Authentication(String),
    /// The lease has expired or was revoked: nothing was done.
    #[error("the lease has expired")]
    LeaseNotFound,
    /// etcd refused the request for another reason: nothing was done.
    #[error("etcd refuses: {0}")]
    Refused(String),
    /// The answer is not one of etcd.
    #[error("etcd does not answer as expected: {0}")]
    Unexpected(String),
}

impl Error {
    /// Whether the request may have been executed although it failed.
    pub const fn outcome_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::Unexpected(_))
    }

    /// Whether another endpoint may do better.
    pub(crate) const fn is_of_endpoint(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Unknown(_))
    }

    pub(crate) fn of_http(endpoint: &str, error: &reqwest::Error) -> Self {
        let reason = if error.is_timeout() && !error.is_connect() {
            format!("{endpoint}: no answer in time")
        } else {
            format!("{endpoint}: {}", deepest(error))
        };
        if error.is_connect() {
            Self::Unreachable(reason)
        } else {
            Self::Unknown(reason)
        }
    }
}

/// The system's reason is the innermost one.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// An error as the gateway writes it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Refusal {
    #[serde(default)]
    message: String,
    /// The status code of gRPC; the errors within a stream name it `grpc_code`.
    #[serde(default, alias = "grpc_code")]
    code: u32,
}

// gRPC's status codes.
const CANCELLED: u32 = 1;
const DEADLINE_EXCEEDED: u32 = 4;
const PERMISSION_DENIED: u32 = 7;
const UNAVAILABLE: u32 = 14;
const UNAUTHENTICATED: u32 = 16;

impl Refusal {
    /// A refusal of which only the text is known.
    pub(crate) const fn because(message: String) -> Self {
        Self { message, code: 0 }
    }

    /// The token was issued before a change of users, has expired, or is missing.
    pub(crate) fn needs_token(&self) -> bool {
        self.code == UNAUTHENTICATED
            || self.message.contains("invalid auth token")
            || self.message.contains("revision of auth store is old")
    }

    /// etcd distinguishes most errors by their text alone.
    pub(crate) fn into_error(self, endpoint: &str) -> Error {
        let Self { message, code } = self;
        let is = |text| message.contains(text);
        if is("database space exceeded") {
            Error::NoSpace
        } else if is("revision has been compacted") {
            Error::Compacted
        } else if is("requested lease not found") {
            Error::LeaseNotFound
        } else if is("authentication failed")
            || is("user name is empty")
            || is("user name not found")
            || is("permission denied")
            || matches!(code, UNAUTHENTICATED | PERMISSION_DENIED)
        {
            Error::Authentication(message)
        } else if matches!(code, CANCELLED | UNAVAILABLE | DEADLINE_EXCEEDED)
            || is("no leader")
            || is("leader changed")
            // The leader is being moved.
            || is("proposal dropped")
            || is("timed out")
            || is("too many requests")
            || is("server stopped")
            // A member that is removed or ends.
            || is("raft: stopped")
            || is("client connection is closing")
        {
            Error::Unknown(format!("{endpoint}: {message}"))
        } else {
            Error::Refused(format!("{endpoint}: {message}"))
        }
    }
}
