//! Who is compared, each in a process of its own: [`ours`], [`bare`], [`plain_dxr`], [`original`].

pub(crate) mod bare;
pub(crate) mod on_etcd;
pub(crate) mod original;
pub(crate) mod ours;
pub(crate) mod plain_dxr;
pub(crate) mod process;

use std::fmt;
use std::io::{Read as _, Write as _};

use clap::{Subcommand, ValueEnum};
use tokio::net::TcpListener;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// axum with fixed bytes: what HTTP alone costs.
    Bare,
    /// This project's binder and chat server.
    Ours,
    /// dxr_server with fixed data: what the ready-made way costs.
    PlainDxr,
    /// Python's SimpleXMLRPCServer doing what the original does.
    Original,
}

impl Contestant {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Ours, Self::PlainDxr, Self::Original];

    /// How many clients it is saturated with.
    pub(crate) const fn clients(self) -> usize {
        match self {
            // Python's server keeps no connection, and five that it has not accepted yet. A client
            // that comes when there are six more gets no answer for a second; five keep its single
            // thread busy.
            Self::Original => 5,
            _ => 16,
        }
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bare => "bare axum",
            Self::Ours => "this project",
            Self::PlainDxr => "dxr_server",
            Self::Original => "Python's original",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Call {
    /// `receive_new_messages` when there is nothing new.
    EmptyPoll,
    /// `receive_new_messages` when there are fifty.
    PollOfFifty,
    /// `send_message` to everybody in a room.
    Send,
    /// `lookup_procedure` at the binder.
    Lookup,
}

impl Call {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 4] =
        [Self::EmptyPoll, Self::PollOfFifty, Self::Send, Self::Lookup];
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyPoll => "empty poll",
            Self::PollOfFifty => "poll of 50 messages",
            Self::Send => "send",
            Self::Lookup => "binder lookup",
        })
    }
}

/// A server that this program is when it is started as its own child.
#[derive(Clone, Copy, Debug, Subcommand)]
#[command(hide = true)]
pub(crate) enum Role {
    /// Answers every call with the bytes on standard input.
    Bare,
    /// Answers calls by dxr_server with the value in the answer on standard input.
    PlainDxr {
        /// Which call.
        #[arg(value_enum)]
        call: Call,
    },
}

/// Plays a role until the parent ends this process.
pub(crate) async fn play(role: Role) -> anyhow::Result<()> {
    let mut answer = Vec::new();
    std::io::stdin().read_to_end(&mut answer)?;
    match role {
        Role::Bare => bare::serve(answer.into()).await,
        Role::PlainDxr { call } => plain_dxr::serve(call, &answer).await,
    }
}

/// Takes a free port and says which.
async fn listen(name: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "{name} listening on {address}")?;
    Ok(listener)
}

/// The command that starts this program in a role.
fn in_role(arguments: &[&str]) -> anyhow::Result<std::process::Command> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}
