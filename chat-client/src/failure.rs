//! How the client can fail, and the exit code for each way.

use std::io::ErrorKind;
use std::process::ExitCode;

use chat_server::{NoStateDirectory, OpenError, StartError};
use program::{Holder, ListenError};
use thiserror::Error;

use crate::invocation::{Program, command};
use crate::network::DiscoveryError;
use crate::plain::SessionError;
use crate::terminal::ScreenError;

/// The flag for the place of the embedded chat.
pub const DATA_FLAG: &str = "--embedded-data";

pub const EXIT_CODES: &str = "\
Exit codes:
  0  you left, the client was told to end (Ctrl-C, SIGTERM), or its output was closed
  1  something else failed
  2  a flag is wrong
  3  the binder does not answer, or the one that it asks (its --upstream) does not
  4  the binder knows no chat server
  5  the chat server does not answer
  6  a port for --embedded cannot be had";

/// The code that a failed client exits with. Bad usage, code 2, is clap's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    Failure = 1,
    BinderSilent = 3,
    NoChatServer = 4,
    ChatServerSilent = 5,
    PortUnavailable = 6,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// Why the client ends other than by leaving. The texts are one line each, and say what to do.
#[derive(Debug, Error)]
pub enum Failure {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// A port for the embedded servers is in use by a server of a chat.
    #[error(
        "{0}; a chat seems to be running already, which `{join}` joins",
        join = command(Program::ChatClient, "")
    )]
    ChatIsRunning(ListenError),
    /// A port for the embedded servers is not available for another reason.
    #[error(transparent)]
    PortUnavailable(ListenError),
    /// The log of the embedded chat cannot be used.
    #[error("{}", .0.advising(DATA_FLAG))]
    Data(OpenError),
    #[error("cannot start the embedded chat server: {0}")]
    Embedded(StartError),
    #[error(
        "{0}; name a directory with --embedded-data DIR, or use --embedded-data off to keep the chat in memory \
         alone"
    )]
    NoStateDirectory(#[from] NoStateDirectory),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Screen(#[from] ScreenError),
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
    /// A task panicked: a defect.
    #[error("the client failed; its log file may say why")]
    Panicked,
}

impl From<ListenError> for Failure {
    fn from(error: ListenError) -> Self {
        match error {
            ListenError::Taken {
                holder: Holder::Binder | Holder::ChatServer,
                ..
            } => Self::ChatIsRunning(error),
            error => Self::PortUnavailable(error),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Log(error) => Self::Data(error),
            error => Self::Embedded(error),
        }
    }
}

impl Failure {
    pub const fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Discovery(
                DiscoveryError::BinderSilent { .. }
                | DiscoveryError::NotABinder { .. }
                | DiscoveryError::Upstream { .. },
            ) => ExitStatus::BinderSilent,
            Self::Discovery(
                DiscoveryError::NoChatServer { .. }
                | DiscoveryError::OtherDialect { .. }
                | DiscoveryError::NotAnAddress { .. },
            ) => ExitStatus::NoChatServer,
            Self::Discovery(DiscoveryError::ChatServerSilent { .. })
            | Self::Session(SessionError::ServerGone(_)) => ExitStatus::ChatServerSilent,
            Self::ChatIsRunning(_) | Self::PortUnavailable(_) => ExitStatus::PortUnavailable,
            Self::Session(SessionError::OutputGone(_))
            | Self::Screen(_)
            | Self::Data(_)
            | Self::Embedded(_)
            | Self::NoStateDirectory(_)
            | Self::System(_)
            | Self::Panicked => ExitStatus::Failure,
        }
    }

    /// Whether the reader of standard output closed it, as `head` does after its last line.
    pub fn is_reader_gone(&self) -> bool {
        matches!(
            self,
            Self::Session(SessionError::OutputGone(error)) if error.kind() == ErrorKind::BrokenPipe
        )
    }
}

#[cfg(test)]
mod tests {
    use protocol::binder::{Endpoint, UpstreamFailure};
    use rpc::CallError;

    use super::*;
    use crate::network::{self, Dialect};

    fn endpoint() -> Endpoint {
        "localhost:1".parse().unwrap()
    }

    fn reason() -> CallError {
        CallError::Unsendable('\u{1}')
    }

    #[test]
    fn the_documented_exit_codes_are_the_real_ones() {
        let discoveries = [
            (
                DiscoveryError::BinderSilent {
                    binder: endpoint(),
                    reason: reason(),
                },
                "the binder does not answer, or the one that it asks (its --upstream) does not",
            ),
            (
                DiscoveryError::Upstream {
                    binder: endpoint(),
                    failure: UpstreamFailure::Silent,
                },
                "the binder does not answer, or the one that it asks (its --upstream) does not",
            ),
            (
                DiscoveryError::NoChatServer {
                    binder: endpoint(),
                    dialect: Dialect::Classic,
                },
                "the binder knows no chat server",
            ),
            (
                DiscoveryError::ChatServerSilent {
                    binder: endpoint(),
                    chat_server: endpoint(),
                    reason: reason(),
                },
                "the chat server does not answer",
            ),
        ];
        let taken = ListenError::Taken {
            endpoint: endpoint(),
            holder: Holder::Foreign,
            flag: "--embedded-binder-port",
        };
        let rows = discoveries
            .into_iter()
            .map(|(error, meaning)| (Failure::from(error), meaning))
            .chain([
                (Failure::from(taken), "a port for --embedded cannot be had"),
                (Failure::Panicked, "something else failed"),
                (
                    Failure::from(SessionError::ServerGone(network::Failure::SignedOut)),
                    "the chat server does not answer",
                ),
            ]);
        for (failure, meaning) in rows {
            let documented = format!("  {}  {meaning}", failure.exit_status() as u8);
            assert!(
                EXIT_CODES.lines().any(|line| line == documented),
                "{documented}"
            );
        }
    }
}
