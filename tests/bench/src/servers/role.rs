//! Servers that this program is when it is started as its own child.

use std::io::Write as _;

use clap::Subcommand;
use tokio::net::TcpListener;

use super::contestant::Call;

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

/// Takes a free port and says which.
pub(super) async fn listen(name: &str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "{name} listening on {address}")?;
    Ok(listener)
}

/// The command that starts this program in a role.
pub(super) fn in_role(arguments: &[&str]) -> anyhow::Result<std::process::Command> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}
